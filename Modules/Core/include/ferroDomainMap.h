#ifndef ferroDomainMap_h
#define ferroDomainMap_h

#include "FerroscopeCoreExport.h"
#include "itkDataObject.h"
#include "itkObjectFactory.h"

#include <Eigen/Core>

#include <limits>
#include <string>
#include <vector>

namespace ferro
{
/** \class DomainVariant
 * \brief A direction that P takes in one or several domains. Vectors in pm (px where not calibrated), y down.
 */
struct DomainVariant
{
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  Eigen::Vector2d meanError = Eigen::Vector2d::Zero(); ///< standard deviations
  double spread = 0.0;                                 ///< standard deviation of P per axis beyond the errors
  long cells = 0;
  double areaFraction = 0.0; ///< of all cells of the map
  double areaFractionError = 0.0;
};

/** \class Domain
 * \brief A connected region of cells with the same variant.
 */
struct Domain
{
  int variant = 0; ///< index into DomainMap::Values::variants; the number in files is larger by one
  long cells = 0;
  long cellsUsed = 0; ///< without a flag
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  Eigen::Matrix2d meanCovariance = Eigen::Matrix2d::Zero();
  Eigen::Vector2d center = Eigen::Vector2d::Zero(); ///< pixels
  double area = 0.0;                                ///< nm^2 (px^2)
  double areaFraction = 0.0;
  double areaFractionError = 0.0;
};

/** \class DomainWall
 * \brief The border between two domains, or between a domain and cells that are not polar (domain 0).
 */
struct DomainWall
{
  int first = 0;                       ///< number of the domain on the one side, from 1; 0: not polar
  int second = 0;                      ///< on the other side
  std::vector<Eigen::Vector2d> points; ///< the wall as a line, pixels
  double length = 0.0;                 ///< nm (px)
  double angle = 0.0;      ///< of the straight line through it, radians, counter-clockwise on the screen, 0..pi
  double angleError = 0.0; ///< standard deviation
  double roughness = 0.0;  ///< RMS distance of the line from the straight one, nm (px)
  /** Width w of P(d) = m + h tanh(2 (d - d0) / w), nm (px); NaN where there are too few cells. */
  double width = std::numeric_limits<double>::quiet_NaN();
  double widthLow = std::numeric_limits<double>::quiet_NaN();    ///< lower end of the 68 % interval, 0: not resolved
  double widthHigh = std::numeric_limits<double>::quiet_NaN();   ///< its upper end
  double offsetError = std::numeric_limits<double>::quiet_NaN(); ///< standard deviation of the place d0
  /** Angle between the mean P of both sides, as projected, radians 0..pi; NaN beside cells that are not polar. */
  double turn = std::numeric_limits<double>::quiet_NaN();
  double turnError = std::numeric_limits<double>::quiet_NaN();
  /** Jump of the component of P along the normal from first to second: positive is tail to tail. pm (px). */
  double normalJump = 0.0;
  double normalJumpError = 0.0;
  long cellsUsed = 0; ///< in the fit of the width

  /** "180", "90", "other" or "edge-of-polar": by the angle as projected. */
  FerroscopeCore_EXPORT std::string Kind() const;
};

/** \class DomainMap
 * \brief Domains of a polarization field and the walls between them.
 */
class FerroscopeCore_EXPORT DomainMap : public itk::DataObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(DomainMap);
  using Self = DomainMap;
  using Superclass = itk::DataObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(DomainMap, DataObject);

  /** Everything known. */
  struct Values
  {
    std::vector<DomainVariant> variants; ///< by direction, counter-clockwise from the right
    std::vector<Domain> domains;         ///< the largest first; number k + 1
    std::vector<DomainWall> walls;       ///< the longest first
    long cells = 0;                      ///< of the map
    long cellsNotPolar = 0;
    double notPolarFraction = 0.0; ///< of the area
    double notPolarFractionError = 0.0;
    double threshold = 0.0;  ///< displacement below which a mean counts as not polar, pm (px)
    std::string description; ///< one plain sentence
  };
  const Values &
  Get() const
  {
    return m_Values;
  }
  void
  Set(Values values)
  {
    m_Values = std::move(values);
    this->Modified();
  }
  void Graft(const itk::DataObject * other) override;
  void Initialize() override;

protected:
  DomainMap() = default;
  ~DomainMap() override = default;

private:
  Values m_Values;
};
} // namespace ferro

#endif
