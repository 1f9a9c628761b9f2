#ifndef ferroGaussianBox_h
#define ferroGaussianBox_h

#include <cstddef>
#include <vector>

namespace ferro
{
/** \class GaussianParameters
 * \brief An elliptical Gaussian on a constant: b + A exp(-(qa dx^2 + 2 qb dx dy + qc dy^2) / 2).
 *
 * The inverse-covariance form (qa, qb, qc) has no singular angle where the ellipse becomes a circle.
 */
struct GaussianParameters
{
  double x = 0.0;
  double y = 0.0;
  double amplitude = 0.0;
  double background = 0.0;
  double qa = 0.0;
  double qb = 0.0;
  double qc = 0.0;

  /** Square root of the geometric mean of the variances along the axes; NaN when q is not positive definite. */
  double Sigma() const;
  /** Whether the two are the same but for height and background. */
  bool
  IsAlike(const GaussianParameters & other) const
  {
    return x == other.x && y == other.y && qa == other.qa && qb == other.qb && qc == other.qc;
  }
};

/** A rectangle of pixels whose rows are padded to whole vectors. */
struct PixelBox
{
  static constexpr long Lanes = 8; ///< pixels that are worked on at once

  long left = 0;   ///< first pixel
  long top = 0;    ///< first row
  long stride = 0; ///< length of a row in memory, a multiple of Lanes
  long height = 0;

  PixelBox() = default;
  /** The smallest box that holds columns [x0, x1] and rows [y0, y1]. */
  PixelBox(long x0, long y0, long x1, long y1)
    : left(x0), top(y0), stride((x1 - x0 + Lanes) / Lanes * Lanes), height(y1 - y0 + 1)
  {
  }
  bool
  operator==(const PixelBox & other) const
  {
    return left == other.left && top == other.top && stride == other.stride && height == other.height;
  }
  std::size_t
  Size() const
  {
    return static_cast<std::size_t>(stride * height);
  }
};

/** \class GaussianBox
 * \brief Values of a Gaussian at the pixels of a box.
 *
 * The logarithm is a quadratic polynomial, so that each value follows from that of the row next to it by a
 * multiplication with a factor of the pixel and a factor of the row; exponentials are worked out for the row in the
 * middle and for these factors only.
 */
class GaussianBox
{
public:
  /** Works out all values for height 1, unless it has them already; those at the padding are values of the Gaussian as
   * well. */
  void Fill(const PixelBox & box, const GaussianParameters & parameters);
  /** Adds the values, for a given height, to an image.
   * \param to pixel of the image at which the box begins
   * \param stride length of a row of the image in memory */
  void Add(float * to, long stride, const PixelBox & box, const GaussianParameters & parameters, double height);
  /** What Fill worked out, row by row. */
  const float *
  Data() const
  {
    return m_Values.data();
  }

private:
  PixelBox m_Box;
  GaussianParameters m_Parameters; ///< of m_Values
  std::vector<float> m_Values;
  std::vector<float> m_Room; ///< for the exponentials
};
} // namespace ferro

#endif
