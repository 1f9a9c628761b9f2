// HDF5 of any program: every data set that could be an image, or the one that FILE:/path names. And Gatan DM5.
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5ImageFile.h"
#include "ferroInputFile.h"
#include "ferroPublishedCells.h"
#include "ferroVeloxMetadata.h"

#include <cmath>
#include <set>

namespace ferro
{
namespace
{
constexpr int MaximumDepth = 16;
constexpr std::size_t MaximumObjects = 20000;
constexpr std::size_t MaximumImages = 1000;

class PlainHdf5File : public Hdf5ImageFile
{
public:
  explicit PlainHdf5File(const std::filesystem::path & path) : Hdf5ImageFile(SplitInnerPath(path).first)
  {
    m_Info.format = "HDF5";
    const std::string inner = SplitInnerPath(path).second;
    if (!inner.empty())
    {
      if (m_File.IsGroup(inner))
      {
        this->Fail("'" + inner + "' is a group, expected a data set; the file holds " + this->ListData());
      }
      if (!m_File.IsDataSet(inner))
      {
        this->Fail("has no data set '" + inner + "'; the file holds " + this->ListData());
      }
      this->AddPath(inner);
      return;
    }
    if (m_File.Exists("/_atom_lattice"))
    {
      m_Info.metadata["note"] = "an Atomap atom lattice; only its images are read";
    }
    this->Search("");
    this->RequireImages(m_File.List("/").empty()
                          ? std::string("HDF5 file with nothing inside, expected an image")
                          : std::string("HDF5 file of an unknown program that does not contain an image: expected a "
                                        "data set of numbers with two or three axes"));
  }

private:
  void
  Search(const std::string & group, int depth = 0)
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
          else if (const int rank = m_File.GetRank(path);
                   (rank == 2 || rank == 3) && m_Info.images.size() < MaximumImages)
          {
            const Hdf5File::DataSet data = m_File.OpenDataSet(path);
            // Tables and lists of points have few columns and are no images.
            if (data.dtype != "other" && (data.shape.back() > 4 || rank == 2) &&
                data.shape[data.shape.size() - 2] > 1 && data.shape.back() > 2)
            {
              this->AddPath(path);
            }
          }
        });
    }
  }

  void
  AddPath(const std::string & path)
  {
    Hdf5File::DataSet data = m_File.OpenDataSet(path);
    const std::string title = path.substr(path.find_first_not_of('/') == std::string::npos ? 0 : 1);
    // Published with the BiFeO3 series, from a program that stores columns first.
    const bool columnsFirst = title == "MainImage" && data.shape.size() == 2;
    // MATLAB (files .mat since 7.3) keeps the order of its memory: of rows, columns, frames the last comes first.
    const bool matlab = m_File.GetText(path, "MATLAB_class").has_value();
    const std::string group = path.substr(0, path.rfind('/'));
    std::vector<std::string> labels = m_File.GetTexts(path, "DIMENSION_LABELS");
    // NeXus names the vectors of coordinates, which stand in the group of the data.
    const std::vector<std::string> axes = m_File.GetTexts(group.empty() ? "/" : group, "axes");
    const bool nexus = axes.size() == data.shape.size() &&
                       m_File.GetText(group.empty() ? "/" : group, "signal") == path.substr(path.rfind('/') + 1);
    labels = labels.empty() && nexus ? axes : labels;
    std::vector<std::size_t> order;
    if (columnsFirst || (matlab && data.shape.size() == 2))
    {
      order = {1, 0};
    }
    else if (matlab && data.shape.size() == 3)
    {
      order = {0, 2, 1};
    }
    else
    {
      order = OrderByNames(labels.size() == data.shape.size() ? labels : std::vector<std::string>(data.shape.size()));
    }
    const bool colour = data.shape.size() == 3 && data.dtype == "uint8" && (data.shape[2] == 3 || data.shape[2] == 4);
    ImageInfo & image = this->AddDataSet(title, std::move(data), order);
    m_Paths.push_back(path);
    if (columnsFirst)
    {
      image.metadata["axes"] = "stored columns first, turned";
      const std::filesystem::path table = FindPartner(m_Path, PublishedImageEnding, PublishedTableEnding);
      if (!table.empty())
      {
        image.metadata["cell_table"] = table.filename().string();
      }
    }
    if (matlab)
    {
      image.metadata["axes"] = "stored columns first by MATLAB, turned";
    }
    image.readable = image.readable && !colour;
    if (const auto properties = m_File.GetText(path, "properties"))
    {
      AddNion(VeloxDocument(*properties), image, order);
    }
    std::vector<std::string> scales = m_File.GetReferences(path, "DIMENSION_LIST");
    for (const std::string & axis : nexus && scales.empty() ? axes : std::vector<std::string>())
    {
      scales.push_back(axis == "." ? "" : group + "/" + axis);
    }
    this->Try(
      [&]
      {
        for (std::size_t k = 0; k < order.size() && scales.size() == order.size(); ++k)
        {
          const std::string & scale = scales[order[k]];
          if (!scale.empty())
          {
            this->CalibrateFromVector(image.axes[k], scale, m_File.GetText(scale, "units").value_or(""));
          }
        }
      });
  }

  // Nion Swift (.nhdf) describes each data set by a JSON text.
  static void
  AddNion(const VeloxDocument & properties, ImageInfo & image, const std::vector<std::size_t> & order)
  {
    const std::vector<VeloxDocument> axes = properties.List({"dimensional_calibrations"});
    for (std::size_t k = 0; k < order.size() && axes.size() == order.size(); ++k)
    {
      const VeloxDocument & axis = axes[order[k]];
      CalibrateAxis(image.axes[k], axis.Number({"scale"}), axis.Number({"offset"}), axis.Text({"units"}));
    }
    const std::string title = properties.Text({"title"});
    image.title = title.empty() ? image.title : title;
    image.readable = image.readable && properties.Number({"datum_dimension_count"}) != 1.0;
    const double volt = properties.Number({"metadata", "instrument", "high_tension"});
    if (std::isfinite(volt))
    {
      image.metadata["beam_energy_kV"] = NumberText(1e-3 * volt);
    }
    const std::string date = properties.Text({"created"});
    if (!date.empty())
    {
      image.metadata["date"] = date;
    }
  }

  std::string
  ListData()
  {
    this->Search("");
    std::string text;
    for (std::size_t k = 0; k < m_Paths.size() && k < 20; ++k)
    {
      text += (k == 0 ? "" : ", ") + m_Paths[k];
    }
    return text.empty() ? "no image" : text;
  }

  std::set<std::uint64_t> m_Seen;
  std::vector<std::string> m_Paths; // of the images
};

