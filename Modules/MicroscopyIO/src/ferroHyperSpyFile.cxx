// HyperSpy signals in HDF5 (.hspy, .hdf5).
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5Frame.h"
#include "ferroHdf5ImageFile.h"

#include <cmath>
#include <numeric>

namespace ferro
{
namespace
{
class HyperSpyFile : public MicroscopyFile
{
public:
  explicit HyperSpyFile(const std::filesystem::path & path) : MicroscopyFile(path), m_File(path)
  {
    m_Info.format = "HyperSpy";
    std::string problem;
    for (const std::string & name : m_File.List("/Experiments"))
    {
      try
      {
        this->AddSignal(name);
      }
      catch (const InputError & error)
      {
        problem = problem.empty() ? error.GetMessage() : problem;
      }
    }
    if (m_Info.images.empty())
    {
      if (!problem.empty())
      {
        throw InputError(problem);
      }
      this->Fail("holds no image: the group 'Experiments' is empty");
    }
    if (!problem.empty())
    {
      m_Info.metadata["problem"] = problem;
    }
  }

  // Of spectra, too.
  bool
  HasPixels(int image) const override
  {
    const Hdf5File::DataSet & data = m_Data.at(static_cast<std::size_t>(image));
    return data.real && (data.shape.size() == 2 || data.shape.size() == 3);
  }

  long
  GetRowsPerBlock(int image) const override
  {
    const Hdf5File::DataSet & data = m_Data.at(static_cast<std::size_t>(image));
    return GetHdf5RowsPerBlock(data, AxesAsStored(data));
  }

protected:
  void
  ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override
  {
    const Hdf5File::DataSet & data = m_Data.at(static_cast<std::size_t>(image));
    ReadHdf5Frame(m_File, data, AxesAsStored(data), frame, region, sink);
  }

private:
  static std::vector<std::size_t>
  AxesAsStored(const Hdf5File::DataSet & data)
  {
    std::vector<std::size_t> order(data.shape.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
  }

  void
  AddSignal(const std::string & name)
  {
    const std::string group = "/Experiments/" + name;
    Hdf5File::DataSet data = m_File.OpenDataSet(group + "/data");
    if (data.dtype == "other")
    {
      this->Fail("the data of '" + group + "' are not numbers");
    }
    // Before version 1.2 the groups had other names.
    const std::string metadata = group + (m_File.IsGroup(group + "/metadata") ? "/metadata" : "/mapped_parameters");
    std::string title = m_File.GetText(metadata + "/General", "title").value_or("");
    if (title.empty())
    {
      title = m_File.GetText(metadata, "title").value_or("");
    }
    title = title.empty() ? name : title;
    ImageInfo & image = this->AddImage(title == "__unnamed__" ? "" : title, data.dtype, data.shape);
    int signalAxes = 0;
    int navigationAxes = 0;
    bool energy = false;
    for (std::size_t k = 0; k < data.shape.size(); ++k)
    {
      // A list of axes stands in place of groups of their own in files of signals that others held.
      const std::string number = std::to_string(k);
      std::string axis = group + "/axis-" + number;
      if (!m_File.IsGroup(axis))
      {
        axis = group + "/_list_" + std::to_string(data.shape.size()) + "_axes/" + number;
      }
      if (!m_File.IsGroup(axis))
      {
        continue;
      }
      const std::string axisName = m_File.GetText(axis, "name").value_or("");
      if (!axisName.empty() && axisName[0] != '_' && axisName != "undefined")
      {
        image.axes[k].name = axisName;
      }
      // A non-uniform axis has no scale, and so no calibration.
      const std::string unit = m_File.GetText(axis, "units").value_or("");
      CalibrateAxis(image.axes[k], m_File.GetNumber(axis, "scale").value_or(std::nan("")),
                    m_File.GetNumber(axis, "offset").value_or(0.0), unit);
      energy = energy || IsEnergyUnit(unit);
      if (const auto navigate = m_File.GetNumber(axis, "navigate"))
      {
        ++(*navigate != 0.0 ? navigationAxes : signalAxes);
      }
    }
    // Two axes of which one is for navigation are a line of spectra.
    // Before axes said what they are for, the metadata did.
    const std::string record =
      m_File.GetText(metadata + "/Signal", "record_by").value_or(m_File.GetText(metadata, "record_by").value_or(""));
    const bool spectra = signalAxes == 1 ? navigationAxes > 0 : signalAxes == 0 && record == "spectrum";
    image.readable = data.real && (data.shape.size() == 2 || data.shape.size() == 3) && !energy && !spectra;
    this->AddMetadata(metadata, image);
    m_Data.push_back(std::move(data));
  }

  void
  AddMetadata(const std::string & group, ImageInfo & image) const
  {
    std::string microscope = group + "/Acquisition_instrument/TEM";
    if (!m_File.IsGroup(microscope))
    {
      microscope = group + "/TEM";
    }
    const auto number = [&](const std::string & object, const char * attribute, const char * key, double factor)
    {
      const auto value = m_File.GetNumber(object, attribute);
      if (value && std::isfinite(*value))
      {
        image.metadata[key] = NumberText(*value * factor);
      }
    };
    const auto text = [&](const std::string & object, const char * attribute, const char * key)
    {
      const auto value = m_File.GetText(object, attribute);
      if (value && !value->empty() && *value != "_None_")
      {
        image.metadata[key] = *value;
      }
    };
    number(microscope, "beam_energy", "beam_energy_kV", 1.0);
    number(microscope, "magnification", "magnification", 1.0);
    number(microscope, "camera_length", "camera_length_mm", 1.0);
    number(microscope, "dwell_time", "dwell_time_us", 1e6);
    number(microscope, "convergence_angle", "convergence_mrad", 1.0);
    number(microscope + "/Stage", "tilt_alpha", "stage_alpha_deg", 1.0);
    number(microscope + "/Stage", "tilt_beta", "stage_beta_deg", 1.0);
    number(microscope + "/Detector/Camera", "exposure", "exposure_s", 1.0);
    text(microscope + "/Detector/Camera", "name", "camera");
    text(microscope, "acquisition_mode", "mode");
    text(microscope, "microscope", "microscope");
    text(group + "/General", "date", "date");
    text(group + "/General", "time", "time");
  }

  Hdf5File m_File;
  std::vector<Hdf5File::DataSet> m_Data;
};

bool
Matches(const FileHead & head)
{
  return Hdf5ImageFile::Matches(head, [](const Hdf5File & file) { return file.IsGroup("/Experiments"); });
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<HyperSpyFile>(file);
}
} // namespace

MicroscopyFormat
HyperSpyFormat()
{
  return {"HyperSpy", {".hspy", ".hdf5", ".h5"}, Matches, Open};
}
} // namespace ferro
