// EMD files of Berkeley: NCEM, py4DSTEM (emdfile), Prismatic. Groups that say emd_group_type, with a data set and one
// vector of coordinates per axis.
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5ImageFile.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr int MaximumDepth = 12;
constexpr std::size_t MaximumGroups = 20000;

// Whether a group says that it holds an array: 1 in the first versions, "array" since emdfile 1.0.
bool
IsArrayGroup(const Hdf5File & file, const std::string & group)
{
  if (const auto number = file.GetNumber(group, "emd_group_type"))
  {
    return *number == 1.0;
  }
  const auto text = file.GetText(group, "emd_group_type");
  return text && (*text == "array" || *text == "1");
}

// Array groups in the order of their paths; a group that is met twice counts once.
void
FindArrays(const Hdf5File & file, const std::string & group, int depth, std::vector<std::uint64_t> & seen,
           std::vector<std::string> & found)
{
  const auto address = file.GetAddress(group.empty() ? "/" : group);
  if (!address || seen.size() >= MaximumGroups || std::find(seen.begin(), seen.end(), *address) != seen.end())
  {
    return;
  }
  seen.push_back(*address);
  if (IsArrayGroup(file, group.empty() ? "/" : group))
  {
    found.push_back(group);
  }
  if (depth >= MaximumDepth)
  {
    return;
  }
  for (const std::string & name : file.List(group.empty() ? "/" : group))
  {
    try
    {
      if (file.IsGroup(group + "/" + name))
      {
        FindArrays(file, group + "/" + name, depth + 1, seen, found);
      }
    }
    catch (const InputError &)
    {
      // A link to another file is not followed.
    }
  }
}

std::string
Trimmed(const std::string & name)
{
  return name == "[]" || name == "__unnamed__" ? std::string() : name;
}

class EmdFile : public Hdf5ImageFile
{
public:
  explicit EmdFile(const std::filesystem::path & path) : Hdf5ImageFile(path)
  {
    const bool prismatic = m_File.IsGroup("/4DSTEM_simulation");
    m_Info.format = prismatic ? "Prismatic EMD" : "EMD";
    std::vector<std::string> groups;
    std::vector<std::uint64_t> seen;
    FindArrays(m_File, "", 0, seen, groups);
    for (const std::string & group : groups)
    {
      // A group that only holds other arrays is none itself.
      const bool holdsOthers = std::any_of(groups.begin(), groups.end(),
                                           [&](const std::string & other) { return other.rfind(group + "/", 0) == 0; });
      if (holdsOthers && this->DataName(group).empty())
      {
        continue;
      }
      this->Try([&] { this->AddGroup(group); });
    }
    this->RequireImages(
      "EMD file without an image: it has no group with emd_group_type 1 (or \"array\") and data inside");
  }

private:
  std::string
  DataName(const std::string & group) const
  {
    for (const char * name : {"data", "realslice", "diffractionslice", "datacube"})
    {
      if (m_File.IsDataSet(group + "/" + name))
      {
        return name;
      }
    }
    return {};
  }

  void
  AddGroup(const std::string & group)
  {
    const std::string dataName = this->DataName(group);
    if (dataName.empty())
    {
      this->Fail("EMD group '" + group + "' has no data (no image: expected a data set 'data')");
    }
    Hdf5File::DataSet data = m_File.OpenDataSet(group + "/" + dataName);
    const std::size_t rank = data.shape.size();
    // The first axis is dim1; since emdfile 1.0 it is dim0.
    const std::size_t base = m_File.Exists(group + "/dim0") ? 0 : 1;
    std::vector<std::string> names(rank);
    std::vector<std::string> units(rank);
    std::vector<std::string> vectors(rank);
    bool energy = false;
    for (std::size_t k = 0; k < rank; ++k)
    {
      vectors[k] = group + "/dim" + std::to_string(k + base);
      if (m_File.IsDataSet(vectors[k]))
      {
        names[k] = Trimmed(m_File.GetText(vectors[k], "name").value_or(""));
        units[k] = Trimmed(m_File.GetText(vectors[k], "units").value_or(""));
        energy = energy || IsEnergyUnit(units[k]);
      }
    }
    const std::vector<std::size_t> order = OrderByNames(names);
    ImageInfo & image = this->AddDataSet(Trimmed(group.substr(group.rfind('/') + 1)), std::move(data), order);
    for (std::size_t k = 0; k < order.size(); ++k)
    {
      const std::size_t stored = order[k];
      if (!names[stored].empty())
      {
        image.axes[k].name = names[stored];
      }
      this->CalibrateFromVector(image.axes[k], vectors[stored], units[stored]);
    }
    image.readable = image.readable && !energy;
    if (rank >= 2 && names[rank - 1].empty() && names[rank - 2].empty())
    {
      image.metadata["axes"] = "unnamed, taken as rows and columns";
    }
    this->AddMetadata(image);
  }

  void
  AddMetadata(ImageInfo & image) const
  {
    const std::string microscope = "/microscope";
    this->KeepText(image, microscope, "name", "microscope");
    this->KeepNumber(image, microscope, "high tension", "beam_energy_kV", 1e-3);
    this->KeepNumber(image, microscope, "voltage", "beam_energy_kV", 1e-3);
    if (const auto voltage = m_File.GetText(microscope, "voltage"))
    {
      const std::size_t unit = voltage->find_first_not_of("0123456789.");
      const double value = ParseNumber(voltage->substr(0, unit));
      const std::string name = unit == std::string::npos ? "V" : CleanText(voltage->substr(unit));
      if (std::isfinite(value) && (name == "kV" || name == "V"))
      {
        image.metadata["beam_energy_kV"] = NumberText(name == "kV" ? value : 1e-3 * value);
      }
    }
    this->KeepNumber(image, microscope, "magnification", "magnification");
    this->KeepNumber(image, microscope, "camera length", "camera_length_mm", 1e3);
    this->KeepNumber(image, microscope, "dwell time", "dwell_time_us", 1e6);
    this->KeepNumber(image, microscope, "convergence angle", "convergence_mrad", 1e3);
    this->KeepNumber(image, microscope, "scan rotation", "scan_rotation_deg");
    this->KeepNumber(image, "/4DSTEM_simulation/metadata/metadata_0/original/simulation_parameters", "E",
                     "beam_energy_kV");
    this->KeepText(image, "/user", "date", "date");
  }
};

bool
IsEmd(const Hdf5File & file)
{
  if (file.IsGroup("/Experiments"))
  {
    return false;
  }
  if (file.GetNumber("/", "version_major") || file.GetText("/", "version_major") || file.GetText("/", "emd_group_type"))
  {
    return true;
  }
  // py4DSTEM before 0.12 and Prismatic say it one level down.
  for (const std::string & name : file.List("/"))
  {
    try
    {
      if (file.IsGroup("/" + name) &&
          (file.GetNumber("/" + name, "emd_group_type") || file.GetText("/" + name, "emd_group_type")))
      {
        return true;
      }
    }
    catch (const InputError &)
    {
      // A link to another file.
    }
  }
  std::vector<std::uint64_t> seen;
  std::vector<std::string> found;
  FindArrays(file, "", 0, seen, found);
  return !found.empty();
}

bool
Matches(const FileHead & head)
{
  return Hdf5ImageFile::Matches(head, IsEmd);
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<EmdFile>(file);
}
} // namespace

MicroscopyFormat
EmdFormat()
{
  return {"EMD", {".emd", ".h5"}, Matches, Open};
}
} // namespace ferro
