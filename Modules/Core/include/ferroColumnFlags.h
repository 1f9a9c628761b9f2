#ifndef ferroColumnFlags_h
#define ferroColumnFlags_h

#include "FerroscopeCoreExport.h"

#include <cstdint>
#include <string>

namespace ferro
{
/** Reasons for doubt in a column or a cell; combined as bits. No bit set: nothing is wrong. */
enum ColumnFlag : std::uint32_t
{
  FlagNone = 0,
  FlagEdge = 1u << 0,      ///< "edge": part of the column lies outside the image, or a neighbour is missing at the edge
  FlagOverlap = 1u << 1,   ///< "overlap": too close to a neighbour to be fitted apart from it
  FlagFitFailed = 1u << 2, ///< "fit-failed": the fit did not converge; the position is the one that was found
  FlagOutlier = 1u << 3,   ///< "outlier": far from the place that its neighbours predict
  FlagNearVacancy = 1u << 4,   ///< "near-vacancy": a neighbouring column is missing
  FlagFaint = 1u << 5,         ///< "faint": much weaker than the other columns of its sublattice around it
  FlagUnindexed = 1u << 6,     ///< "unindexed": not part of the lattice
  FlagNeighborDoubt = 1u << 7, ///< "neighbor-doubt": (cells) one of the columns of the cell carries a flag
  FlagSaturated = 1u << 8      ///< "saturated": pixels at the top of the detector's range
};

/** Flag words joined by '+', in the order of the bits; empty for FlagNone. */
FerroscopeCore_EXPORT std::string FlagsToString(std::uint32_t flags);
/** Inverse of FlagsToString; unknown words are ignored. */
FerroscopeCore_EXPORT std::uint32_t FlagsFromString(const std::string & text);
} // namespace ferro

#endif
