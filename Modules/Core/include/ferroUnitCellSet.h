#ifndef ferroUnitCellSet_h
#define ferroUnitCellSet_h

#include "FerroscopeCoreExport.h"
#include "ferroAtomColumnSet.h"
#include "itkDataObject.h"
#include "itkObjectFactory.h"

#include <Eigen/Core>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ferro
{
/** \class UnitCell
 * \brief One unit cell: the column in its centre, the four around it, and what follows from them.
 *
 * Lengths in pixels of the image (scaled by ImageGeometry on output), angles in radians. Quantities that
 * cannot be computed are NaN.
 */
struct UnitCell
{
  Sublattice center = Sublattice::B; ///< sublattice of the central column
  int i = 0;                         ///< index along a
  int j = 0;                         ///< index along b
  std::size_t centerColumn = 0;      ///< index of the central column in the AtomColumnSet
  /** Indices of the four corners in the AtomColumnSet, in the order (0,0), (1,0), (1,1), (0,1) along a and b. */
  std::array<std::size_t, 4> corners = {{0, 0, 0, 0}};
  Eigen::Vector2d position = Eigen::Vector2d::Zero(); ///< position of the central column, continuous pixel index
  /** Polar displacement r(B) - mean r(A) (B-centred) or mean r(B) - r(A) (A-centred), pixels. */
  Eigen::Vector2d polarization = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero(); ///< covariance of the polarization, pixel^2
  double a =
    std::numeric_limits<double>::quiet_NaN(); ///< mean length of the two edges along a, nm (px if not calibrated)
  double b =
    std::numeric_limits<double>::quiet_NaN(); ///< mean length of the two edges along b, nm (px if not calibrated)
  double gamma = std::numeric_limits<double>::quiet_NaN(); ///< angle between the edges, radians
  double area = std::numeric_limits<double>::quiet_NaN();  ///< area of the quadrilateral, nm^2 (px^2 if not calibrated)
  double strainXX = std::numeric_limits<double>::quiet_NaN(); ///< strain against the reference lattice, image axes
  double strainYY = std::numeric_limits<double>::quiet_NaN();
  double strainXY = std::numeric_limits<double>::quiet_NaN();
  double latticeRotation = std::numeric_limits<double>::quiet_NaN(); ///< rigid rotation against the reference, radians,
                                                                     ///< counter-clockwise on the screen
  int domain = 0; ///< number of the domain, from 1; 0: none, or not polar
  std::uint32_t flags = FlagNone;
};

/** \class UnitCellSet
 * \brief The unit cells of one image, as an itk::DataObject that travels along a pipeline.
 */
class FerroscopeCore_EXPORT UnitCellSet : public itk::DataObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(UnitCellSet);
  using Self = UnitCellSet;
  using Superclass = itk::DataObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  using ContainerType = std::vector<UnitCell>;
  itkNewMacro(Self);
  itkTypeMacro(UnitCellSet, DataObject);

  /** The cells. Calling the non-const form does not mark the object as modified. */
  ContainerType &
  GetCells()
  {
    return m_Cells;
  }
  const ContainerType &
  GetCells() const
  {
    return m_Cells;
  }
  void
  SetCells(ContainerType cells)
  {
    m_Cells = std::move(cells);
    this->Modified();
  }
  std::size_t
  Size() const
  {
    return m_Cells.size();
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
  /** Factor from polar displacement in pm to polarization in uC/cm^2; 0 when no Born charges were given. */
  itkSetMacro(MicrocoulombPerPicometre, double);
  itkGetConstMacro(MicrocoulombPerPicometre, double);
  /** Mean polar displacement that was subtracted, pixels; zero unless the user asked for it. */
  const Eigen::Vector2d &
  GetSubtractedReference() const
  {
    return m_SubtractedReference;
  }
  void
  SetSubtractedReference(const Eigen::Vector2d & reference)
  {
    m_SubtractedReference = reference;
    this->Modified();
  }
  /** Further quantities of the cells that came with a table: a name and one value per cell, in the order of the cells;
   * NaN where a cell has none. They are carried along, not computed. */
  using ExtraColumnsType = std::vector<std::pair<std::string, std::vector<double>>>;
  const ExtraColumnsType &
  GetExtraColumns() const
  {
    return m_ExtraColumns;
  }
  void
  SetExtraColumns(ExtraColumnsType columns)
  {
    m_ExtraColumns = std::move(columns);
    this->Modified();
  }
  void Graft(const itk::DataObject * other) override;
  void Initialize() override;

protected:
  UnitCellSet() = default;
  ~UnitCellSet() override = default;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  ContainerType m_Cells;
  ImageGeometry m_Geometry;
  double m_MicrocoulombPerPicometre = 0.0;
  Eigen::Vector2d m_SubtractedReference = Eigen::Vector2d::Zero();
  ExtraColumnsType m_ExtraColumns;
};
} // namespace ferro

#endif
