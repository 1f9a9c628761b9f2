#ifndef ferroProjectedPotential_h
#define ferroProjectedPotential_h

#include "ferroCrystalStructure.h"
#include "ferroFourierTransform.h"
#include "ferroScatteringFactors.h"
#include "ferroWaveGrid.h"

#include <map>
#include <vector>

namespace ferro
{
/** \class ProjectedPotential
 * \brief Projected potential of the atoms of a slice on a periodic grid, from exact structure factors.
 *
 * V(k) = h^2 / (2 pi m e) / area * sum over atoms of occupancy f(|k|) exp(-2 pi i k r), for every frequency of the
 * grid: atoms may lie anywhere between the samples. The phases are products of one factor along x and one along y, so
 * that an atom costs four multiplications per frequency; the scattering factors are tabulated once per element. With
 * damping, thermal motion enters as the Debye-Waller factor exp(-2 pi^2 u^2 k^2).
 */
class FerroscopeTiltSimulation_EXPORT ProjectedPotential
{
public:
  /** Atoms with the same scattering: element and rms displacement, 0 where it does not matter. */
  using Kind = std::pair<int, double>;

  /** What an atom at the origin adds to the spectrum of a real function: for kx = 0, 1, ..., nx / 2 (in units of
   * 1 / lengthXA) a column of ny numbers. A function that is even about the atom has no odd part. */
  struct Factors
  {
    RealBuffer even; ///< real parts
    RealBuffer odd;  ///< imaginary parts; may be empty
  };

  /** Tabulates what the atoms need; throws AnalysisError for an element without parameters, or when an atom to be
   * damped has no thermal displacement.
   *
   * \param grid samples and area
   * \param model whose scattering factors
   * \param atoms all atoms that will be asked for; their positions do not matter here
   * \param damped whether to include the Debye-Waller factor of each atom's displacementRmsA
   */
  ProjectedPotential(const WaveGrid & grid, ScatteringModel model, const std::vector<StructureAtom> & atoms,
                     bool damped);

  /** Sums another function of the atoms than their potential.
   *
   * \param grid samples and area
   * \param factors for every kind of atom that will be asked for, told apart by element and displacement
   */
  ProjectedPotential(const WaveGrid & grid, std::map<Kind, Factors> factors);

  /** The potential, V Angstrom (or the other function), nx * ny numbers, x fastest. May run in several threads.
   *
   * \param atoms the atoms of the slice, of the kinds known to the constructor
   */
  RealBuffer Compute(const std::vector<StructureAtom> & atoms) const;

private:
  Kind KindOf(const StructureAtom & atom) const;

  WaveGrid m_Grid;
  bool m_Damped;     ///< whether atoms are told apart by their displacement
  int m_HalfColumns; ///< kx = 0 to nx / 2
  std::map<Kind, Factors> m_Factors;
  FourierBatch m_Columns;
  FourierBatch m_Rows;
};
} // namespace ferro

#endif
