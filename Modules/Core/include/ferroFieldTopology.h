#ifndef ferroFieldTopology_h
#define ferroFieldTopology_h

#include "FerroscopeCoreExport.h"
#include "itkDataObject.h"
#include "itkObjectFactory.h"

#include <Eigen/Core>

#include <limits>
#include <vector>

namespace ferro
{
/** \class FieldDerivative
 * \brief Divergence and curl of the displacement in one cell. Both are numbers without unit: 0.001 is 1 pm per nm.
 *
 * The divergence does not depend on whether y points up or down. The curl is positive where the field turns
 * counter-clockwise as seen on the screen: -dPy/dx + dPx/dy with y down.
 */
struct FieldDerivative
{
  double divergence = std::numeric_limits<double>::quiet_NaN();
  double divergenceError = std::numeric_limits<double>::quiet_NaN(); ///< standard deviation
  double curl = std::numeric_limits<double>::quiet_NaN();
  double curlError = std::numeric_limits<double>::quiet_NaN(); ///< standard deviation
};

/** \class FieldVortex
 * \brief A place around which the directions turn by a whole number of turns.
 */
struct FieldVortex
{
  int winding = 0;                                         ///< +1 vortex, -1 antivortex
  Eigen::Vector2d position = Eigen::Vector2d::Zero();      ///< pixels
  Eigen::Vector2d positionError = Eigen::Vector2d::Zero(); ///< standard deviation, pixels
  double significance = 0.0; ///< how many standard deviations the vectors on the ring are away from another winding
  int ringCells = 0;         ///< half the side of the smallest ring of cells on which it is significant
  /** Mean over the ring of the sine of the angle from the outward direction to P, counter-clockwise on the screen: +1
   * turns counter-clockwise, -1 clockwise, 0 points outwards or inwards. */
  double handedness = 0.0;
};

/** \class FieldTopology
 * \brief Derivatives of a polarization field, one entry for each cell, and its vortices.
 */
class FerroscopeCore_EXPORT FieldTopology : public itk::DataObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(FieldTopology);
  using Self = FieldTopology;
  using Superclass = itk::DataObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(FieldTopology, DataObject);

  /** Everything known. */
  struct Values
  {
    std::vector<FieldDerivative> derivatives; ///< in the order of the cells
    std::vector<FieldVortex> vortices;        ///< from top to bottom
    long ringsTested = 0;                     ///< closed rings of cells around which the winding was counted
    double significanceNeeded = 0.0;          ///< standard deviations from which a vortex is believed
    double expectedFalseVortices = 0.0;       ///< number in an image without polarization, at most
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
  FieldTopology() = default;
  ~FieldTopology() override = default;

private:
  Values m_Values;
};
} // namespace ferro

#endif
