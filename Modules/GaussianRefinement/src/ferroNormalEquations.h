#ifndef ferroNormalEquations_h
#define ferroNormalEquations_h

#include "ferroGaussianBox.h"

#include <Eigen/Core>

#include <array>
#include <vector>

namespace ferro
{
/** Pixels of a column's window. Everything else in the box has weight 0. */
struct FitPixels
{
  PixelBox box;
  std::vector<float> value;  ///< image minus the Gaussians of the other columns and minus the backgrounds as they stand
  std::vector<float> own;    ///< 1 where the column's own background counts, 0 where a neighbour's does
  std::vector<float> weight; ///< 1 / variance
  GaussianBox gauss;         ///< room for the column as the fit moves it
  long count = 0;            ///< pixels with a weight

  /** Room for a box. */
  void Reset(const PixelBox & pixelBox);
};

/** What is believed of the shape before the fit. */
struct ShapePrior
{
  double qa = 0.0; ///< expected inverse covariance
  double qb = 0.0;
  double qc = 0.0;
  double spread = 0.0; ///< standard deviation of each, relative to sqrt(qa qc); 0: the shape stays as it is
};

/** \class NormalEquations
 * \brief Normal equations of the weighted least-squares fit of one Gaussian on its background.
 *
 * Every derivative of the model is the Gaussian times a polynomial of dx and dy, or the background's 0 or 1. So all
 * entries are linear in the sums of e^2, e own and e residual times powers of dx and dy, which take far fewer
 * operations per pixel than the entries themselves.
 */
class NormalEquations
{
public:
  /** Order of the parameters. The position comes last: its covariance then follows from the last rows that are
   * eliminated. */
  enum Slot
  {
    Amplitude = 0,
    Background,
    Qa,
    Qb,
    Qc,
    X,
    Y,
    Parameters
  };
  using Vector = std::array<double, Parameters>;

  /** Sums over the pixels with the model as it stands; the background counts from that at which the pixels were
   * collected. */
  void Accumulate(FitPixels & pixels, const ShapePrior & prior, const GaussianParameters & parameters);
  /** Weighted squared residuals, and the deviation from the prior. */
  double
  GetChiSquare() const
  {
    return m_ChiSquare;
  }
  /** Damping that changes nothing that counts. */
  static constexpr double LeastDamping = 1e-9;
  /** Step that solves the equations with the diagonal raised by the given share.
   * \return whether the matrix is positive definite */
  bool Solve(double damping, Vector & step);
  /** Covariance of (x, y): the last corner of the inverse; zero where there is none. Costs nothing after Solve with the
   * least damping. */
  Eigen::Matrix2d GetPositionCovariance() const;

private:
  /** The matrix, of which elimination leaves the upper half, and at the end of each row the right-hand side. */
  using Rows = double[Parameters][Parameters + 1];
  bool Eliminate(double damping, Rows & rows) const;

  /** What elimination left of the rows of x and y. */
  struct PositionCorner
  {
    double damping = 1.0;
    double xx = 0.0;
    double xy = 0.0;
    double yy = 0.0;
  };
  PositionCorner m_Position;
  double m_Matrix[Parameters][Parameters] = {}; ///< lower half
  double m_Gradient[Parameters] = {};
  double m_ChiSquare = 0.0;
};
} // namespace ferro

#endif
