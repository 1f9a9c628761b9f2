#include "ferroPublishedCells.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroMicroscopyFormats.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();
constexpr double RadiansPerDegree = 0.017453292519943295769;
constexpr long MaximumCells = 10000000;

double
Median(std::vector<double> values)
{
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }), values.end());
  if (values.empty())
  {
    return NotKnown;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string
LowerCase(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool
IsBetween(double value, double low, double high)
{
  return value >= low && value <= high;
}
} // namespace

std::string
PartnerName(const std::filesystem::path & path, const std::string & from, const std::string & to)
{
  const std::string name = path.filename().string();
  const std::size_t at = LowerCase(name).rfind(LowerCase(from));
  return at == std::string::npos ? std::string() : name.substr(0, at) + to + name.substr(at + from.size());
}

std::filesystem::path
FindPartner(const std::filesystem::path & path, const std::string & from, const std::string & to)
{
  const std::string wanted = LowerCase(PartnerName(path, from, to));
  const std::filesystem::path folder = path.parent_path();
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (auto entry = std::filesystem::directory_iterator(folder.empty() ? "." : folder, error);
       !wanted.empty() && !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
  {
    if (LowerCase(entry->path().filename().string()) == wanted)
    {
      found.push_back(folder / entry->path().filename());
    }
  }
  return found.empty() ? std::filesystem::path() : *std::min_element(found.begin(), found.end());
}

bool
PublishedCells::Matches(const Hdf5File & file)
{
  return file.IsDataSet("/ab") && file.IsDataSet("/xy_COM") && file.IsDataSet("/Pxy");
}

PublishedCells::PublishedCells(const std::filesystem::path & path) : m_Path(path)
{
  const Hdf5File file(path);
  if (!Matches(file))
  {
    file.Fail("not a table of unit cells: expected the data sets ab, xy_COM and Pxy");
  }
  this->ReadColumns(file);
  this->FindUnits();
}

void
PublishedCells::ReadColumns(const Hdf5File & file)
{
  const std::vector<long> first = file.OpenDataSet("/ab").shape;
  // A single cell or two leave the order of the axes open: 2 x N is that of the published files.
  if (first.size() != 2 || (first[0] != 2 && first[1] != 2))
  {
    file.Fail("'ab' is not 2 x N or N x 2");
  }
  const bool pairsFirst = first[0] == 2;
  const long count = pairsFirst ? first[1] : first[0];
  if (count > MaximumCells)
  {
    file.Fail("holds " + std::to_string(count) + " cells, expected at most " + std::to_string(MaximumCells));
  }
  m_Count = static_cast<std::size_t>(count);
  for (const std::string & name : file.List("/"))
  {
    const bool required = name == "ab" || name == "xy_COM" || name == "Pxy";
    if (!file.IsDataSet("/" + name))
    {
      continue;
    }
    const Hdf5File::DataSet data = file.OpenDataSet("/" + name);
    long values = 1;
    for (const long length : data.shape)
    {
      // A length that is not one of these cannot be a column; the product stays small.
      values = length == 1 || length == 2 || length == count ? values * length : -1;
      if (values < 0)
      {
        break;
      }
    }
    const bool pair = data.shape.size() == 2 && data.shape[pairsFirst ? 0 : 1] == 2 &&
                      data.shape[pairsFirst ? 1 : 0] == count && (required || count != 1);
    const bool single = !required && !pair && data.shape.size() <= 2 && values == count;
    if (!data.real || (!pair && !single))
    {
      if (required || name == "a" || name == "b" || name == "alpha" || name == "Vol")
      {
        std::string shape;
        for (const long length : data.shape)
        {
          shape += (shape.empty() ? "" : " x ") + std::to_string(length);
        }
        file.Fail("'" + name + "' is " + shape + " of type " + data.dtype + ", expected " +
                  (!required    ? ""
                   : pairsFirst ? "2 x "
                                : "") +
                  std::to_string(count) + (required && !pairsFirst ? " x 2" : "") + " numbers, one " +
                  (required ? "pair " : "") + "per cell of 'ab'");
      }
      continue;
    }
    m_Fields.push_back(name);
    for (int part = 0; part < (pair ? 2 : 1); ++part)
    {
      std::vector<hsize_t> start(data.shape.size(), 0);
      std::vector<hsize_t> lengths(data.shape.begin(), data.shape.end());
      if (pair)
      {
        start[pairsFirst ? 0 : 1] = static_cast<hsize_t>(part);
        lengths[pairsFirst ? 0 : 1] = 1;
      }
      std::vector<double> column(m_Count);
      file.Read(data, start, lengths, column.data());
      m_Columns[pair ? name + "_" + std::to_string(part + 1) : name] = std::move(column);
    }
  }
  for (const char * name : {"ab_1", "ab_2", "xy_COM_1", "xy_COM_2", "Pxy_1", "Pxy_2"})
  {
    // A damaged group may know a name that it does not list.
    if (m_Columns.count(name) == 0)
    {
      file.Fail("damaged HDF5 file: ab, xy_COM or Pxy is missing in the list of data sets");
    }
  }
  const std::vector<double> * indices[2] = {&m_Columns["ab_1"], &m_Columns["ab_2"]};
  m_Indices.resize(m_Count);
  for (int part = 0; part < 2; ++part)
  {
    const double lowest = *std::min_element(indices[part]->begin(), indices[part]->end());
    const double rest = lowest - std::floor(lowest); // indices of cell centres may be halves
    for (std::size_t k = 0; k < m_Count; ++k)
    {
      const double index = (*indices[part])[k] - rest;
      if (!(std::abs(index) < 1e8 && std::abs(index - std::round(index)) < 0.01))
      {
        file.Fail("'ab' of cell " + std::to_string(k) + " is " + NumberText((*indices[part])[k]) +
                  ", expected a lattice index (a whole number)");
      }
      m_Indices[k][part] = static_cast<int>(std::lround(index));
    }
  }
}

const std::vector<double> &
PublishedCells::Column(const std::string & name) const
{
  static const std::vector<double> none;
  const auto found = m_Columns.find(name);
  return found == m_Columns.end() ? none : found->second;
}

void
PublishedCells::FindUnits()
{
  std::map<std::pair<int, int>, std::size_t> places;
  for (std::size_t k = 0; k < m_Count; ++k)
  {
    places[{m_Indices[k].x(), m_Indices[k].y()}] = k;
  }
  const auto position = [this](std::size_t k)
  { return Eigen::Vector2d(this->Column("xy_COM_1")[k], this->Column("xy_COM_2")[k]); };
  std::vector<double> lengths[2];
  for (int along = 0; along < 2; ++along)
  {
    std::vector<double> steps[2];
    for (std::size_t k = 0; k < m_Count; ++k)
    {
      const auto next = places.find({m_Indices[k].x() + (along == 0), m_Indices[k].y() + (along == 1)});
      if (next != places.end())
      {
        const Eigen::Vector2d step = position(next->second) - position(k);
        lengths[along].push_back(step.norm());
        steps[0].push_back(step.x());
        steps[1].push_back(step.y());
      }
    }
    const Eigen::Vector2d typical(Median(steps[0]), Median(steps[1]));
    m_Steps[along] = typical.allFinite() ? typical : Eigen::Vector2d::Zero().eval();
  }
  const auto typicalOf = [](double first, double second) {
    return std::isnan(first) ? second : std::isnan(second) ? first : 0.5 * (first + second);
  };
  const double spacing = typicalOf(Median(lengths[0]), Median(lengths[1]));
  const double edge = typicalOf(Median(this->Column("a")), Median(this->Column("b")));
  if (std::isfinite(edge) && edge > 0.0)
  {
    m_LengthUnit = "px";
    if (spacing > 0.0 && !IsBetween(edge / spacing, 0.8, 1.25))
    {
      m_PixelsPerUnit = spacing / edge;
      m_LengthUnit = IsBetween(edge, 0.2, 1.5)        ? "nm"
                     : IsBetween(edge, 2.0, 15.0)     ? "Angstrom"
                     : IsBetween(edge, 200.0, 1500.0) ? "pm"
                                                      : "unknown";
      m_Note = "a and b are not pixels (median " + NumberText(edge, 4) + ", neighbours are " + NumberText(spacing, 4) +
               " px apart): taken for " + m_LengthUnit + " and scaled";
    }
  }
  std::vector<double> displacements(m_Count);
  for (std::size_t k = 0; k < m_Count; ++k)
  {
    displacements[k] = m_PixelsPerUnit * std::hypot(this->Column("Pxy_1")[k], this->Column("Pxy_2")[k]);
  }
  const double displacement = Median(displacements);
  if (spacing > 0.0 && displacement > 0.5 * spacing)
  {
    m_DisplacementsFit = false;
    m_Note += std::string(m_Note.empty() ? "" : "; ") + "Pxy is no displacement (median " +
              NumberText(displacement, 4) + " px in cells of " + NumberText(spacing, 4) +
              " px): kept as Pxy_1 and Pxy_2 only";
  }
  const double angle = Median(this->Column("alpha"));
  m_RadiansPerUnit = std::abs(angle) > 3.2 ? RadiansPerDegree : 1.0;
  const double expected = std::isfinite(edge) ? edge * edge : spacing * spacing;
  const double area = Median(this->Column("Vol"));
  m_AreasFit = expected > 0.0 && IsBetween(area / expected, 0.5, 2.0);
  if (std::isfinite(area) && !m_AreasFit)
  {
    m_Note += std::string(m_Note.empty() ? "" : "; ") + "Vol is no area of the cell (median " + NumberText(area, 4) +
              ", a times b is " + NumberText(expected, 4) + "): kept as Vol only";
  }
  const auto & x = this->Column("xy_COM_1");
  const auto & y = this->Column("xy_COM_2");
  long lost = 0;
  for (std::size_t k = 0; k < m_Count; ++k)
  {
    lost += !std::isfinite(x[k]) || !std::isfinite(y[k]);
  }
  if (lost == static_cast<long>(m_Count))
  {
    throw InputError(m_Path.string() + ": 'xy_COM' has no finite position");
  }
  if (lost > 0)
  {
    m_Note += std::string(m_Note.empty() ? "" : "; ") + std::to_string(lost) + " cells without a position are left out";
  }
}

std::map<std::string, std::pair<double, double>>
PublishedCells::GetRanges() const
{
  std::map<std::string, std::pair<double, double>> ranges;
  for (const auto & [name, values] : m_Columns)
  {
    double low = NotKnown;
    double high = NotKnown;
    for (const double value : values)
    {
      if (std::isfinite(value))
      {
        low = !(low <= value) ? value : low;
        high = !(high >= value) ? value : high;
      }
    }
    ranges[name] = {low, high};
  }
  return ranges;
}

UnitCellSet::Pointer
PublishedCells::MakeCells(const ImageGeometry & geometry) const
{
  // Lengths along a and b, from pixels to nm: x and y may differ.
  double length[2] = {1.0, 1.0};
  for (int along = 0; along < 2 && geometry.calibrated; ++along)
  {
    const double step = m_Steps[along].norm();
    length[along] = step > 0.0 ? geometry.ToPhysical(m_Steps[along]).norm() / step
                               : std::sqrt(geometry.pixelSizeNm.x() * geometry.pixelSizeNm.y());
  }
  const double area = geometry.calibrated ? geometry.pixelSizeNm.x() * geometry.pixelSizeNm.y() : 1.0;
  const auto value = [this](const char * name, std::size_t k)
  {
    const auto & column = this->Column(name);
    return column.empty() || !std::isfinite(column[k]) ? NotKnown : column[k];
  };
  UnitCellSet::ExtraColumnsType extra;
  for (const char * name : {"I1", "I2", "I3", "I4", "I5"})
  {
    if (!this->Column(name).empty())
    {
      extra.emplace_back(name, std::vector<double>());
    }
  }
  if (!m_DisplacementsFit)
  {
    extra.emplace_back("Pxy_1", std::vector<double>());
    extra.emplace_back("Pxy_2", std::vector<double>());
  }
  if (!m_AreasFit && !this->Column("Vol").empty())
  {
    extra.emplace_back("Vol", std::vector<double>());
  }
  UnitCellSet::ContainerType cells;
  for (std::size_t k = 0; k < m_Count; ++k)
  {
    UnitCell cell;
    cell.center = Sublattice::B;
    cell.i = m_Indices[k].x();
    cell.j = m_Indices[k].y();
    cell.position = {value("xy_COM_1", k), value("xy_COM_2", k)};
    if (!cell.position.allFinite())
    {
      continue;
    }
    if (m_DisplacementsFit)
    {
      cell.polarization = m_PixelsPerUnit * Eigen::Vector2d(value("Pxy_1", k), value("Pxy_2", k));
    }
    cell.a = length[0] * m_PixelsPerUnit * value("a", k);
    cell.b = length[1] * m_PixelsPerUnit * value("b", k);
    cell.gamma = m_RadiansPerUnit * value("alpha", k);
    cell.area = m_AreasFit ? area * m_PixelsPerUnit * m_PixelsPerUnit * value("Vol", k) : NotKnown;
    cells.push_back(cell);
    for (auto & [name, values] : extra)
    {
      values.push_back(value(name.c_str(), k));
    }
  }
  auto set = UnitCellSet::New();
  set->SetGeometry(geometry);
  set->SetCells(std::move(cells));
  set->SetExtraColumns(std::move(extra));
  return set;
}

namespace
{
/** \class PublishedCellsFile
 * \brief Lets 'info' describe such a table, and lets the commands that need an image say what they found.
 */
class PublishedCellsFile : public MicroscopyFile
{
public:
  explicit PublishedCellsFile(const std::filesystem::path & path) : MicroscopyFile(path)
  {
    const PublishedCells table(path);
    m_Info.format = "table of unit cells (HDF5)";
    m_Info.metadata["cells"] = std::to_string(table.GetNumberOfCells());
    std::string fields;
    for (const std::string & field : table.GetFields())
    {
      fields += (fields.empty() ? "" : ", ") + field;
    }
    m_Info.metadata["fields"] = fields;
    if (!table.GetLengthUnit().empty())
    {
      m_Info.metadata["length_unit"] = table.GetLengthUnit();
    }
    if (!table.GetNote().empty())
    {
      m_Info.metadata["note"] = table.GetNote();
    }
    const std::filesystem::path image = FindPartner(path, PublishedTableEnding, PublishedImageEnding);
    const std::string name = PartnerName(path, PublishedTableEnding, PublishedImageEnding);
    m_Info.metadata["image"] = !image.empty() ? image.filename().string()
                               : name.empty()
                                 ? "unknown: the file is not called ..." + std::string(PublishedTableEnding) + ".h5"
                                 : name + " (not in this folder)";
    for (const auto & [column, range] : table.GetRanges())
    {
      m_Info.metadata["range_" + column] = NumberText(range.first) + " to " + NumberText(range.second);
    }
  }

protected:
  void
  ReadPixels(int, long, const FrameRegion &, const PixelSink &) override
  {
    this->Fail("a table of unit cells has no pixels");
  }
};

bool
MatchesTable(const FileHead & head)
{
  if (!head.IsHdf5())
  {
    return false;
  }
  try
  {
    return PublishedCells::Matches(Hdf5File(head.path));
  }
  catch (const InputError &)
  {
    return false;
  }
}

std::unique_ptr<MicroscopyFile>
OpenTable(const std::filesystem::path & path)
{
  return std::make_unique<PublishedCellsFile>(path);
}
} // namespace

MicroscopyFormat
PublishedCellsFormat()
{
  return {"table of unit cells (HDF5)", {".h5"}, MatchesTable, OpenTable};
}
} // namespace ferro
