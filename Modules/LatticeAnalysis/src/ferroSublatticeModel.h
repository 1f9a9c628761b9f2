#ifndef ferroSublatticeModel_h
#define ferroSublatticeModel_h

#include "ferroAtomColumnSet.h"
#include "ferroLattice.h"
#include "ferroPointLocator.h"

#include <Eigen/Core>

#include <string>
#include <vector>

namespace ferro
{
/** \class SublatticeModel
 * \brief Which columns form which sublattice, with indices, and what kind of lattice that is.
 *
 * Columns that translations connect form one sublattice whatever their brightness. Brightness only
 * decides, by one vote over all neighbours, which of two sublattices is called A; so layers in which the order of
 * brightness is reversed keep their names.
 */
class SublatticeModel
{
public:
  SublatticeModel(const AtomColumnSet & columns, bool swap);

  LatticeKind
  GetKind() const
  {
    return m_Kind;
  }
  const std::string &
  GetDescription() const
  {
    return m_Description;
  }
  /** Mean share of neighbours that agree with the brightness order, 0..1. */
  double
  GetBrightnessVote() const
  {
    return m_Vote;
  }
  /** Sets sublattice, i, j and indexed of every column; a is nearer the x axis, b a quarter turn further. */
  void Label(AtomColumnSet & columns) const;

private:
  struct Place
  {
    int sublattice = -1; ///< 0: the larger one, 1: the other, -1: neither
    int i = 0;
    int j = 0;
  };
  void FindTranslations(const AtomColumnSet & columns);
  /** Splits a lattice of all columns that is too dense, because A and B look alike to the translations. */
  void SplitByBrightness();
  void AssignPlaces();
  void Classify(const AtomColumnSet & columns, bool swap);
  /** Mean logarithm of the brightness of sublattice 0 against its neighbours of sublattice 1. */
  double CompareBrightness(const AtomColumnSet & columns);

  PointLocator m_Locator;
  std::vector<double> m_Amplitudes;
  Eigen::Matrix2d m_Translations = Eigen::Matrix2d::Zero();
  std::vector<Place> m_Places;
  Eigen::Vector2d m_Offset = Eigen::Vector2d::Zero(); ///< of sublattice 1 from 0, in cells, in [0, 1)
  std::size_t m_Counts[2] = {0, 0};
  LatticeKind m_Kind = LatticeKind::Unknown;
  std::string m_Description;
  double m_Vote = 0.0;
  bool m_FirstIsA = true;
};
} // namespace ferro

#endif
