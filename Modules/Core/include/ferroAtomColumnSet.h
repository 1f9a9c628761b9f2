#ifndef ferroAtomColumnSet_h
#define ferroAtomColumnSet_h

#include "FerroscopeCoreExport.h"
#include "ferroColumnFlags.h"
#include "ferroImageGeometry.h"
#include "ferroPairedScanErrors.h"
#include "ferroScanLines.h"
#include "itkDataObject.h"
#include "itkObjectFactory.h"

#include <Eigen/Core>
#include <array>
#include <memory>
#include <vector>

namespace ferro
{
/** Sublattice of a column in a perovskite seen along [100]: A bright, B in the middle of four A. */
enum class Sublattice : char
{
  Unknown = '?',
  A = 'A',
  B = 'B'
};

/** \class AtomColumn
 * \brief One atom column: a 2-D elliptical Gaussian on a local background.
 *
 * Lengths in pixels, angle in radians, intensities in the unit of the image.
 */
struct AtomColumn
{
  Eigen::Vector2d position = Eigen::Vector2d::Zero(); ///< continuous pixel index (x, y)
  double amplitude = 0.0;                             ///< height above the background
  double background = 0.0;                            ///< local background below the column
  double sigmaMajor = 0.0;                            ///< standard deviation along the longer axis
  double sigmaMinor = 0.0;                            ///< standard deviation along the shorter axis
  /** Direction of the longer axis, from x towards y (down), in (-pi/2, pi/2]. */
  double rotation = 0.0;
  /** Covariance of the position, pixel^2; zero before refinement. */
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  /** Part of the diagonal of the covariance that the fit does not know: the errors of the scan and the scatter of the
   * neighbours beyond their stated errors, along x and y, pixel^2 (scan noise, disorder, imperfect model).
   * AtomColumnSet::ScanCovariance of the column with itself is the part that it shares with others. Negative where the
   * correction of the scan took off some of the column's error by the noise of the pixels. */
  Eigen::Vector2d scanVariance = Eigen::Vector2d::Zero();
  /** Shift of the scan lines that was taken off the position, pixels: measured = position + lineShift. */
  Eigen::Vector2d lineShift = Eigen::Vector2d::Zero();
  /** Whether the position told the shifts of the scan lines along x and along y: see ScanLines::Place. */
  std::array<bool, 2> scanWitness = {{false, false}};
  /** Displacement by slow drift of the scan, pixels: the column lies at position in the image, and at Undistorted()
   * without the drift. Lattice and polarization are those of the undistorted positions. */
  Eigen::Vector2d driftShift = Eigen::Vector2d::Zero();
  /** Standard deviation of the position along x and y as the scatter between the frames of a stack shows it, pixels;
   * NaN without a stack. */
  Eigen::Vector2d frameError = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  double residualRms = 0.0; ///< RMS of image minus model over the fitted pixels
  Sublattice sublattice = Sublattice::Unknown;
  /** Lattice indices: the A column (i, j) lies at origin + i a + j b, the B column (i, j) half a cell further along
   * both. */
  int i = 0;
  int j = 0;
  bool indexed = false; ///< whether i and j mean something
  /** Deviation from the uniform lattice of its sublattice, pixels (paper Fig. 1d); NaN before LatticeAnalysis. */
  Eigen::Vector2d deviation = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  std::uint32_t flags = FlagNone;

  Eigen::Vector2d
  Undistorted() const
  {
    return position - driftShift;
  }
};

/** \class AtomColumnSet
 * \brief The columns of one image, as an itk::DataObject that travels along a pipeline.
 */
class FerroscopeCore_EXPORT AtomColumnSet : public itk::DataObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(AtomColumnSet);
  using Self = AtomColumnSet;
  using Superclass = itk::DataObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  using ContainerType = std::vector<AtomColumn>;
  itkNewMacro(Self);
  itkTypeMacro(AtomColumnSet, DataObject);

  /** The columns. Calling the non-const form does not mark the object as modified. */
  ContainerType &
  GetColumns()
  {
    return m_Columns;
  }
  const ContainerType &
  GetColumns() const
  {
    return m_Columns;
  }
  void
  SetColumns(ContainerType columns)
  {
    m_Columns = std::move(columns);
    this->Modified();
  }
  std::size_t
  Size() const
  {
    return m_Columns.size();
  }

  /** Geometry of the image that the positions refer to. */
  const ImageGeometry &
  GetGeometry() const
  {
    return m_Geometry;
  }
  void
  SetGeometry(const ImageGeometry & geometry)
  {
    m_Geometry = geometry;
    this->Modified();
  }

  /** Two shortest translations that carry the columns onto each other, as columns of a matrix, in pixels (zero when
   * unknown). */
  const Eigen::Matrix2d &
  GetTranslations() const
  {
    return m_Translations;
  }
  void
  SetTranslations(const Eigen::Matrix2d & translations)
  {
    m_Translations = translations;
    this->Modified();
  }
  /** Typical standard deviation of a column, pixels; 0 when unknown. */
  itkSetMacro(ColumnSigma, double);
  itkGetConstMacro(ColumnSigma, double);

  /** Variance of a pixel of value v: gain * v + offset, in squared image units; both 0 when unknown. */
  itkSetMacro(NoiseGain, double);
  itkGetConstMacro(NoiseGain, double);
  itkSetMacro(NoiseOffset, double);
  itkGetConstMacro(NoiseOffset, double);

  /** Scan errors that columns on the same lines share; null before LatticeAnalysis. */
  const ScanLines *
  GetScanLines() const
  {
    return m_ScanLines.get();
  }
  void
  SetScanLines(std::shared_ptr<const ScanLines> lines)
  {
    m_ScanLines = std::move(lines);
    this->Modified();
  }

  /** Scan errors of columns whose positions come from two scans; null for others. Columns are known by their place in
   * the set. */
  const PairedScanErrors *
  GetPairedScanErrors() const
  {
    return m_PairedScanErrors.get();
  }
  void
  SetPairedScanErrors(std::shared_ptr<const PairedScanErrors> errors)
  {
    m_PairedScanErrors = std::move(errors);
    this->Modified();
  }
  /** Covariance of the errors by the scan of two columns along an axis, pixel^2, by scan lines or by a pair of scans;
   * of a column with itself: what the scan adds to its variance. */
  double ScanCovariance(ScanLines::AxisName axis, std::size_t one, std::size_t other) const;
  /** Variance of the sum of weights times the errors by the scan of some columns, pixel^2. */
  double ScanVarianceOfSum(ScanLines::AxisName axis, const std::vector<std::size_t> & columns,
                           const std::vector<double> & weights) const;
  /** The place of a column as ScanLines has it. */
  static ScanLines::Place
  ScanPlace(const AtomColumn & column, ScanLines::AxisName axis)
  {
    return {column.position.y(), column.scanWitness[static_cast<std::size_t>(axis)]};
  }

  /** Copies everything from another AtomColumnSet. */
  void Graft(const itk::DataObject * other) override;
  void Initialize() override;

protected:
  AtomColumnSet() = default;
  ~AtomColumnSet() override = default;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  ContainerType m_Columns;
  ImageGeometry m_Geometry;
  Eigen::Matrix2d m_Translations = Eigen::Matrix2d::Zero();
  double m_ColumnSigma = 0.0;
  double m_NoiseGain = 0.0;
  double m_NoiseOffset = 0.0;
  std::shared_ptr<const ScanLines> m_ScanLines;
  std::shared_ptr<const PairedScanErrors> m_PairedScanErrors;
};
} // namespace ferro

#endif
