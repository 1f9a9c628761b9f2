#include "ferroTestHdf5.h"

#include "ferroTestFiles.h"

#if defined(__SANITIZE_ADDRESS__)
// HDF5 asks for as much memory as a damaged file declares and takes no for an answer, as it gets it from malloc.
extern "C" const char *
__asan_default_options()
{
  return "allocator_may_return_null=1";
}
// What it leaves behind when it gives up on a damaged file is its own.
extern "C" const char *
__lsan_default_suppressions()
{
  return "leak:libhdf5";
}
#endif

namespace ferrotest
{
Hdf5Writer::Hdf5Writer(const std::filesystem::path & path, hid_t creation, hid_t access)
  : m_File(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access))
{
}

Hdf5Writer::~Hdf5Writer()
{
  H5Fclose(m_File);
}

namespace
{
hid_t
WithParents()
{
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  return links;
}
} // namespace

void
Hdf5Writer::Group(const std::string & path)
{
  const hid_t links = WithParents();
  H5Gclose(H5Gcreate2(m_File, path.c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
  H5Pclose(links);
}

void
Hdf5Writer::Data(const std::string & path, const std::vector<hsize_t> & shape, const std::vector<double> & values,
                 hid_t type, const std::vector<hsize_t> & chunk)
{
  const hid_t links = WithParents();
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (!chunk.empty())
  {
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_deflate(creation, 4);
  }
  const hid_t data = H5Dcreate2(m_File, path.c_str(), type, space, links, creation, H5P_DEFAULT);
  H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(data);
  H5Pclose(creation);
  H5Sclose(space);
  H5Pclose(links);
}

void
Hdf5Writer::Hole(const std::string & path, const std::vector<hsize_t> & shape, const std::vector<hsize_t> & chunk)
{
  const hid_t links = WithParents();
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  if (!chunk.empty())
  {
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
  }
  H5Dclose(H5Dcreate2(m_File, path.c_str(), H5T_STD_U16LE, space, links, creation, H5P_DEFAULT));
  H5Pclose(creation);
  H5Sclose(space);
  H5Pclose(links);
}

void
Hdf5Writer::Fill(const std::string & path, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count,
                 std::uint16_t value)
{
  const hid_t data = H5Dopen2(m_File, path.c_str(), H5P_DEFAULT);
  const hid_t space = H5Dget_space(data);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  const hid_t memory = H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr);
  const std::vector<std::uint16_t> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(memory)), value);
  H5Dwrite(data, H5T_NATIVE_UINT16, memory, space, H5P_DEFAULT, values.data());
  H5Sclose(memory);
  H5Sclose(space);
  H5Dclose(data);
}

void
Hdf5Writer::TextData(const std::string & path, const std::string & text)
{
  const hid_t links = WithParents();
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  const hsize_t one = 1;
  const hid_t space = H5Screate_simple(1, &one, nullptr);
  const hid_t data = H5Dcreate2(m_File, path.c_str(), type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  const char * pointer = text.c_str();
  H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &pointer);
  H5Dclose(data);
  H5Sclose(space);
  H5Tclose(type);
  H5Pclose(links);
}

void
Hdf5Writer::Bytes(const std::string & path, const std::string & text, hsize_t length)
{
  std::vector<double> values(length, 0.0);
  for (std::size_t i = 0; i < text.size(); ++i)
  {
    values[i] = static_cast<unsigned char>(text[i]);
  }
  this->Data(path, {length, 1}, values, H5T_STD_U8LE);
}

void
Hdf5Writer::Attribute(const std::string & object, const std::string & name, hid_t type, hid_t memory, hsize_t count,
                      const void * value)
{
  const hid_t space = count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr);
  const hid_t attribute =
    H5Acreate_by_name(m_File, object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, memory, value);
  H5Aclose(attribute);
  H5Sclose(space);
}

void
Hdf5Writer::Text(const std::string & object, const std::string & name, const std::string & value)
{
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, value.size() + 1);
  this->Attribute(object, name, type, type, 0, value.c_str());
  H5Tclose(type);
}

void
Hdf5Writer::Texts(const std::string & object, const std::string & name, const std::vector<std::string> & values)
{
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  std::vector<const char *> pointers;
  for (const std::string & value : values)
  {
    pointers.push_back(value.c_str());
  }
  this->Attribute(object, name, type, type, values.size(), pointers.data());
  H5Tclose(type);
}

void
Hdf5Writer::Number(const std::string & object, const std::string & name, double value)
{
  this->Attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 0, &value);
}

