#ifndef ferroGaussianFit_h
#define ferroGaussianFit_h

#include <Eigen/Core>

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

  /** The Gaussian without its background. */
  double Peak(double px, double py) const;
  /** Square root of the geometric mean of the variances along the axes; NaN when q is not positive definite. */
  double Sigma() const;
};

/** \class GaussianRow
 * \brief Values of a Gaussian (without its background) at neighbouring pixels of a row.
 *
 * Along a row the logarithm is a parabola, so that each value follows from the last by two multiplications.
 */
class GaussianRow
{
public:
  GaussianRow(const GaussianParameters & parameters, double x, double y);
  /** The value at the present pixel; moves on to the next one. */
  double
  Next()
  {
    const double value = m_Value;
    m_Value *= m_Ratio;
    m_Ratio *= m_Change;
    return value;
  }

private:
  double m_Value;
  double m_Ratio;
  double m_Change;
};

/** Pixels of a column's window: place, value with the neighbours taken out, weight; row by row. */
struct FitPixels
{
  std::vector<float> x;
  std::vector<float> y;
  std::vector<float> value;  ///< image minus the Gaussians of the other columns
  std::vector<float> own;    ///< 1 where the column's own background counts, 0 where a neighbour's was taken out
  std::vector<float> weight; ///< 1 / variance
  void Clear();
  void Add(double px, double py, double pixelValue, bool pixelOwn, double pixelWeight);
  std::size_t
  Size() const
  {
    return x.size();
  }
};

/** What is believed of the shape before the fit. */
struct ShapePrior
{
  double qa = 0.0; ///< expected inverse covariance
  double qb = 0.0;
  double qc = 0.0;
  double spread = 0.0; ///< standard deviation of each, relative to sqrt(qa qc); 0: the shape stays as it is
};

/** Result of one fit. */
struct FitResult
{
  bool converged = false;
  double chiSquare = 0.0;                               ///< sum of weighted squared residuals
  double residualRms = 0.0;                             ///< RMS residual, image units
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero(); ///< of (x, y), from the inverse normal matrix
};

/** Weighted least squares by Levenberg and Marquardt (Marquardt, J. Soc. Ind. Appl. Math. 11, 431 (1963)) with the
 * analytic Jacobian. The parameters hold the start and receive the result. */
FitResult FitGaussian(const FitPixels & pixels, const ShapePrior & prior, GaussianParameters & parameters);
} // namespace ferro

#endif
