#ifndef ferroMapScan_h
#define ferroMapScan_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroLattice.h"
#include "ferroMapFigures.h"

#include <nlohmann/json_fwd.hpp>

namespace ferro
{
/** Adds --scan-correction and what belongs to it. */
void DeclareScan(CommandDeclaration & declaration);
ScanCorrection GetScanCorrection(const CommandContext & context);

/** "scan" in summary.json: what the A columns say of the scan, what was done, and how far the errors hold. */
nlohmann::json DescribeScan(const MapResult & result);

/** "null_test" in summary.json: the mean polarization, its error and where that comes from, and what remains.
 * \param result with cells
 * \param upperLeft corner of the reference region, pixels
 * \param lowerRight the opposite corner; the same: the whole image */
nlohmann::json DescribeNullTest(const MapResult & result, const Eigen::Vector2d & upperLeft,
                                const Eigen::Vector2d & lowerRight);
} // namespace ferro

#endif
