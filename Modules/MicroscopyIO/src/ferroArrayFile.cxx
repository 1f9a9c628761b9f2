#include "ferroArrayFile.h"

#include "ferroErrors.h"
#include "ferroHdf5.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

namespace ferro
{
namespace
{
constexpr long ChunkBytes = 1 << 18;

// All handles are closed by their owners. What HDF5 does besides at the end of the program is to try for ever to write
// a file whose disk was full. It heeds this call only before its first use, so it is made when this library is loaded.
const bool NoCleanUpAtExit = H5dont_atexit() >= 0;

long
Product(const std::vector<long> & shape)
{
  long product = 1;
  for (const long extent : shape)
  {
    product *= extent;
  }
  return product;
}
} // namespace

struct ArrayFileWriter::Arrays
{
  std::filesystem::path path;
  Hdf5Quiet quiet;
  Hdf5Handle file;
  std::map<std::string, Hdf5Handle> open;
  std::map<std::string, long> rows;

  [[noreturn]] void
  Fail() const
  {
    const int reason = errno;
    throw OutputError(path.string() + ": cannot be written" +
                      (reason ? std::string(": ") + std::strerror(reason) : std::string()));
  }

  Hdf5Handle
  Check(hid_t id) const
  {
    if (id < 0)
    {
      this->Fail();
    }
    return Hdf5Handle(id);
  }

  void
  Check(herr_t status) const
  {
    if (status < 0)
    {
      this->Fail();
    }
  }

  Hdf5Handle
  Make(const std::string & name, hid_t type, const std::vector<long> & rowShape, long size) const
  {
    std::vector<hsize_t> shape{0};
    std::vector<hsize_t> chunk{static_cast<hsize_t>(std::max(1L, ChunkBytes / std::max(1L, size * Product(rowShape))))};
    std::vector<hsize_t> most{H5S_UNLIMITED};
    for (const long extent : rowShape)
    {
      shape.push_back(static_cast<hsize_t>(extent));
      chunk.push_back(static_cast<hsize_t>(extent));
      most.push_back(static_cast<hsize_t>(extent));
    }
    const auto rank = static_cast<int>(shape.size());
    const Hdf5Handle space = Check(H5Screate_simple(rank, shape.data(), most.data()));
    const Hdf5Handle creation = Check(H5Pcreate(H5P_DATASET_CREATE));
    Check(H5Pset_chunk(creation.Get(), rank, chunk.data()));
    const Hdf5Handle links = Check(H5Pcreate(H5P_LINK_CREATE));
    Check(H5Pset_create_intermediate_group(links.Get(), 1));
    return Check(
      H5Dcreate2(file.Get(), ("/" + name).c_str(), type, space.Get(), links.Get(), creation.Get(), H5P_DEFAULT));
  }

  void
  Append(const std::string & name, hid_t fileType, hid_t memoryType, long size, const std::vector<long> & rowShape,
         long count, const void * values)
  {
    if (count == 0)
    {
      return;
    }
    errno = 0;
    if (!open.count(name))
    {
      open[name] = Make(name, fileType, rowShape, size);
      rows[name] = 0;
    }
    std::vector<hsize_t> start{static_cast<hsize_t>(rows[name])};
    std::vector<hsize_t> extent{static_cast<hsize_t>(count)};
    for (const long edge : rowShape)
    {
      start.push_back(0);
      extent.push_back(static_cast<hsize_t>(edge));
    }
    std::vector<hsize_t> total = extent;
    total[0] += start[0];
    const hid_t data = open[name].Get();
    Check(H5Dset_extent(data, total.data()));
    const Hdf5Handle space = Check(H5Dget_space(data));
    Check(H5Sselect_hyperslab(space.Get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr));
    const Hdf5Handle memory = Check(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr));
    Check(H5Dwrite(data, memoryType, memory.Get(), space.Get(), H5P_DEFAULT, values));
    rows[name] += count;
  }
};

