#include "ferroNormalEquations.h"

#include "ferroPack.h"
#include "ferroSimd.h"

#include <cmath>
#include <utility>

namespace ferro
{
namespace
{
/** Sums over the window of w e^2, w e own and w e r times dx^k dy^l; e: Gaussian of height 1, r: residual. */
struct Moments
{
  double square[5][5] = {}; ///< k + l up to 4
  double background[3][3] = {};
  double residual[3][3] = {};
  double own = 0.0;
  double ownResidual = 0.0;
  double chiSquare = 0.0;
};

/** What SumBox needs of the window and of the model. */
struct BoxSums
{
  const float * value;
  const float * own;
  const float * weight;
  const float * gauss;
  long stride;
  long height;
  float dx; ///< first pixel of a row from the centre
  float dy; ///< first row from the centre
  float amplitude;
  float background;
  float sums[30][PixelBox::Lanes]; ///< per lane; in the order of Fold
};

/** Powers of dy are summed down a block of eight columns, and multiplied by the powers of dx at its foot. */
FERRO_SIMD void
SumBox(BoxSums & box)
{
  Pack square[5][5] = {};
  Pack background[3][3] = {};
  Pack residual[3][3] = {};
  Pack own = {};
  Pack ownResidual = {};
  Pack chiSquare = {};
  for (long first = 0; first < box.stride; first += PixelBox::Lanes)
  {
    Pack s0 = {}, s1 = {}, s2 = {}, s3 = {}, s4 = {}, b0 = {}, b1 = {}, b2 = {}, r0 = {}, r1 = {}, r2 = {};
    float dy = box.dy;
    for (long row = 0; row < box.height; ++row, dy += 1.0F)
    {
      const long at = row * box.stride + first;
      const Pack e = *reinterpret_cast<const LoosePack *>(box.gauss + at);
      const Pack w = *reinterpret_cast<const LoosePack *>(box.weight + at);
      const Pack o = *reinterpret_cast<const LoosePack *>(box.own + at);
      const Pack v = *reinterpret_cast<const LoosePack *>(box.value + at);
      const Pack r = v - o * box.background - box.amplitude * e;
      const Pack wr = w * r;
      const Pack we = w * e;
      const Pack wo = w * o;
      own += wo;
      ownResidual += wo * r;
      chiSquare += wr * r;
      Pack term = we * e;
      s0 += term;
      term *= dy;
      s1 += term;
      term *= dy;
      s2 += term;
      term *= dy;
      s3 += term;
      term *= dy;
      s4 += term;
      term = wo * e;
      b0 += term;
      term *= dy;
      b1 += term;
      term *= dy;
      b2 += term;
      term = wr * e;
      r0 += term;
      term *= dy;
      r1 += term;
      term *= dy;
      r2 += term;
    }
    const float start = box.dx + static_cast<float>(first);
    const Pack dx = {start, start + 1, start + 2, start + 3, start + 4, start + 5, start + 6, start + 7};
    const Pack dx2 = dx * dx;
    const Pack dx3 = dx2 * dx;
    square[0][0] += s0;
    square[0][1] += s1;
    square[0][2] += s2;
    square[0][3] += s3;
    square[0][4] += s4;
    square[1][0] += dx * s0;
    square[1][1] += dx * s1;
    square[1][2] += dx * s2;
    square[1][3] += dx * s3;
    square[2][0] += dx2 * s0;
    square[2][1] += dx2 * s1;
    square[2][2] += dx2 * s2;
    square[3][0] += dx3 * s0;
    square[3][1] += dx3 * s1;
    square[4][0] += dx3 * dx * s0;
    background[0][0] += b0;
    background[0][1] += b1;
    background[0][2] += b2;
    background[1][0] += dx * b0;
    background[1][1] += dx * b1;
    background[2][0] += dx2 * b0;
    residual[0][0] += r0;
    residual[0][1] += r1;
    residual[0][2] += r2;
    residual[1][0] += dx * r0;
    residual[1][1] += dx * r1;
    residual[2][0] += dx2 * r0;
  }
  int next = 0;
  const auto store = [&box, &next](const Pack & pack) { *reinterpret_cast<LoosePack *>(box.sums[next++]) = pack; };
  for (int k = 0; k < 5; ++k)
  {
    for (int l = 0; k + l < 5; ++l)
    {
      store(square[k][l]);
    }
  }
  for (int k = 0; k < 3; ++k)
  {
    for (int l = 0; k + l < 3; ++l)
    {
      store(background[k][l]);
      store(residual[k][l]);
    }
  }
  store(own);
  store(ownResidual);
  store(chiSquare);
}

/** Adds up the lanes. */
Moments
Fold(const BoxSums & box)
{
  Moments moments;
  int next = 0;
  const auto sum = [&box, &next]()
  {
    const float * lanes = box.sums[next++];
    return (static_cast<double>(lanes[0]) + lanes[4]) + (static_cast<double>(lanes[1]) + lanes[5]) +
           ((static_cast<double>(lanes[2]) + lanes[6]) + (static_cast<double>(lanes[3]) + lanes[7]));
  };
  for (int k = 0; k < 5; ++k)
  {
    for (int l = 0; k + l < 5; ++l)
    {
      moments.square[k][l] = sum();
    }
  }
  for (int k = 0; k < 3; ++k)
  {
    for (int l = 0; k + l < 3; ++l)
    {
      moments.background[k][l] = sum();
      moments.residual[k][l] = sum();
    }
  }
  moments.own = sum();
  moments.ownResidual = sum();
  moments.chiSquare = sum();
  return moments;
}
} // namespace

void
FitPixels::Reset(const PixelBox & pixelBox)
{
  box = pixelBox;
  value.resize(box.Size());
  own.resize(box.Size());
  weight.resize(box.Size());
  count = 0;
}

void
NormalEquations::Accumulate(FitPixels & pixels, const ShapePrior & prior, const GaussianParameters & p)
{
  m_Position = PositionCorner();
  pixels.gauss.Fill(pixels.box, p);
  BoxSums box;
  box.value = pixels.value.data();
  box.own = pixels.own.data();
  box.weight = pixels.weight.data();
  box.gauss = pixels.gauss.Data();
  box.stride = pixels.box.stride;
  box.height = pixels.box.height;
  box.dx = static_cast<float>(static_cast<double>(pixels.box.left) - p.x);
  box.dy = static_cast<float>(static_cast<double>(pixels.box.top) - p.y);
  box.amplitude = static_cast<float>(p.amplitude);
  box.background = static_cast<float>(p.background);
  SumBox(box);
  const Moments sums = Fold(box);
  const auto & s = sums.square;
  const auto & b = sums.background;
  const auto & r = sums.residual;

  // d/dx = e (xx dx + xy dy), d/dy = e (xy dx + yy dy), d/dqa = -e a dx^2 / 2, d/dqb = -e a dx dy, d/dqc = -e a dy^2 /
  // 2
  const double a = p.amplitude;
  const double xx = a * p.qa;
  const double xy = a * p.qb;
  const double yy = a * p.qc;
  auto & m = m_Matrix;
  m[Amplitude][Amplitude] = s[0][0];
  m[Background][Amplitude] = b[0][0];
  m[Background][Background] = sums.own;
  m[X][Amplitude] = xx * s[1][0] + xy * s[0][1];
  m[X][Background] = xx * b[1][0] + xy * b[0][1];
  m[X][X] = xx * xx * s[2][0] + 2.0 * xx * xy * s[1][1] + xy * xy * s[0][2];
  m[Y][Amplitude] = xy * s[1][0] + yy * s[0][1];
  m[Y][Background] = xy * b[1][0] + yy * b[0][1];
  m[Y][X] = xx * xy * s[2][0] + (xx * yy + xy * xy) * s[1][1] + xy * yy * s[0][2];
  m[Y][Y] = xy * xy * s[2][0] + 2.0 * xy * yy * s[1][1] + yy * yy * s[0][2];
  m_Gradient[Amplitude] = r[0][0];
  m_Gradient[Background] = sums.ownResidual;
  m_Gradient[X] = xx * r[1][0] + xy * r[0][1];
  m_Gradient[Y] = xy * r[1][0] + yy * r[0][1];
  m_ChiSquare = sums.chiSquare;
  if (prior.spread <= 0.0)
  {
    // A fixed shape: its rows are those of the identity.
    for (int k = Qa; k <= Qc; ++k)
    {
      for (int n = 0; n < Parameters; ++n)
      {
        (n <= k ? m[k][n] : m[n][k]) = n == k ? 1.0 : 0.0;
      }
      m_Gradient[k] = 0.0;
    }
    return;
  }
  m[Qa][Amplitude] = -0.5 * a * s[2][0];
  m[Qb][Amplitude] = -a * s[1][1];
  m[Qc][Amplitude] = -0.5 * a * s[0][2];
  m[Qa][Background] = -0.5 * a * b[2][0];
  m[Qb][Background] = -a * b[1][1];
  m[Qc][Background] = -0.5 * a * b[0][2];
  m[Qa][Qa] = 0.25 * a * a * s[4][0];
  m[Qb][Qa] = 0.5 * a * a * s[3][1];
  m[Qb][Qb] = a * a * s[2][2];
  m[Qc][Qa] = 0.25 * a * a * s[2][2];
  m[Qc][Qb] = 0.5 * a * a * s[1][3];
  m[Qc][Qc] = 0.25 * a * a * s[0][4];
  m[X][Qa] = -0.5 * a * (xx * s[3][0] + xy * s[2][1]);
  m[X][Qb] = -a * (xx * s[2][1] + xy * s[1][2]);
  m[X][Qc] = -0.5 * a * (xx * s[1][2] + xy * s[0][3]);
  m[Y][Qa] = -0.5 * a * (xy * s[3][0] + yy * s[2][1]);
  m[Y][Qb] = -a * (xy * s[2][1] + yy * s[1][2]);
  m[Y][Qc] = -0.5 * a * (xy * s[1][2] + yy * s[0][3]);
  m_Gradient[Qa] = -0.5 * a * r[2][0];
  m_Gradient[Qb] = -a * r[1][1];
  m_Gradient[Qc] = -0.5 * a * r[0][2];
  const double strength = 1.0 / (prior.spread * prior.spread * prior.qa * prior.qc);
  const double miss[3] = {prior.qa - p.qa, prior.qb - p.qb, prior.qc - p.qc};
  const double share[3] = {1.0, 2.0, 1.0}; // qb stands twice in the matrix of the shape
  for (int k = 0; k < 3; ++k)
  {
    m[Qa + k][Qa + k] += share[k] * strength;
    m_Gradient[Qa + k] += share[k] * strength * miss[k];
    m_ChiSquare += share[k] * strength * miss[k] * miss[k];
  }
}

bool
NormalEquations::Eliminate(double damping, Rows & rows) const
{
  for (int k = 0; k < Parameters; ++k)
  {
    for (int n = 0; n < Parameters; ++n)
    {
      rows[k][n] = n < k ? 0.0 : m_Matrix[n][k];
    }
    rows[k][k] = (1.0 + damping) * rows[k][k] + 1e-300;
    rows[k][Parameters] = m_Gradient[k];
  }
  for (int k = 0; k < Parameters; ++k)
  {
    const double pivot = rows[k][k];
    if (!(pivot > 0.0) || !std::isfinite(pivot))
    {
      return false;
    }
    const double inverse = 1.0 / pivot;
    for (int n = k + 1; n < Parameters; ++n)
    {
      // The whole row, although its first half is not needed: loops of fixed length are vectorized.
      const double share = rows[k][n] * inverse;
      for (int j = 0; j <= Parameters; ++j)
      {
        rows[n][j] -= share * rows[k][j];
      }
    }
  }
  return true;
}

bool
NormalEquations::Solve(double damping, Vector & step)
{
  Rows rows;
  if (!this->Eliminate(damping, rows))
  {
    return false;
  }
  bool finite = true;
  for (int k = Parameters - 1; k >= 0; --k)
  {
    double sum = rows[k][Parameters];
    for (int j = k + 1; j < Parameters; ++j)
    {
      sum -= rows[k][j] * step[static_cast<std::size_t>(j)];
    }
    step[static_cast<std::size_t>(k)] = sum / rows[k][k];
    finite = finite && std::isfinite(step[static_cast<std::size_t>(k)]);
  }
  m_Position = {damping, rows[X][X], rows[X][Y], rows[Y][Y]};
  return finite;
}

Eigen::Matrix2d
NormalEquations::GetPositionCovariance() const
{
  PositionCorner corner = m_Position;
  if (!(corner.damping <= LeastDamping))
  {
    Rows rows;
    if (!this->Eliminate(0.0, rows))
    {
      return Eigen::Matrix2d::Zero();
    }
    corner = {0.0, rows[X][X], rows[X][Y], rows[Y][Y]};
  }
  // The last corner of the inverse is the inverse of what elimination leaves there, (xx xy; xy yy + xy^2 / xx).
  const double share = corner.xy / corner.xx;
  Eigen::Matrix2d covariance;
  covariance << 1.0 / corner.xx + share * share / corner.yy, -share / corner.yy, -share / corner.yy, 1.0 / corner.yy;
  return covariance;
}
} // namespace ferro
