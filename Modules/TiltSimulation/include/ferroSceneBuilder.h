#ifndef ferroSceneBuilder_h
#define ferroSceneBuilder_h

#include "ferroAtomColumnSet.h"
#include "ferroCrystalStructure.h"
#include "ferroDomainField.h"

#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** A perovskite ABO3 as a scene is laid out from: its elements, their thermal displacements, its mean cell. */
struct PerovskiteCell
{
  std::string name;
  std::string reference;
  int atomicNumberA = 0;
  int atomicNumberB = 0;
  double rmsA = 0.0;     ///< thermal displacement of A along one axis, Angstrom
  double rmsB = 0.0;     ///< of B
  double rmsO = 0.0;     ///< of oxygen
  double latticeA = 0.0; ///< pseudo-cubic: cube root of the volume of a formula unit, Angstrom
};

/** Finds A, B and the mean cell of a perovskite: B is the one nearer to oxygen.
 *
 * \param structure of composition ABO3, every site filled; else AnalysisError
 */
FerroscopeTiltSimulation_EXPORT PerovskiteCell MakePerovskiteCell(const CrystalStructure & structure);

/** How far oxygen moves against how far B moves, both against A, along the polar axis: from the structures of BiFeO3,
 * BaTiO3 and PbTiO3 that come with the program; 0 for any other perovskite. See Documentation/TheorySimulation.md.
 *
 * \param cell the perovskite
 */
FerroscopeTiltSimulation_EXPORT double GetOxygenRatio(const PerovskiteCell & cell);

/** \class SceneParameters
 * \brief A film with domains: everything that determines it.
 *
 * Cells are ideal perovskite cells seen along [100], a to the right (x), b down (y), moved by the domain field. The
 * substrate lies at the bottom and has the film's lattice parameter along a (coherent growth); the second phase
 * lies at the right and has the film's along b. Cells of the substrate are not polar.
 */
struct SceneParameters
{
  PerovskiteCell film;
  std::optional<PerovskiteCell> substrate;
  std::optional<PerovskiteCell> secondPhase;
  double widthA = 40.0;             ///< along x, Angstrom, rounded to whole cells
  double heightA = 40.0;            ///< along y
  double thicknessA = 0.0;          ///< along z; 0: one cell, which a simulation repeats
  double substrateFraction = 0.25;  ///< part of the height, if there is a substrate
  double secondPhaseFraction = 0.3; ///< part of the width, if there is a second phase
  double filmLatticeA = 0.0;        ///< 0: that of the material
  double substrateLatticeA = 0.0;   ///< along b; 0: that of the material
  double secondPhaseLatticeA = 0.0; ///< along a; 0: that of the material
  DomainPattern domains = DomainPattern::Wall109;
  double displacementPm = 30.0;      ///< of B per component, as in SyntheticMicrographParameters
  double wallWidthA = 2.0;           ///< w in tanh(2 d / w)
  std::optional<double> oxygenRatio; ///< of oxygen's displacement to B's; without: GetOxygenRatio of the film
};

/** A column of a scene as it truly is, in projection. */
struct SceneColumn
{
  Sublattice sublattice = Sublattice::A;
  Eigen::Vector2d positionA = Eigen::Vector2d::Zero();     ///< mean over the depth, Angstrom
  Eigen::Vector2d displacementA = Eigen::Vector2d::Zero(); ///< of B against the mean of its four A; 0 for A
  SpecimenRegion region = SpecimenRegion::Film;
  int i = 0; ///< along a: B (i, j) lies between A (i, j) and A (i + 1, j + 1)
  int j = 0; ///< along b
};

/** \class Scene
 * \brief A film with domains as atoms, and what an image of it should show.
 */
struct Scene
{
  CrystalStructure structure; ///< orthogonal cell; A at a quarter of the first cell, so that none is on the border
  std::vector<SceneColumn> columns;                ///< A first, then B, each row by row
  Eigen::Vector3i cells = Eigen::Vector3i::Zero(); ///< along x, y, z
  double latticeA = 0.0;                           ///< of the film
  double oxygenRatio = 0.0;                        ///< what was used
};

/** Builds the atoms of a film with domains.
 *
 * The cell repeats: at its left and right, top and bottom border film, second phase and substrate meet as they do
 * where the cell is repeated, and domains are cut there. Leave two cells at the border out of an evaluation.
 * Throws UsageError for values that make no film.
 *
 * \param parameters of the scene
 */
FerroscopeTiltSimulation_EXPORT Scene BuildScene(const SceneParameters & parameters);
} // namespace ferro

#endif
