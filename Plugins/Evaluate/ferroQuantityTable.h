#ifndef ferroQuantityTable_h
#define ferroQuantityTable_h

#include <Eigen/Core>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** \class QuantitySpec
 * \brief Where a quantity of the cells stands in tables, and how it is reported.
 */
struct QuantitySpec
{
  std::string name;            ///< px, py, a, b, gamma, area, or the name of a column
  std::string symbol;          ///< in figures
  std::string column;          ///< px_pm, a_nm, ...
  double factor = 1.0;         ///< from the column to the unit of the report
  std::string unit;            ///< of the report: pm, deg, nm2, or empty
  std::string pixelColumn;     ///< px_px, a_px, ...; empty when there is none
  Eigen::Vector2d power{0, 0}; ///< powers of the pixel size along x and y (pm; nm for areas) that turn px into the unit
};

/** Reads "px,py,a,novelty"; nothing gives the six quantities of cells.csv. Throws UsageError. */
std::vector<QuantitySpec> ParseQuantities(const std::string & text);

/** Values of a quantity for each place of a table; NaN where there is none. */
struct QuantityValues
{
  std::vector<double> values;
  std::vector<double> sigmas; ///< stated standard errors
  bool inPixels = false;
  bool found = false; ///< at least one value is a number
};

/** \class QuantityTable
 * \brief Places and quantities of cells, of any of the kinds of tables.
 */
struct QuantityTable
{
  std::filesystem::path file; ///< the table itself
  std::vector<Eigen::Vector2d> places;
  std::vector<char> flagged;
  std::vector<QuantityValues> quantities; ///< in the order of the specifications
  /** Pixel size that the table was made with, nm, where it says so. */
  std::optional<Eigen::Vector2d> pixelSizeNm;
  /** Size of its image where it is known, else 0. */
  long width = 0;
  long height = 0;
};

/** Reads a folder with cells.csv (and summary.json), a CSV table with x_px, y_px and quantities, the truth of a
 * synthetic image (BASE_truth.csv: its B columns), or a published table in HDF5.
 *
 * \param path folder or file
 * \param specs the quantities; those that the table does not have stay empty
 * \param pixelSizeNm for published tables, which have no calibration of their own
 * Throws InputError. */
QuantityTable ReadQuantityTable(const std::filesystem::path & path, const std::vector<QuantitySpec> & specs,
                                std::optional<double> pixelSizeNm);

/** Turns what is in pixels into the unit of the report. */
void Calibrate(QuantityTable & table, const std::vector<QuantitySpec> & specs, const Eigen::Vector2d & pixelSizeNm);
} // namespace ferro

#endif
