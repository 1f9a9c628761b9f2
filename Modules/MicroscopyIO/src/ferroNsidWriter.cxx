// The layout is what pyNSID checks for: six text attributes of the main data set, one scale per axis in the same group
// with five text attributes, attached as dimension scales of HDF5.
#include "ferroNsidWriter.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5.h"
#include "ferroTextOutput.h"
#include "ferroWrittenMetadata.h"

#include <cmath>
#include <hdf5_hl.h>
#include <vector>

namespace ferro
{
namespace
{
constexpr const char * NsidVersion = "0.0.6"; // of pyNSID, whose layout this is
constexpr const char * NotKnown = "generic";  // pycroscopy's word

class NsidWriter
{
public:
  explicit NsidWriter(const std::filesystem::path & path) : m_Path(path)
  {
    // Opened here first: HDF5 does not say why it cannot.
    TextOutput(path).Close();
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fapl_sec2(access.Get());
    m_File = this->Check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.Get()));
  }

  void
  Write(const MicrographType & image)
  {
    const auto size = image.GetBufferedRegion().GetSize();
    const ImageGeometry geometry = GetImageGeometry(image);
    const std::map<std::string, std::string> metadata = GetWrittenMetadata(image);
    const auto known = [&metadata](const char * key, const char * otherwise)
    {
      const auto found = metadata.find(key);
      return found == metadata.end() ? std::string(otherwise) : found->second;
    };
    const std::string title = known("title", "");
    const std::string name = DataName(title);
    const std::string group = "/Measurement_000/Channel_000/" + name;
    this->Group(group);
    const Hdf5Handle data =
      this->DataSet(group + "/" + name, {size[1], size[0]}, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, image.GetBufferPointer());
    this->Text(data, "quantity", known("quantity", NotKnown));
    this->Text(data, "units", known("intensity_unit", NotKnown));
    this->Text(data, "nsid_version", NsidVersion);
    this->Text(data, "main_data_name", title.empty() ? name : title);
    this->Text(data, "title", title);
    this->Text(data, "data_type", "IMAGE");
    this->Text(data, "modality", known("modality", NotKnown));
    this->Text(data, "source", known("source", NotKnown));
    // Rows first.
    for (unsigned int axis = 0; axis < 2; ++axis)
    {
      const unsigned int d = 1 - axis;
      const char * label = d == 0 ? "x" : "y";
      std::vector<double> values(size[d]);
      for (std::size_t k = 0; k < values.size(); ++k)
      {
        values[k] = static_cast<double>(k) * geometry.pixelSizeNm[d];
      }
      const Hdf5Handle scale =
        this->DataSet(group + "/" + label, {size[d]}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data());
      this->Text(scale, "name", label);
      this->Text(scale, "units", geometry.calibrated ? "nm" : "px");
      this->Text(scale, "quantity", "Length");
      this->Text(scale, "dimension_type", "SPATIAL");
      this->Text(scale, "nsid_version", NsidVersion);
      this->Check(H5DSset_scale(scale.Get(), label));
      this->Check(H5DSattach_scale(data.Get(), scale.Get(), axis));
      this->Check(H5DSset_label(data.Get(), axis, label));
    }
    const Hdf5Handle notes = this->Group(group + "/metadata");
    for (const auto & [key, value] : metadata)
    {
      this->Text(notes, MetadataPrefix + key, value);
    }
    // In the words and units of pyNSID as well.
    const double kilovolts = ParseNumber(known("beam_energy_kV", ""));
    if (std::isfinite(kilovolts))
    {
      this->Number(notes, "acceleration_voltage", 1e3 * kilovolts);
    }
    this->Check(H5Fflush(m_File.Get(), H5F_SCOPE_GLOBAL));
  }

private:
  // Names of HDF5 have no slash, those of NSID no hyphen either.
  static std::string
  DataName(const std::string & title)
  {
    std::string name = title;
    for (char & c : name)
    {
      c = c == '/' || c == '-' ? '_' : c;
    }
    return name.empty() || name == "." || name == ".." || name == "metadata" || name == "x" || name == "y" ? "Image"
                                                                                                           : name;
  }

  Hdf5Handle
  Check(hid_t id) const
  {
    this->Check(id < 0 ? -1 : 0);
    return Hdf5Handle(id);
  }

  void
  Check(herr_t status) const
  {
    if (status < 0)
    {
      throw OutputError(m_Path.string() + ": cannot be written as HDF5: is the disk full?");
    }
  }

  Hdf5Handle
  Group(const std::string & path) const
  {
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
    H5Pset_create_intermediate_group(links.Get(), 1);
    H5Pset_char_encoding(links.Get(), H5T_CSET_UTF8);
    return this->Check(H5Gcreate2(m_File.Get(), path.c_str(), links.Get(), H5P_DEFAULT, H5P_DEFAULT));
  }

  Hdf5Handle
  DataSet(const std::string & path, const std::vector<hsize_t> & shape, hid_t type, hid_t memory,
          const void * values) const
  {
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE));
    H5Pset_char_encoding(links.Get(), H5T_CSET_UTF8);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_obj_track_times(creation.Get(), false); // the same image, the same bytes
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
    Hdf5Handle data =
      this->Check(H5Dcreate2(m_File.Get(), path.c_str(), type, space.Get(), links.Get(), creation.Get(), H5P_DEFAULT));
    this->Check(H5Dwrite(data.Get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    return data;
  }

  // Variable length and UTF-8, because h5py gives only those as text.
  void
  Text(const Hdf5Handle & object, const std::string & name, const std::string & value) const
  {
    const Hdf5Handle type(H5Tcopy(H5T_C_S1));
    H5Tset_size(type.Get(), H5T_VARIABLE);
    H5Tset_cset(type.Get(), H5T_CSET_UTF8);
    const char * pointer = value.c_str();
    this->Attribute(object, name, type.Get(), type.Get(), &pointer);
  }

  void
  Number(const Hdf5Handle & object, const std::string & name, double value) const
  {
    this->Attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
  }

  void
  Attribute(const Hdf5Handle & object, const std::string & name, hid_t type, hid_t memory, const void * value) const
  {
    const Hdf5Handle space(H5Screate(H5S_SCALAR));
    const Hdf5Handle attribute =
      this->Check(H5Acreate2(object.Get(), name.c_str(), type, space.Get(), H5P_DEFAULT, H5P_DEFAULT));
    this->Check(H5Awrite(attribute.Get(), memory, value));
  }

  std::filesystem::path m_Path;
  Hdf5Handle m_File;
};
} // namespace

void
WriteNsid(const MicrographType & image, const std::filesystem::path & path)
{
  const Hdf5Quiet quiet;
  NsidWriter(path).Write(image);
}
} // namespace ferro
