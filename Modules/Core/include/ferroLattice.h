#ifndef ferroLattice_h
#define ferroLattice_h

#include "FerroscopeCoreExport.h"
#include "itkDataObject.h"
#include "itkObjectFactory.h"

#include <Eigen/Core>
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
} // namespace ferro

#endif
