#ifndef ferroLattice_h
#define ferroLattice_h

#include "FerroscopeCoreExport.h"
#include "itkDataObject.h"
#include "itkObjectFactory.h"

#include <Eigen/Core>
#include <limits>
#include <string>

namespace ferro
{
/** What the arrangement of the columns was recognised as. */
enum class LatticeKind
{
  Unknown,          ///< no lattice was analysed yet
  Perovskite100,    ///< two sublattices, B in the middle of four A: polarization is defined
  SingleSublattice, ///< one column per cell: displacements between sublattices are not defined
  OtherZoneAxis     ///< a lattice of another shape, for example a perovskite along [110]
};

/** What is taken off the positions because the scan displaced them. */
enum class ScanCorrection
{
  Automatic, ///< Rows where the data support it, else None
  None,      ///< nothing
  Rows,      ///< the shifts of the lines against each other
  Affine,    ///< linear drift, so that a known lattice has its shape
  Full       ///< the shifts of the lines, slow drift of any course, and linear drift where a known lattice is given
};

/** \class ScanAnalysis
 * \brief What the A columns say of the scan, what was done about it, and how far the errors hold. Vectors: along x, y.
 */
struct ScanAnalysis
{
  ScanCorrection applied = ScanCorrection::None;
  std::string reason; ///< plain sentences: what was done and why, with numbers
  /** Standard deviation of the position of a column by shifts of the lines, pixels: as found, and after the correction
   * (median of the columns). */
  Eigen::Vector2d lineDeviation = Eigen::Vector2d::Zero();
  Eigen::Vector2d lineDeviationLeft = Eigen::Vector2d::Zero();
  /** Distance over which the shifts of lines forget each other, lines; 0: each line for itself. */
  Eigen::Vector2d lineMemory = Eigen::Vector2d::Zero();
  double rowsCrossed = 0.0; ///< parallel rows of the lattice that a scan line crosses, of the kind it crosses least
  /** Standard deviation of single columns beyond their fits and beyond the shifts of lines, pixels. */
  Eigen::Vector2d ownDeviation = Eigen::Vector2d::Zero();
  /** What columns on the same lines have in common, squared, over what chance gives; believed above needed. */
  Eigen::Vector2d commonOverChance = Eigen::Vector2d::Zero();
  Eigen::Vector2d commonNeeded = Eigen::Vector2d::Zero();
  /** Share of the variance by line shifts, over all lines, that the A columns permit to take off, 0..1. */
  Eigen::Vector2d coverage = Eigen::Vector2d::Zero();
  long columnsDistrusted = 0; ///< on lines that stand out too far for jitter
  /** Scatter of the A columns about a smooth lattice over the error by the fits alone, and over the whole error; NaN
   * when there are too few. */
  Eigen::Vector2d scatterOverFit = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  Eigen::Vector2d scatterOverError = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
};

/** \class Lattice
 * \brief The mean lattice of the columns of one image.
 *
 * The A column (i, j) of the uniform lattice lies at origin + i a + j b, all in pixels. The vector a
 * is the one closer to the x axis, pointing to the right; b is a quarter turn further, pointing down.
 */
class FerroscopeCore_EXPORT Lattice : public itk::DataObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(Lattice);
  using Self = Lattice;
  using Superclass = itk::DataObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(Lattice, DataObject);

  /** Everything known about the lattice. */
  struct Values
  {
    LatticeKind kind = LatticeKind::Unknown;
    std::string description; ///< one plain sentence: what was recognised, and why
    Eigen::Vector2d origin = Eigen::Vector2d::Zero();
    Eigen::Vector2d a = Eigen::Vector2d::Zero();
    Eigen::Vector2d b = Eigen::Vector2d::Zero();
    long countA = 0;
    long countB = 0;
    long countOther = 0;
    /** RMS deviation from the uniform lattice per axis, pixels: A, B (paper Fig. 1d). */
    Eigen::Vector2d rmsDeviationA = Eigen::Vector2d::Zero();
    Eigen::Vector2d rmsDeviationB = Eigen::Vector2d::Zero();
    /** Share of compared A-B neighbours in which the A column is the brighter one, 0..1. */
    double brightnessVote = 0.0;
    ScanAnalysis scan;
  };
  const Values &
  Get() const
  {
    return m_Values;
  }
  void
  Set(const Values & values)
  {
    m_Values = values;
    this->Modified();
  }
  /** Whether P = r(B) - mean r(A) is defined. */
  bool
  IsPolarizationDefined() const
  {
    return m_Values.kind == LatticeKind::Perovskite100;
  }
  void Graft(const itk::DataObject * other) override;
  void Initialize() override;

protected:
  Lattice() = default;
  ~Lattice() override = default;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  Values m_Values;
};

/** A word for a kind, as it stands in summary.json: "perovskite-100", "single-sublattice", ... */
FerroscopeCore_EXPORT std::string ToString(LatticeKind kind);
/** "automatic", "none", "rows", "affine", "full". */
FerroscopeCore_EXPORT std::string ToString(ScanCorrection correction);
} // namespace ferro

#endif