void
Hdf5Writer::Reference(const std::string & object, const std::string & name, const std::string & target)
{
  hobj_ref_t reference = 0;
  H5Rcreate(&reference, m_File, target.c_str(), H5R_OBJECT, -1);
  this->Attribute(object, name, H5T_STD_REF_OBJ, H5T_STD_REF_OBJ, 0, &reference);
}

void
Hdf5Writer::DimensionList(const std::string & object, const std::vector<std::string> & scales)
{
  std::vector<hobj_ref_t> references(scales.size(), 0);
  std::vector<hvl_t> lists;
  for (std::size_t i = 0; i < scales.size(); ++i)
  {
    H5Rcreate(&references[i], m_File, scales[i].c_str(), H5R_OBJECT, -1);
    lists.push_back({1, &references[i]});
  }
  const hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ);
  this->Attribute(object, "DIMENSION_LIST", type, type, lists.size(), lists.data());
  H5Tclose(type);
}

std::vector<double>
RowsFirst(int frames)
{
  std::vector<double> pixels;
  for (int f = 0; f < frames; ++f)
  {
    for (int y = 0; y < 3; ++y)
    {
      for (int x = 0; x < 4; ++x)
      {
        pixels.push_back(Value(x, y, f));
      }
    }
  }
  return pixels;
}

namespace
{
std::vector<double>
ColumnsFirst()
{
  std::vector<double> pixels;
  for (int x = 0; x < 4; ++x)
  {
    for (int y = 0; y < 3; ++y)
    {
      pixels.push_back(Value(x, y));
    }
  }
  return pixels;
}
} // namespace

void
MakeVelox(const std::filesystem::path & path, bool version11, int frames)
{
  const std::string id = "0123456789abcdef0123456789abcdef";
  Hdf5Writer file(path);
  file.TextData("/Version", std::string("{\"format\": \"Velox\", \"version\": \"") + (version11 ? "11" : "9") + "\"}");
  // Frames come last.
  std::vector<double> pixels;
  for (int y = 0; y < 3; ++y)
  {
    for (int x = 0; x < 4; ++x)
    {
      for (int f = 0; f < frames; ++f)
      {
        pixels.push_back(Value(x, y, f));
      }
    }
  }
  file.Data("/Data/Image/" + id + "/Data", {3, 4, static_cast<hsize_t>(frames)}, pixels, H5T_STD_U16LE, {3, 4, 1});
  file.Bytes(
    "/Data/Image/" + id + "/Metadata",
    "{\"BinaryResult\":{\"DetectorIndex\":\"1\",\"PixelSize\":{\"width\":\"2e-11\",\"height\":\"3e-11\"},"
    "\"PixelUnitX\":\"m\",\"PixelUnitY\":\"m\",\"Offset\":{\"x\":\"-4e-11\",\"y\":\"0\"}},"
    "\"Detectors\":{\"Detector-1\":{\"DetectorName\":\"HAADF\"}},\"Optics\":{\"AccelerationVoltage\":\"200000\"},"
    "\"Scan\":{\"DwellTime\":\"1e-06\",\"ScanRotation\":\"1.5707963267948966\",\"FrameTime\":\"0.5\"},"
    "\"Acquisition\":{\"AcquisitionStartDatetime\":{\"DateTime\":\"1596041374\"}},"
    "\"CustomProperties\":{\"StemMagnification\":{\"value\":\"7100\"}}}",
    1000);
  if (version11)
  {
    file.TextData("/Displays/ImageDisplay/a", "{\"data\": \"/SharedProperties/ImageSeriesDataReference/b\", "
                                              "\"title\": \"HAADF%231\"}");
    file.TextData("/SharedProperties/ImageSeriesDataReference/b", "{\"dataPath\": \"/Data/Image/" + id + "\"}");
  }
  else
  {
    file.TextData("/Operations/StemInputOperation/a",
                  "{\"dataPath\": \"\\/Data\\/Image\\/" + id + "\", \"detector\": \"HAADF-A\"}");
  }
}

