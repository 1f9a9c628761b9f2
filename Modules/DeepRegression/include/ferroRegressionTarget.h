#ifndef ferroRegressionTarget_h
#define ferroRegressionTarget_h

#include "FerroscopeDeepRegressionExport.h"

#include <string>
#include <vector>

namespace ferro
{
/** What a number that a network predicts means, and so how it changes when the image is turned or magnified. */
enum class TargetKind
{
  VectorX, ///< displacement to the right: follows turns, scales with lengths
  VectorY, ///< displacement downwards
  EdgeA,   ///< length of the cell's edge along a, the one closer to the x axis
  EdgeB,   ///< length of the other edge
  Gamma,   ///< angle between the edges, degrees
  Area,    ///< area of the cell
  Scalar   ///< anything else: the same however the image is turned or magnified
};

/** \class RegressionTarget
 * \brief One number that a network predicts: the base name of its column and its meaning.
 *
 * Inside the networks lengths are in pixels of the model and angles in degrees. In tables the columns are, with and
 * without calibration: px_pm px_px, py_pm py_px, a_nm a_px, b_nm b_px, gamma_deg, area_nm2 area_px2; any other name is
 * a scalar of that name.
 */
struct FerroscopeDeepRegression_EXPORT RegressionTarget
{
  std::string name; ///< px, py, a, b, gamma, area, or the name of a column
  TargetKind kind = TargetKind::Scalar;

  /** The target of a base name, or of a column with its unit. */
  static RegressionTarget FromName(const std::string & name);
  /** Name of its column in tables. */
  std::string GetColumn(bool calibrated) const;
  /** Factor from pixels of an image (px^2 for the area) to the unit of its column.
   * \param pixelSizeNm nm per pixel; 1 where not calibrated
   * \param calibrated whether it is in nm */
  double GetColumnFactor(double pixelSizeNm, bool calibrated) const;
  /** Factor of a value when all lengths are multiplied by scale. */
  double GetScaling(double scale) const;
};

/** Reads "px,py,a". Both components of a vector belong together, and no name may stand twice. Throws UsageError. */
FerroscopeDeepRegression_EXPORT std::vector<RegressionTarget> ParseTargets(const std::string & text);

/** One of the eight symmetries of the square, applied to a window and its targets.
 *
 * The window is mirrored along x when bit 0 is set, then along y when bit 1 is, then x and y are exchanged when bit 2
 * is.
 */
class FerroscopeDeepRegression_EXPORT SquareSymmetry
{
public:
  explicit SquareSymmetry(int index) : m_Index(index & 7)
  {
  }
  bool
  MirrorsX() const
  {
    return (m_Index & 1) != 0;
  }
  bool
  MirrorsY() const
  {
    return (m_Index & 2) != 0;
  }
  bool
  Transposes() const
  {
    return (m_Index & 4) != 0;
  }
  /** Targets of the transformed window, from those of the original one. */
  void Apply(const std::vector<RegressionTarget> & targets, float * values) const;
  /** The other way: targets of the original window, from those of the transformed one. */
  void Undo(const std::vector<RegressionTarget> & targets, float * values) const;

private:
  void Mirror(const std::vector<RegressionTarget> & targets, float * values) const;
  void Transpose(const std::vector<RegressionTarget> & targets, float * values) const;

  int m_Index;
};
} // namespace ferro

#endif