ArrayFileWriter::ArrayFileWriter(const std::filesystem::path & file) : m_Arrays(std::make_unique<Arrays>())
{
  m_Arrays->path = file;
  static_cast<void>(NoCleanUpAtExit);
  errno = 0;
  m_Arrays->file = m_Arrays->Check(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
}

ArrayFileWriter::~ArrayFileWriter() = default;

void
ArrayFileWriter::WriteDescription(const std::string & text)
{
  errno = 0;
  const Hdf5Handle type = m_Arrays->Check(H5Tcopy(H5T_C_S1));
  m_Arrays->Check(H5Tset_size(type.Get(), std::max<std::size_t>(1, text.size())));
  m_Arrays->Check(H5Tset_cset(type.Get(), H5T_CSET_UTF8));
  const Hdf5Handle space = m_Arrays->Check(H5Screate(H5S_SCALAR));
  const Hdf5Handle data = m_Arrays->Check(
    H5Dcreate2(m_Arrays->file.Get(), "/description", type.Get(), space.Get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  m_Arrays->Check(H5Dwrite(data.Get(), type.Get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()));
}

void
ArrayFileWriter::Append(const std::string & name, const std::vector<long> & rowShape, long rows, const float * values)
{
  m_Arrays->Append(name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 4, rowShape, rows, values);
}

void
ArrayFileWriter::Append(const std::string & name, const std::vector<long> & rowShape, long rows,
                        const std::int32_t * values)
{
  m_Arrays->Append(name, H5T_STD_I32LE, H5T_NATIVE_INT32, 4, rowShape, rows, values);
}

void
ArrayFileWriter::Close()
{
  errno = 0;
  m_Arrays->open.clear();
  m_Arrays->Check(H5Fflush(m_Arrays->file.Get(), H5F_SCOPE_GLOBAL));
  m_Arrays->file = Hdf5Handle();
}

struct ArrayFileReader::Arrays
{
  explicit Arrays(const std::filesystem::path & path) : file(path)
  {
  }
  Hdf5File file;
  std::map<std::string, Hdf5File::DataSet> open;

  const Hdf5File::DataSet &
  Open(const std::string & name)
  {
    if (!open.count(name))
    {
      if (!file.IsDataSet("/" + name))
      {
        file.Fail("the array '" + name + "' is missing");
      }
      Hdf5File::DataSet data = file.OpenDataSet("/" + name);
      if (!data.real || data.shape.empty())
      {
        file.Fail("'" + name + "' is not an array of real numbers");
      }
      open[name] = std::move(data);
    }
    return open[name];
  }
};

ArrayFileReader::ArrayFileReader(const std::filesystem::path & file) : m_Arrays(std::make_unique<Arrays>(file))
{
}

ArrayFileReader::~ArrayFileReader() = default;

std::string
ArrayFileReader::GetDescription() const
{
  return m_Arrays->file.IsDataSet("/description") ? m_Arrays->file.ReadText("/description").value_or("") : "";
}

bool
ArrayFileReader::Has(const std::string & name) const
{
  return m_Arrays->file.IsDataSet("/" + name);
}

std::vector<long>
ArrayFileReader::GetShape(const std::string & name) const
{
  return m_Arrays->Open(name).shape;
}

std::vector<float>
ArrayFileReader::Read(const std::string & name, long first, long count) const
{
  const auto & data = m_Arrays->Open(name);
  if (first < 0 || count < 0 || count > data.shape[0] || first > data.shape[0] - count)
  {
    m_Arrays->file.Fail("'" + name + "' has " + std::to_string(data.shape[0]) + " rows, expected rows " +
                        std::to_string(first) + " to " + std::to_string(first + count - 1));
  }
  if (count == 0)
  {
    return {};
  }
  std::vector<hsize_t> start(data.shape.size(), 0);
  std::vector<hsize_t> extent;
  for (const long edge : data.shape)
  {
    extent.push_back(static_cast<hsize_t>(edge));
  }
  const auto row = static_cast<std::size_t>(Product(data.shape) / data.shape[0]);
  std::vector<float> values;
  values.reserve(row * static_cast<std::size_t>(count));
  // Row by row: the library of readers gives double, and a copy of everything in double would triple the memory.
  std::vector<double> buffer(row);
  extent[0] = 1;
  const long most = std::max<long>(1, 65536 / static_cast<long>(std::max<std::size_t>(1, row)));
  for (long k = 0; k < count; k += most)
  {
    const long n = std::min(most, count - k);
    start[0] = static_cast<hsize_t>(first + k);
    extent[0] = static_cast<hsize_t>(n);
    buffer.resize(row * static_cast<std::size_t>(n));
    m_Arrays->file.Read(data, start, extent, buffer.data());
    values.insert(values.end(), buffer.begin(), buffer.end());
  }
  return values;
}

void
ArrayFileReader::Fail(const std::string & reason) const
{
  m_Arrays->file.Fail(reason);
}
} // namespace ferro
