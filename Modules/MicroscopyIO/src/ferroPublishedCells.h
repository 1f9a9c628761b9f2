#ifndef ferroPublishedCells_h
#define ferroPublishedCells_h

#include "ferroHdf5.h"
#include "ferroUnitCellSet.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ferro
{
/** What tells the names of a published image and of its table apart: Sm_0_0_HAADF.h5, Sm_0_0_UCParameterization.h5. */
constexpr const char * PublishedImageEnding = "HAADF";
constexpr const char * PublishedTableEnding = "UCParameterization";

/** The name of a file with \a to in the place of the last \a from, in any case of letters; empty when it has none. */
std::string PartnerName(const std::filesystem::path & path, const std::string & from, const std::string & to);
/** The file of that name in the same folder, in any case of letters: one of the published images is called SM_10_0
 * where its table is called Sm_10_0. Empty when there is none. */
std::filesystem::path FindPartner(const std::filesystem::path & path, const std::string & from, const std::string & to);

/** \class PublishedCells
 * \brief The table of unit cells that is published with the images of the BiFeO3 series (doi:10.5281/zenodo.4555978):
 * Sm_x_n_UCParameterization.h5 beside Sm_x_n_HAADF.h5.
 *
 * Data sets ab (lattice indices), xy_COM (centre, px), Pxy (displacement), each 2 x N or N x 2; a, b (edges), alpha
 * (angle), Vol (area), I1 to I5 (intensities of the four corners and of the centre), each with N values. All but the
 * first three may be missing. The file names no units: lengths are pixels when a and b are as long as the distances
 * between the centres of neighbours, otherwise they are turned into pixels by these distances; angles above 3.2 are
 * degrees. Throws InputError: file, data set, found, expected.
 */
class PublishedCells
{
public:
  /** Whether the file has ab, xy_COM and Pxy. */
  static bool Matches(const Hdf5File & file);

  explicit PublishedCells(const std::filesystem::path & path);

  std::size_t
  GetNumberOfCells() const
  {
    return m_Count;
  }
  /** All data sets of one number (a) or two numbers (Pxy) per cell. */
  const std::vector<std::string> &
  GetFields() const
  {
    return m_Fields;
  }
  /** Lowest and highest finite value of each column: ab_1, ab_2, xy_COM_1, ..., a, b, ... */
  std::map<std::string, std::pair<double, double>> GetRanges() const;
  /** What the lengths turned out to be: "px", "nm", "Angstrom", "pm"; empty without edges. */
  const std::string &
  GetLengthUnit() const
  {
    return m_LengthUnit;
  }
  /** What could not be taken as it is, in words; empty when nothing. */
  const std::string &
  GetNote() const
  {
    return m_Note;
  }
  /** The cells, B-centred. What has no place in a cell (I1 to I5, and what does not fit) becomes an extra column. */
  UnitCellSet::Pointer MakeCells(const ImageGeometry & geometry) const;

private:
  void ReadColumns(const Hdf5File & file);
  void FindUnits();
  const std::vector<double> & Column(const std::string & name) const;

  std::filesystem::path m_Path;
  std::size_t m_Count = 0;
  std::vector<std::string> m_Fields;
  std::map<std::string, std::vector<double>> m_Columns;
  std::vector<Eigen::Vector2i> m_Indices;
  Eigen::Vector2d m_Steps[2] = {Eigen::Vector2d::Zero(),
                                Eigen::Vector2d::Zero()}; // to the neighbours along i and j, px
  double m_PixelsPerUnit = 1.0;
  double m_RadiansPerUnit = 1.0;
  bool m_DisplacementsFit = true;
  bool m_AreasFit = false;
  std::string m_LengthUnit;
  std::string m_Note;
};
} // namespace ferro

#endif
