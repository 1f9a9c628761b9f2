#ifndef ferroCrystal_h
#define ferroCrystal_h

#include "FerroscopeCoreExport.h"

#include <string>
#include <vector>

namespace ferro
{
/** \class Crystal
 * \brief Published numbers of a perovskite: pseudo-cubic cell and Born effective charges.
 */
struct Crystal
{
  std::string name;      ///< chemical formula, for example BiFeO3
  double latticeNm;      ///< pseudo-cubic lattice parameter, nm (cube root of the cell volume)
  double bornChargeA;    ///< Born effective charge of the A ion, units of e
  double bornChargeB;    ///< Born effective charge of the B ion, units of e
  double bornChargeO;    ///< mean Born effective charge of oxygen, units of e
  std::string reference; ///< where the numbers come from
  double shortestNm;     ///< shortest edge of the pseudo-cubic cell, nm (tetragonal: a)
  double longestNm;      ///< longest edge of the pseudo-cubic cell, nm (tetragonal: c)
};

/** Presets: BiFeO3, BaTiO3, PbTiO3, SrTiO3. */
FerroscopeCore_EXPORT const std::vector<Crystal> & GetCrystals();
/** The preset of that name (upper and lower case alike) or nullptr. */
FerroscopeCore_EXPORT const Crystal * FindCrystal(const std::string & name);

/** Factor from the displacement of B against A (pm) to polarization (uC/cm^2).
 *
 * P = (e / V) sum Z*_k u_k over the ions of the cell. Only the displacement d of B against A is seen in
 * an ADF image; the oxygen ions are taken to stay with the A ions, so that P = e Z*_B d / V. This is an
 * estimate and is reported as one (see Documentation/Theory.md).
 * \param bornCharge Born effective charge of the displaced ion, units of e
 * \param cellVolumeNm3 volume of the unit cell, nm^3
 */
FerroscopeCore_EXPORT double MicrocoulombPerPicometre(double bornCharge, double cellVolumeNm3);

/** Factor from the divergence of the displacement of B against A (no unit; 0.001 is 1 pm per nm) to the density of
 * bound charge rho = -div P, elementary charges per nm^3. 1 uC/cm^2 over 1 nm is 0.062415 e/nm^3.
 *
 * \param microcoulombPerPicometre what MicrocoulombPerPicometre() gives
 */
FerroscopeCore_EXPORT double BoundChargePerDivergence(double microcoulombPerPicometre);
} // namespace ferro

#endif
