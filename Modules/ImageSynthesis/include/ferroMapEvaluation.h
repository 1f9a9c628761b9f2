#ifndef ferroMapEvaluation_h
#define ferroMapEvaluation_h

#include "FerroscopeImageSynthesisExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroCramerRaoBound.h"
#include "ferroSyntheticTruth.h"
#include "ferroUnitCellSet.h"

#include <array>
#include <limits>
#include <vector>

namespace ferro
{
/** \class MapTruth
 * \brief What an image truly shows, as far as a map of it can be held against it.
 */
struct MapTruth
{
  struct Column
  {
    Sublattice sublattice = Sublattice::A;
    Eigen::Vector2d position = Eigen::Vector2d::Zero();     ///< continuous pixel index
    Eigen::Vector2d displacement = Eigen::Vector2d::Zero(); ///< of B against the mean of its four A, pixels
    bool film = true;                                       ///< false in a substrate or another phase
  };
  std::vector<Column> columns; ///< inside the image
  long width = 0;              ///< of the image, pixels
  long height = 0;             ///< of the image, pixels
  double cell = 0.0;           ///< lattice parameter, pixels
  double pixelSizePm = 0.0;
  CramerRaoBound bound; ///< NaN where not known
};

/** The columns inside the image, with their Cramer-Rao bound. */
FerroscopeImageSynthesis_EXPORT MapTruth MakeMapTruth(const SyntheticTruth::Values & truth);
/** The same with a bound that is known already: it costs more than the rest, and images that differ only in their seed
 * have the same one. */
FerroscopeImageSynthesis_EXPORT MapTruth MakeMapTruth(const SyntheticTruth::Values & truth,
                                                      const CramerRaoBound & bound);

/** Errors of positions that count: interior columns without a flag and of the right sublattice. NaN where there is
 * nothing to compute. */
struct PositionScore
{
  long scored = 0;                                           ///< number of columns, two errors (x and y) each
  double rmsPm = std::numeric_limits<double>::quiet_NaN();   ///< root mean square error per axis
  double boundPm = std::numeric_limits<double>::quiet_NaN(); ///< Cramer-Rao bound of such a set of columns
  Eigen::Vector2d biasPm = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN()); ///< mean error
  double zSd = std::numeric_limits<double>::quiet_NaN(); ///< standard deviation of error / stated uncertainty

  double
  Ratio() const
  {
    return rmsPm / boundPm;
  }
};

/** How well one sublattice was found and measured. */
struct SublatticeScore
{
  long trueInterior = 0;    ///< true columns at least one lattice parameter away from the edge
  long missed = 0;          ///< of those, the ones that no column was found for
  long wrongSublattice = 0; ///< interior columns of the map that carry another sublattice's name
  long flagged = 0;         ///< interior columns of the map with a flag
  long beyond30Pm = 0;      ///< columns that count and are more than 30 pm from the truth
  PositionScore all;
  PositionScore film;
  PositionScore elsewhere; ///< in a substrate
};

/** How well the polar displacement of the cells around B was measured. RMS, bound and slope are those of cells whose
 * true displacement is longer than 5 pm; the others give the mean that should be zero. */
struct DisplacementScore
{
  long cellsScored = 0; ///< interior cells without a flag
  long polarCells = 0;  ///< of those, the ones that are truly polar
  double rmsPm = std::numeric_limits<double>::quiet_NaN();
  double boundPm = std::numeric_limits<double>::quiet_NaN();
  double slope = std::numeric_limits<double>::quiet_NaN();     ///< of measured on true displacement: 1, nothing shrinks
  double trueRmsPm = std::numeric_limits<double>::quiet_NaN(); ///< of the polar cells, per axis
  Eigen::Vector2d biasPm = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN()); ///< all cells
  double zSd = std::numeric_limits<double>::quiet_NaN();                                        ///< all cells
  /** Mean over the cells that are not polar. */
  Eigen::Vector2d nonPolarMeanPm = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());

  double
  Ratio() const
  {
    return rmsPm / boundPm;
  }
};

/** The measures of one map, or of several together. */
struct MapScore
{
  /** Columns of the map in the interior that stand more than a quarter of a cell away from any true one, and those
   * that are a second one for the same true column. */
  long invented = 0;
  SublatticeScore a;
  SublatticeScore b;
  DisplacementScore polarization;
};

/** \class MapEvaluation
 * \brief Holds polarization maps against the truth.
 *
 * Add() takes one map after another; GetScore() is about all of them together. A column of a map belongs to the nearest
 * true column, when that is closer than a quarter of the lattice parameter. The interior begins one lattice parameter
 * from the edge. Positions and covariances of the map are in pixels and are taken to pm by the pixel size of the truth.
 */
class FerroscopeImageSynthesis_EXPORT MapEvaluation
{
public:
  /** Takes the columns and cells of the map of one image; cells around A are left out. */
  void Add(const MapTruth & truth, const AtomColumnSet & columns, const UnitCellSet & cells);
  /** Takes the cells alone, of a table that came without columns. */
  void AddCells(const MapTruth & truth, const UnitCellSet & cells);
  MapScore GetScore() const;

private:
  struct Error
  {
    Eigen::Vector2d error;       // pm
    Eigen::Vector2d uncertainty; // pm, NaN when not stated
    double boundSquare;          // pm^2
    bool film;
  };
  struct CellError
  {
    Eigen::Vector2d measured; // pm
    Eigen::Vector2d actual;   // pm
    Eigen::Vector2d uncertainty;
    double boundSquare;
  };
  enum class Part
  {
    All,
    Film,
    Elsewhere
  };
  void AddColumns(const MapTruth & truth, const AtomColumnSet & columns);
  static PositionScore ScorePositions(const std::vector<Error> & errors, Part part);
  SublatticeScore ScoreSublattice(std::size_t which) const;
  DisplacementScore ScoreDisplacement() const;

  long m_Invented = 0;
  std::array<SublatticeScore, 2> m_Counts; // A, B: only the counts are used
  std::array<std::vector<Error>, 2> m_Errors;
  std::vector<CellError> m_Cells;
};
} // namespace ferro

#endif
