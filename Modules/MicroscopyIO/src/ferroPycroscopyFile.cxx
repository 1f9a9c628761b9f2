// NSID and USID files of pycroscopy.
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5ImageFile.h"
#include "ferroWrittenMetadata.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace ferro
{
namespace
{
constexpr int MaximumDepth = 12;
constexpr std::size_t MaximumObjects = 20000;

class PycroscopyFile : public Hdf5ImageFile
{
public:
  explicit PycroscopyFile(const std::filesystem::path & path) : Hdf5ImageFile(path)
  {
    m_Info.format = "NSID";
    this->Search("", 0);
    this->RequireImages("NSID or USID file without an image: no data set has dimensions attached");
  }
  ~PycroscopyFile() override = default;

  bool
  HasPixels(int image) const override
  {
    return m_Grids.count(image) != 0 || Hdf5ImageFile::HasPixels(image);
  }

  long
  GetRowsPerBlock(int image) const override
  {
    return m_Grids.count(image) == 0 ? Hdf5ImageFile::GetRowsPerBlock(image) : this->GetFrameRegion(image).height;
  }

protected:
  void
  ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override
  {
    const auto grid = m_Grids.find(image);
    if (grid == m_Grids.end())
    {
      Hdf5ImageFile::ReadPixels(image, frame, region, sink);
      return;
    }
    // One value per position, in the order in which the positions were visited: all must be looked at.
    const std::vector<std::uint32_t> & pixelOfPosition = grid->second.pixelOfPosition;
    const Hdf5File::DataSet data = m_File.OpenDataSet(grid->second.path);
    const auto columns = static_cast<std::size_t>(this->GetFrameRegion(image).width);
    constexpr std::size_t together = 1U << 17;
    std::vector<double> values(together);
    for (std::size_t first = 0; first < pixelOfPosition.size(); first += together)
    {
      const std::size_t count = std::min(together, pixelOfPosition.size() - first);
      m_File.Read(data, {first, 0}, {count, 1}, values.data());
      for (std::size_t i = 0; i < count; ++i)
      {
        const long x = static_cast<long>(pixelOfPosition[first + i] % columns) - region.x;
        const long y = static_cast<long>(pixelOfPosition[first + i] / columns) - region.y;
        if (x >= 0 && x < region.width && y >= 0 && y < region.height)
        {
          sink.Put(static_cast<std::size_t>(y * region.width + x), &values[i], 1);
        }
      }
    }
  }

private:
  struct Grid
  {
    std::string path;
    std::vector<std::uint32_t> pixelOfPosition;
  };

  void
  Search(const std::string & group, int depth)
  {
    const auto address = m_File.GetAddress(group.empty() ? "/" : group);
    if (!address || depth > MaximumDepth || m_Seen.size() >= MaximumObjects || !m_Seen.insert(*address).second)
    {
      return;
    }
    for (const std::string & name : m_File.List(group.empty() ? "/" : group))
    {
      const std::string path = group + "/" + name;
      this->Try(
        [&]
        {
          if (m_File.IsGroup(path))
          {
            this->Search(path, depth + 1);
          }
          else if (m_File.IsDataSet(path))
          {
            this->AddIfMain(path);
          }
        });
    }
  }

  void
  AddIfMain(const std::string & path)
  {
    if (!m_File.GetReferences(path, "Position_Indices").empty() &&
        !m_File.GetReferences(path, "Spectroscopic_Indices").empty())
    {
      this->AddUsid(path);
    }
    else if (!m_File.GetReferences(path, "DIMENSION_LIST").empty())
    {
      this->AddNsid(path);
    }
  }

  static std::string
  Title(const std::string & path)
  {
    const std::size_t slash = path.rfind('/');
    return path.substr(slash + 1);
  }

  void
  AddNsid(const std::string & path)
  {
    Hdf5File::DataSet data = m_File.OpenDataSet(path);
    const std::size_t rank = data.shape.size();
    std::vector<std::string> scales = m_File.GetReferences(path, "DIMENSION_LIST");
    std::vector<std::string> names = m_File.GetTexts(path, "DIMENSION_LABELS");
    scales.resize(rank);
    names.resize(rank);
    std::vector<std::string> units(rank);
    bool image2d = true;
    for (std::size_t k = 0; k < rank; ++k)
    {
      if (scales[k].empty())
      {
        continue;
      }
      names[k] = names[k].empty() ? m_File.GetText(scales[k], "name").value_or("") : names[k];
      units[k] = m_File.GetText(scales[k], "units").value_or("");
      const std::string type = m_File.GetText(scales[k], "dimension_type").value_or("");
      image2d = image2d && !IsEnergyUnit(units[k]) && type.find("SPECTRAL") == std::string::npos;
    }
    const std::string kind = m_File.GetText(path, "data_type").value_or("");
    const std::vector<std::size_t> order = OrderByNames(names);
    const std::string title =
      m_File.GetText(path, "title").value_or(m_File.GetText(path, "main_data_name").value_or(Title(path)));
    ImageInfo & image = this->AddDataSet(title, std::move(data), order);
    for (std::size_t k = 0; k < order.size(); ++k)
    {
      const std::size_t stored = order[k];
      if (!names[stored].empty())
      {
        image.axes[k].name = names[stored];
      }
      if (!scales[stored].empty())
      {
        this->CalibrateFromVector(image.axes[k], scales[stored], units[stored]);
      }
    }
    image.readable = image.readable && image2d && kind.find("SPECTRA") == std::string::npos;
    this->KeepText(image, path, "quantity", "quantity");
    this->KeepText(image, path, "units", "intensity_unit");
    this->KeepText(image, path, "modality", "modality");
    this->KeepText(image, path, "source", "source");
    this->KeepText(image, path, "timestamp", "date");
    const std::string metadata = path.substr(0, path.rfind('/')) + "/metadata";
    // Nested dictionaries are stored flat, with a hyphen between the names.
    for (const std::string prefix : {"", "experiment-"})
    {
      this->KeepText(image, metadata, (prefix + "microscope").c_str(), "microscope");
      this->KeepText(image, metadata, (prefix + "detector").c_str(), "detector");
      this->KeepNumber(image, metadata, (prefix + "acceleration_voltage").c_str(), "beam_energy_kV", 1e-3);
      this->KeepNumber(image, metadata, (prefix + "convergence_angle").c_str(), "convergence_mrad");
      this->KeepNumber(image, metadata, (prefix + "exposure_time").c_str(), "exposure_s");
    }
    for (const char * key : {"quantity", "intensity_unit", "modality", "source"})
    {
      // What pycroscopy writes where it knows nothing.
      if (image.metadata.count(key) != 0 && image.metadata[key] == "generic")
      {
        image.metadata.erase(key);
      }
    }
    // Files of our own keep what the first file said.
    const std::string prefix = MetadataPrefix;
    for (const std::string & name : m_File.ListAttributes(metadata))
    {
      if (name.rfind(prefix, 0) == 0 && IsListedMetadata(name.substr(prefix.size())))
      {
        this->KeepText(image, metadata, name.c_str(), name.substr(prefix.size()).c_str());
      }
    }
  }

  // A matrix of positions and spectroscopic values. With one value per position, and positions that fill a grid, it is
  // an image as well.
  void
  AddUsid(const std::string & path)
  {
    m_Info.format = "USID";
    Hdf5File::DataSet data = m_File.OpenDataSet(path);
    if (data.shape.size() != 2)
    {
      this->Fail("USID data '" + path + "' have " + std::to_string(data.shape.size()) + " axes, expected two");
    }
    const std::vector<long> shape = data.shape;
    const bool real = data.real;
    const std::string dtype = data.dtype;
    ImageInfo & matrix = this->AddDataSet(path, std::move(data));
    matrix.axes[0].name = "position";
    matrix.axes[1].name = "spectroscopic";
    matrix.readable = false;
    this->KeepText(matrix, path, "quantity", "quantity");
    this->KeepText(matrix, path, "units", "intensity_unit");
    if (real && shape[1] == 1)
    {
      this->Try([&] { this->AddGrid(path, shape[0], dtype); });
    }
  }

  void
  AddGrid(const std::string & path, long positions, const std::string & dtype)
  {
    const std::string indicesPath = m_File.GetReferences(path, "Position_Indices")[0];
    const Hdf5File::DataSet indices = m_File.OpenDataSet(indicesPath);
    if (!indices.real || indices.shape.size() != 2 || indices.shape[0] != positions || indices.shape[1] != 2 ||
        positions > (1L << 26))
    {
      return;
    }
    std::vector<double> pairs(2 * static_cast<std::size_t>(positions));
    m_File.Read(indices, {0, 0}, {static_cast<hsize_t>(positions), 2}, pairs.data());
    double highest[2] = {0.0, 0.0};
    for (std::size_t i = 0; i < pairs.size(); ++i)
    {
      // An index beyond the number of positions cannot be on a full grid.
      if (!(pairs[i] >= 0.0 && pairs[i] < static_cast<double>(positions)))
      {
        return;
      }
      highest[i % 2] = std::max(highest[i % 2], pairs[i]);
    }
    const std::vector<std::string> names = m_File.GetTexts(indicesPath, "labels");
    const bool named = names.size() == 2;
    // The first column is the fast one as a rule; names decide.
    const std::size_t x = named && IsNamedY(names[0]) && IsNamedX(names[1]) ? 1 : 0;
    const auto columns = static_cast<std::size_t>(highest[x]) + 1;
    const auto rows = static_cast<std::size_t>(highest[1 - x]) + 1;
    if (columns * rows != static_cast<std::size_t>(positions) || columns < 2 || rows < 2)
    {
      return;
    }
    Grid grid;
    grid.path = path;
    grid.pixelOfPosition.resize(columns * rows);
    std::vector<bool> filled(columns * rows, false);
    for (std::size_t i = 0; i < columns * rows; ++i)
    {
      const auto column = static_cast<std::size_t>(pairs[2 * i + x]);
      const auto row = static_cast<std::size_t>(pairs[2 * i + 1 - x]);
      const std::size_t pixel = row * columns + column;
      if (filled[pixel])
      {
        return;
      }
      filled[pixel] = true;
      grid.pixelOfPosition[i] = static_cast<std::uint32_t>(pixel);
    }
    // Registered as a data set too, so that both lists keep the same numbering.
    ImageInfo & image = this->AddDataSet(Title(path), m_File.OpenDataSet(path));
    image.dtype = dtype;
    image.shape = {static_cast<long>(rows), static_cast<long>(columns)};
    image.axes[0].size = image.shape[0];
    image.axes[1].size = image.shape[1];
    image.readable = true;
    this->CalibrateGrid(image, path, grid, x, named ? names : std::vector<std::string>{"x", "y"});
    m_Grids[image.index] = std::move(grid);
  }

  void
  CalibrateGrid(ImageInfo & image, const std::string & path, const Grid & grid, std::size_t x,
                const std::vector<std::string> & names) const
  {
    image.axes[1].name = names[x];
    image.axes[0].name = names[1 - x];
    const std::vector<std::string> references = m_File.GetReferences(path, "Position_Values");
    if (references.empty() || references[0].empty())
    {
      return;
    }
    const Hdf5File::DataSet values = m_File.OpenDataSet(references[0]);
    const std::vector<std::string> units = m_File.GetTexts(references[0], "units");
    const std::size_t positions = grid.pixelOfPosition.size();
    if (!values.real || values.shape.size() != 2 || values.shape[0] != static_cast<long>(positions) ||
        values.shape[1] != 2 || units.size() != 2)
    {
      return;
    }
    std::vector<double> pairs(2 * positions);
    m_File.Read(values, {0, 0}, {static_cast<hsize_t>(positions), 2}, pairs.data());
    const auto columns = static_cast<std::size_t>(image.shape[1]);
    double first[2] = {0.0, 0.0};
    double next[2] = {0.0, 0.0};
    for (std::size_t i = 0; i < positions; ++i)
    {
      const std::size_t pixel = grid.pixelOfPosition[i];
      if (pixel == 0)
      {
        first[0] = pairs[2 * i + x];
        first[1] = pairs[2 * i + 1 - x];
      }
      next[0] = pixel == 1 ? pairs[2 * i + x] : next[0];
      next[1] = pixel == columns ? pairs[2 * i + 1 - x] : next[1];
    }
    CalibrateAxis(image.axes[1], next[0] - first[0], first[0], units[x]);
    CalibrateAxis(image.axes[0], next[1] - first[1], first[1], units[1 - x]);
  }

  std::set<std::uint64_t> m_Seen;
  std::map<int, Grid> m_Grids;
};

bool
IsPycroscopy(const Hdf5File & file)
{
  const std::vector<std::string> names = file.List("/");
  return std::any_of(names.begin(), names.end(),
                     [](const std::string & name) { return name.rfind("Measurement_", 0) == 0; });
}

bool
Matches(const FileHead & head)
{
  return Hdf5ImageFile::Matches(head, IsPycroscopy);
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<PycroscopyFile>(file);
}
} // namespace

MicroscopyFormat
PycroscopyFormat()
{
  return {"NSID or USID", {".h5", ".hf5"}, Matches, Open};
}
} // namespace ferro