void
MakeEmd(const std::filesystem::path & path, bool columnsFirst, int firstDim)
{
  Hdf5Writer file(path);
  const std::string group = "/data/image";
  file.Group(group);
  if (firstDim == 1)
  {
    file.Number("/", "version_major", 0);
    file.Number(group, "emd_group_type", 1);
  }
  else
  {
    file.Text("/", "emd_group_type", "file");
    file.Text(group, "emd_group_type", "array");
  }
  const std::string slow = group + "/dim" + std::to_string(firstDim);
  const std::string fast = group + "/dim" + std::to_string(firstDim + 1);
  const std::string & x = columnsFirst ? slow : fast;
  const std::string & y = columnsFirst ? fast : slow;
  file.Data(group + "/data", columnsFirst ? std::vector<hsize_t>{4, 3} : std::vector<hsize_t>{3, 4},
            columnsFirst ? ColumnsFirst() : RowsFirst());
  file.Data(x, {4}, {1.0, 1.02, 1.04, 1.06}, H5T_IEEE_F32LE);
  file.Data(y, {2}, {0.0, 0.3}, H5T_IEEE_F64LE);
  file.Text(x, "name", "R_x");
  file.Text(x, "units", "[n_m]");
  file.Text(y, "name", "R_y");
  file.Text(y, "units", "\xc3\x85");
  file.Group("/microscope");
  file.Text("/microscope", "voltage", "300 kV");
}

void
MakeNsid(const std::filesystem::path & path)
{
  Hdf5Writer file(path);
  const std::string group = "/Measurement_000/Channel_000/image";
  file.Data(group + "/image", {3, 4}, RowsFirst(), H5T_IEEE_F64LE);
  file.Data(group + "/a", {3}, {0.0, 0.03, 0.06}, H5T_IEEE_F64LE);
  file.Data(group + "/b", {4}, {0.0, 0.02, 0.04, 0.06}, H5T_IEEE_F64LE);
  file.Text(group + "/a", "units", "nm");
  file.Text(group + "/b", "units", "nm");
  file.Texts(group + "/image", "DIMENSION_LABELS", {"y", "x"});
  file.DimensionList(group + "/image", {group + "/a", group + "/b"});
  file.Text(group + "/image", "data_type", "IMAGE");
}

void
MakeUsid(const std::filesystem::path & path, bool shuffled, int positions)
{
  Hdf5Writer file(path);
  const std::string group = "/Measurement_000/Channel_000";
  std::vector<double> values;
  std::vector<double> indices;
  std::vector<double> places;
  for (int k = 0; k < positions; ++k)
  {
    // 5 and 12 have no common divisor: every position comes once.
    const int i = shuffled ? k * 5 % 12 : k;
    values.push_back(Value(i % 4, i / 4));
    indices.push_back(i % 4);
    indices.push_back(i / 4);
    places.push_back(20.0 * (i % 4));
    places.push_back(0.03 * (i / 4));
  }
  const auto count = static_cast<hsize_t>(positions);
  file.Data(group + "/Raw_Data", {count, 1}, values, H5T_IEEE_F32LE);
  file.Data(group + "/Position_Indices", {count, 2}, indices, H5T_STD_U32LE);
  file.Data(group + "/Position_Values", {count, 2}, places, H5T_IEEE_F64LE);
  file.Data(group + "/Spectroscopic_Indices", {1, 1}, {0}, H5T_STD_U32LE);
  for (const char * name : {"/Position_Indices", "/Position_Values"})
  {
    file.Texts(group + name, "labels", {"X", "Y"});
    file.Texts(group + name, "units", {"pm", "nm"});
    file.Reference(group + "/Raw_Data", name + 1, group + name);
  }
  file.Reference(group + "/Raw_Data", "Spectroscopic_Indices", group + "/Spectroscopic_Indices");
}

void
MakeDm5(const std::filesystem::path & path)
{
  Hdf5Writer file(path);
  for (const char * entry : {"/ImageList/[0]", "/ImageList/[1]"})
  {
    file.Data(std::string(entry) + "/ImageData/Data", {3, 4}, RowsFirst(), H5T_IEEE_F32LE);
    for (int k = 0; k < 2; ++k)
    {
      const std::string place = std::string(entry) + "/ImageData/Calibrations/Dimension/[" + std::to_string(k) + "]";
      file.Group(place);
      file.Number(place, "Scale", k == 0 ? 0.02 : 0.03);
      file.Number(place, "Origin", 1.0);
      file.Text(place, "Units", "nm");
    }
  }
  file.Text("/ImageList/[1]", "Name", "ADF");
  file.Group("/Thumbnails/[0]");
  file.Number("/Thumbnails/[0]", "ImageIndex", 0);
}

void
MakeHyperSpy(const std::filesystem::path & path)
{
  Hdf5Writer file(path);
  file.Data("/Experiments/signal/data", {3, 4}, RowsFirst());
  for (const char * axis : {"/Experiments/signal/axis-0", "/Experiments/signal/axis-1"})
  {
    file.Group(axis);
    file.Number(axis, "scale", 0.02);
    file.Text(axis, "units", "nm");
  }
}
} // namespace ferrotest
