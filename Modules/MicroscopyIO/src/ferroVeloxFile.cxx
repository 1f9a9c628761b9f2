// EMD files of Velox (Thermo Fisher): HDF5 with one JSON text per frame.
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5ImageFile.h"
#include "ferroVeloxMetadata.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ferro
{
namespace
{
constexpr const char * Images = "/Data/Image";

class VeloxFile : public Hdf5ImageFile
{
public:
  explicit VeloxFile(const std::filesystem::path & path) : Hdf5ImageFile(path)
  {
    m_Info.format = "Velox EMD";
    const VeloxDocument version(m_File.ReadText("/Version").value_or(""));
    if (const std::string text = version.Text({"version"}); !text.empty())
    {
      m_Info.metadata["format_version"] = text;
    }
    const std::map<std::string, std::string> titles = this->CollectTitles();
    for (const std::string & name : m_File.List(Images))
    {
      this->Try([&] { this->AddImageGroup(name, titles); });
    }
    this->RequireImages("Velox EMD file without an image (it may hold spectra only); expected data in " +
                        std::string(Images));
  }

private:
  // Titles that the program shows, by the name of the image's group. Newer versions first.
  std::map<std::string, std::string>
  CollectTitles() const
  {
    std::map<std::string, std::string> titles;
    const auto keep = [&](const std::string & dataPath, const std::string & title)
    {
      const std::string group = dataPath.substr(dataPath.rfind('/') + 1);
      if (!group.empty() && !title.empty())
      {
        titles.emplace(group, title);
      }
    };
    const auto forEach = [&](const std::string & group, const std::function<void(const VeloxDocument &)> & use)
    {
      for (const std::string & name : m_File.List(group))
      {
        use(VeloxDocument(m_File.ReadText(group + "/" + name).value_or("")));
      }
    };
    // Images that are computed: their displays say less than the operations do.
    forEach("/Operations/SurfaceReconstructionOperation",
            [&](const VeloxDocument & operation)
            {
              const std::string name = operation.Text({"integrationMode"}) == "false" ? "dDPC" : "iDPC";
              const bool filtered = operation.Text({"enableFilter"}) == "true";
              keep(operation.Text({"unfilteredDataPath"}), name);
              keep(operation.Text({"dataPath"}), (filtered ? "Filtered " : "") + name);
            });
    this->NameDifferences(keep);
    forEach("/Displays/ImageDisplay",
            [&](const VeloxDocument & display)
            {
              const std::string reference = display.Text({"data"});
              if (reference.rfind('/', 0) == 0)
              {
                const VeloxDocument series(m_File.ReadText(reference).value_or(""));
                keep(series.Text({"dataPath"}), DecodePercent(display.Text({"title"})));
              }
            });
    forEach("/Presentation/Displays/ImageDisplay",
            [&](const VeloxDocument & display) {
              keep(display.Text({"dataPath"}), DecodePercent(display.Text({"display", "label"})));
            });
    for (const std::string & kind : m_File.List("/Operations"))
    {
      if (m_File.IsGroup("/Operations/" + kind))
      {
        forEach("/Operations/" + kind,
                [&](const VeloxDocument & operation)
                {
                  for (const char * key : {"cameraName", "detector", "name"})
                  {
                    keep(operation.Text({"dataPath"}), operation.Text({key}));
                  }
                });
      }
    }
    return titles;
  }

  // Differences of opposite segments of a detector: "A-C" from "DF4-A" and "DF4-C".
  void
  NameDifferences(const std::function<void(const std::string &, const std::string &)> & keep) const
  {
    std::map<std::string, std::array<std::string, 2>> inputs;
    for (const std::string & name : m_File.List("/Operations/StemInputOperation"))
    {
      const VeloxDocument input(m_File.ReadText("/Operations/StemInputOperation/" + name).value_or(""));
      const std::string detector = input.Text({"detector"});
      for (const auto & [operation, index] : input.Outputs())
      {
        if (index == 0 || index == 1)
        {
          inputs[operation][static_cast<std::size_t>(index)] = detector.substr(detector.rfind('-') + 1);
        }
      }
    }
    const std::string group = "/Operations/MathematicsOperation";
    for (const std::string & name : m_File.List(group))
    {
      const VeloxDocument operation(m_File.ReadText(group + "/" + name).value_or(""));
      const auto found = inputs.find(group + "/" + name);
      if (found != inputs.end() && operation.Text({"mathematicsMode"}) == "Subtraction")
      {
        keep(operation.Text({"dataPath"}), found->second[0] + "-" + found->second[1]);
      }
    }
  }

  // The first frame's JSON, or an empty document. Metadata never make a file unreadable.
  VeloxDocument
  ReadMetadata(const std::string & path) const
  {
    try
    {
      const Hdf5File::DataSet data = m_File.OpenDataSet(path);
      if (!data.real || data.shape.empty() || data.shape.size() > 2 || data.shape[0] > (1L << 20))
      {
        return VeloxDocument("");
      }
      std::vector<double> bytes(static_cast<std::size_t>(data.shape[0]));
      std::vector<hsize_t> count(data.shape.size(), 1);
      count[0] = bytes.size();
      m_File.Read(data, std::vector<hsize_t>(count.size(), 0), count, bytes.data());
      std::string text;
      for (const double byte : bytes)
      {
        if (byte == 0.0)
        {
          break;
        }
        text += static_cast<char>(static_cast<int>(byte) & 0xff);
      }
      return VeloxDocument(text);
    }
    catch (const InputError &)
    {
      return VeloxDocument("");
    }
  }

  void
  AddImageGroup(const std::string & name, const std::map<std::string, std::string> & titles)
  {
    const std::string group = std::string(Images) + "/" + name;
    Hdf5File::DataSet data = m_File.OpenDataSet(group + "/Data");
    const VeloxDocument metadata = this->ReadMetadata(group + "/Metadata");
    const std::string detector = VeloxDetector(metadata);
    const auto known = titles.find(name);
    const std::string title = known != titles.end() ? known->second : detector;
    // Rows, columns, frames: the frames come last.
    std::vector<std::size_t> order = {0, 1};
    if (data.shape.size() == 3 && data.shape[2] > 1)
    {
      order = {2, 0, 1};
    }
    else if (data.shape.size() != 2 && data.shape.size() != 3)
    {
      m_File.Fail("Velox image '" + name + "' has " + std::to_string(data.shape.size()) +
                  " axes, expected three (rows, columns, frames)");
    }
    ImageInfo & image = this->AddDataSet(title, std::move(data), order);
    AxisInfo & x = image.axes.back();
    AxisInfo & y = image.axes[image.axes.size() - 2];
    CalibrateAxis(x, metadata.Number({"BinaryResult", "PixelSize", "width"}),
                  metadata.Number({"BinaryResult", "Offset", "x"}), metadata.Text({"BinaryResult", "PixelUnitX"}));
    CalibrateAxis(y, metadata.Number({"BinaryResult", "PixelSize", "height"}),
                  metadata.Number({"BinaryResult", "Offset", "y"}), metadata.Text({"BinaryResult", "PixelUnitY"}));
    if (image.axes.size() == 3)
    {
      CalibrateAxis(image.axes[0], VeloxFrameTime(metadata), 0.0, "s");
    }
    FillVeloxMetadata(metadata, detector, image.metadata);
  }
};

bool
IsVelox(const Hdf5File & file)
{
  return file.IsGroup(Images) || (file.IsDataSet("/Version") && file.IsGroup("/Data"));
}

bool
Matches(const FileHead & head)
{
  return Hdf5ImageFile::Matches(head, IsVelox);
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<VeloxFile>(file);
}
} // namespace

MicroscopyFormat
VeloxFormat()
{
  return {"Velox EMD", {".emd"}, Matches, Open};
}
} // namespace ferro