class GatanHdf5File : public Hdf5ImageFile
{
public:
  explicit GatanHdf5File(const std::filesystem::path & path) : Hdf5ImageFile(path)
  {
    m_Info.format = "Gatan DM5";
    std::set<std::string> thumbnails;
    for (const std::string & name : m_File.List("/Thumbnails"))
    {
      if (const auto index = m_File.GetNumber("/Thumbnails/" + name, "ImageIndex"))
      {
        thumbnails.insert("[" + NumberText(*index) + "]");
      }
    }
    for (const std::string & name : m_File.List("/ImageList"))
    {
      if (thumbnails.count(name) == 0)
      {
        this->Try([&] { this->AddEntry("/ImageList/" + name); });
      }
    }
    this->RequireImages("Gatan DM5 file without an image: expected data in '/ImageList'");
  }

private:
  void
  AddEntry(const std::string & entry)
  {
    Hdf5File::DataSet data = m_File.OpenDataSet(entry + "/ImageData/Data");
    const std::size_t rank = data.shape.size();
    // Colours lie in whole numbers of four bytes.
    const double code = m_File.GetNumber(entry + "/ImageData", "DataType").value_or(0.0);
    const bool colour = code == 8.0 || code == 23.0;
    ImageInfo & image = this->AddDataSet(m_File.GetText(entry, "Name").value_or(""), std::move(data));
    bool energy = false;
    for (std::size_t k = 0; k < rank; ++k)
    {
      // Calibrations count from x.
      const std::string place = entry + "/ImageData/Calibrations/Dimension/[" + std::to_string(rank - 1 - k) + "]";
      const double scale = m_File.GetNumber(place, "Scale").value_or(std::nan(""));
      const std::string unit = m_File.GetText(place, "Units").value_or("");
      CalibrateAxis(image.axes[k], scale, -m_File.GetNumber(place, "Origin").value_or(0.0) * scale, unit);
      energy = energy || IsEnergyUnit(unit);
    }
    const std::string format = m_File.GetText(entry + "/ImageTags/Meta Data", "Format").value_or("");
    image.readable = image.readable && !energy && !colour && format.rfind("Spectrum", 0) != 0;
    image.dtype = colour ? "rgba" : image.dtype;
    const std::string microscope = entry + "/ImageTags/Microscope Info";
    this->KeepNumber(image, microscope, "Voltage", "beam_energy_kV", 1e-3);
    this->KeepNumber(image, microscope, "Indicated Magnification", "magnification");
    this->KeepNumber(image, microscope, "STEM Camera Length", "camera_length_mm");
    this->KeepText(image, microscope, "Illumination Mode", "mode");
    this->KeepText(image, microscope, "Microscope", "microscope");
    this->KeepNumber(image, entry + "/ImageTags/DigiScan", "Sample Time", "dwell_time_us");
    this->KeepNumber(image, entry + "/ImageTags/DigiScan", "Rotation", "scan_rotation_deg");
    this->KeepText(image, entry + "/ImageTags/DataBar", "Signal Name", "detector");
    this->KeepText(image, entry + "/ImageTags/DataBar", "Acquisition Date", "date");
    this->KeepText(image, entry + "/ImageTags", "Timestamp", "date");
  }
};

bool
MatchesGatan(const FileHead & head)
{
  return Hdf5ImageFile::Matches(head, [](const Hdf5File & file) { return file.IsGroup("/ImageList"); });
}

bool
MatchesAny(const FileHead & head)
{
  return head.IsHdf5();
}

template <typename TFile>
std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<TFile>(file);
}
} // namespace

MicroscopyFormat
GatanHdf5Format()
{
  return {"Gatan DM5", {".dm5"}, MatchesGatan, Open<GatanHdf5File>};
}

MicroscopyFormat
PlainHdf5Format()
{
  return {"HDF5", {".h5", ".hdf5", ".hf5"}, MatchesAny, Open<PlainHdf5File>};
}
} // namespace ferro
