#include "ferroHdf5.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5Chunks.h"
#include "ferroLzf.h"
#include "ferroPixelType.h"

#include <algorithm>
#include <map>

namespace ferro
{
namespace
{
constexpr int MaximumSoftLinks = 8;
constexpr hsize_t MaximumChunkBytes = hsize_t{1} << 30;

herr_t
CollectName(hid_t, const char * name, const H5L_info_t *, void * data)
{
  auto & names = *static_cast<std::vector<std::string> *>(data);
  if (names.size() >= 100000)
  {
    return 1;
  }
  names.emplace_back(name);
  return 0;
}

// The basic part only: the sizes of groups are had from their heaps.
std::optional<std::uint64_t>
AddressOf(hid_t object)
{
  H5O_info_t info;
  return H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0 ? std::optional<std::uint64_t>() : info.addr;
}

std::string
TypeName(hid_t type)
{
  const std::size_t size = H5Tget_size(type);
  switch (H5Tget_class(type))
  {
    case H5T_INTEGER:
      if (size > 8)
      {
        return "other";
      }
      return (H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int") + std::to_string(8 * size);
    case H5T_FLOAT:
      return size > 16 ? "other" : "float" + std::to_string(8 * size);
    case H5T_ENUM:
    case H5T_BITFIELD: // as PyTables writes bool
      return size == 1 ? "bool" : "other";
    case H5T_COMPOUND:
    {
      std::vector<std::string> names;
      for (int i = 0; i < H5Tget_nmembers(type) && i < 5; ++i)
      {
        char * name = H5Tget_member_name(type, static_cast<unsigned int>(i));
        names.emplace_back(name == nullptr ? "" : name);
        H5free_memory(name);
      }
      if (names.size() == 2 && (names[0] == "r" || names[0].rfind("real", 0) == 0))
      {
        return "complex" + std::to_string(8 * size);
      }
      if (names.size() >= 3 && names[0] == "R")
      {
        return names.size() == 3 ? "rgb" : "rgba";
      }
      return "other";
    }
    default:
      return "other";
  }
}

// What the registry of The HDF Group calls the filters that detectors and Python programs use; most files do not say.
std::string
FilterName(H5Z_filter_t filter)
{
  static const std::map<H5Z_filter_t, std::string> names = {
    {4, "szip"},           {305, "LZO"},    {307, "bzip2"}, {32000, "LZF"},       {32001, "Blosc"}, {32004, "LZ4"},
    {32008, "bitshuffle"}, {32012, "JPEG"}, {32013, "ZFP"}, {32015, "Zstandard"}, {32017, "SZ"},    {32026, "Blosc2"}};
  const auto found = names.find(filter);
  return found == names.end() ? std::string() : found->second;
}

// Numbers of the usual types need no conversion by HDF5, which is slow.
void
FindStoredType(hid_t type, Hdf5File::DataSet & data)
{
  if (data.dtype == "bool")
  {
    data.type = PixelType::Int8; // an enumeration, which HDF5 does not convert at all
    return;
  }
  struct Known
  {
    hid_t little;
    hid_t big;
    PixelType type;
  };
  const Known known[] = {
    {H5T_STD_U8LE, H5T_STD_U8BE, PixelType::UInt8},       {H5T_STD_U16LE, H5T_STD_U16BE, PixelType::UInt16},
    {H5T_STD_U32LE, H5T_STD_U32BE, PixelType::UInt32},    {H5T_STD_U64LE, H5T_STD_U64BE, PixelType::UInt64},
    {H5T_STD_I8LE, H5T_STD_I8BE, PixelType::Int8},        {H5T_STD_I16LE, H5T_STD_I16BE, PixelType::Int16},
    {H5T_STD_I32LE, H5T_STD_I32BE, PixelType::Int32},     {H5T_STD_I64LE, H5T_STD_I64BE, PixelType::Int64},
    {H5T_IEEE_F32LE, H5T_IEEE_F32BE, PixelType::Float32}, {H5T_IEEE_F64LE, H5T_IEEE_F64BE, PixelType::Float64}};
  for (const Known & candidate : known)
  {
    data.littleEndian = H5Tequal(type, candidate.little) > 0;
    if (data.littleEndian || H5Tequal(type, candidate.big) > 0)
    {
      data.type = candidate.type;
      return;
    }
  }
}
} // namespace

bool
HasRoomForBits(hid_t type)
{
  const H5T_class_t kind = H5Tget_class(type);
  if (kind != H5T_INTEGER && kind != H5T_FLOAT)
  {
    return true;
  }
  const int offset = H5Tget_offset(type);
  const std::size_t precision = H5Tget_precision(type);
  std::size_t sign = 0;
  std::size_t exponent[2] = {}; // first bit and number of bits
  std::size_t mantissa[2] = {};
  if (kind == H5T_FLOAT &&
      (H5Tget_fields(type, &sign, exponent, exponent + 1, mantissa, mantissa + 1) < 0 || sign >= precision ||
       exponent[0] + exponent[1] > precision || mantissa[0] + mantissa[1] > precision || exponent[1] > 32))
  {
    return false;
  }
  return offset >= 0 && static_cast<std::size_t>(offset) + precision <= 8 * H5Tget_size(type);
}

Hdf5Handle::~Hdf5Handle()
{
  if (m_Id >= 0)
  {
    const Hdf5Quiet quiet;
    H5Idec_ref(m_Id);
  }
}

Hdf5Handle &
Hdf5Handle::operator=(Hdf5Handle && other) noexcept
{
  std::swap(m_Id, other.m_Id);
  return *this;
}

Hdf5File::Hdf5File(const std::filesystem::path & file) : m_Path(file), m_Raw(file)
{
  const Hdf5Quiet quiet;
  RegisterLzfFilter();
  // SEC2: the plain POSIX driver, whatever the environment asks for.
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_sec2(access.Get());
#if H5_VERSION_GE(1, 10, 7)
  // File systems that know no locks are no reason to refuse; a lock that another program holds is.
  H5Pset_file_locking(access.Get(), true, true);
#endif
  const std::string signature = "\x89HDF\r\n\x1a\n";
  bool found = false;
  for (std::uint64_t at = 0; at + 8 <= m_Raw.GetSize() && at < (1U << 20); at = at == 0 ? 512 : 2 * at)
  {
    if (m_Raw.ReadText(at, 8, "the signature") == signature)
    {
      m_Base = at;
      found = true;
      break;
    }
  }
  if (found)
  {
    m_Structure = std::make_unique<Hdf5Structure>(m_Raw, m_Base);
  }
  m_File = Hdf5Handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.Get()));
  if (!m_File)
  {
    this->Fail(found
                 ? "damaged HDF5 file: it cannot be opened (truncated, corrupt, or being written by another program)"
                 : "not an HDF5 file");
  }
}

void
Hdf5File::Fail(const std::string & reason) const
{
  throw InputError(m_Path.string() + ": " + reason);
}

Hdf5Handle
Hdf5File::OpenObject(const std::string & wanted) const
{
  std::string path = wanted;
  int softLinks = 0;
  std::string done;
  for (std::size_t begin = 1; begin < path.size();)
  {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string next = done + path.substr(begin - 1, end - begin + 1);
    H5L_info_t info;
    if (H5Lget_info(m_File.Get(), next.c_str(), &info, H5P_DEFAULT) < 0)
    {
      return {};
    }
    if (info.type == H5L_TYPE_SOFT)
    {
      std::string target(info.u.val_size, '\0');
      if (++softLinks > MaximumSoftLinks || info.u.val_size > 4096 ||
          H5Lget_val(m_File.Get(), next.c_str(), target.data(), target.size(), H5P_DEFAULT) < 0)
      {
        return {};
      }
      target.resize(target.find_last_not_of('\0') + 1);
      path = (target.rfind('/', 0) == 0 ? target : done + "/" + target) + path.substr(end);
      done.clear();
      begin = 1;
      continue;
    }
    if (info.type != H5L_TYPE_HARD)
    {
      this->Fail("'" + next + "' is a link to another file, which is not followed");
    }
    done = next;
    begin = end + 1;
  }
  Hdf5Handle object(H5Oopen(m_File.Get(), done.empty() ? "/" : done.c_str(), H5P_DEFAULT));
  if (const auto address = AddressOf(object.Get()); object && address)
  {
    m_Structure->Check(*address);
  }
  return object;
}

bool
Hdf5File::Exists(const std::string & path) const
{
  const Hdf5Quiet quiet;
  return static_cast<bool>(this->OpenObject(path));
}

bool
Hdf5File::IsGroup(const std::string & path) const
{
  const Hdf5Quiet quiet;
  const Hdf5Handle object = this->OpenObject(path);
  return object && H5Iget_type(object.Get()) == H5I_GROUP;
}

std::vector<std::string>
Hdf5File::List(const std::string & group) const
{
  const Hdf5Quiet quiet;
  std::vector<std::string> names;
  const Hdf5Handle object = this->OpenObject(group);
  if (object && H5Iget_type(object.Get()) == H5I_GROUP)
  {
    H5Literate(object.Get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, CollectName, &names);
  }
  return names;
}

bool
Hdf5File::IsDataSet(const std::string & path) const
{
  const Hdf5Quiet quiet;
  const Hdf5Handle object = this->OpenObject(path);
  return object && H5Iget_type(object.Get()) == H5I_DATASET;
}

int
Hdf5File::GetRank(const std::string & path) const
{
  const Hdf5Quiet quiet;
  const Hdf5Handle object = this->OpenObject(path);
  const bool is = object && H5Iget_type(object.Get()) == H5I_DATASET;
  const Hdf5Handle space(is ? H5Dget_space(object.Get()) : -1);
  return space ? std::max(0, H5Sget_simple_extent_ndims(space.Get())) : 0;
}

std::optional<std::uint64_t>
Hdf5File::GetAddress(const std::string & path) const
{
  const Hdf5Quiet quiet;
  const Hdf5Handle object = this->OpenObject(path);
  return AddressOf(object.Get());
}

Hdf5File::DataSet
Hdf5File::OpenDataSet(const std::string & path) const
{
  const Hdf5Quiet quiet;
  DataSet data;
  data.handle = this->OpenObject(path);
  if (!data.handle || H5Iget_type(data.handle.Get()) != H5I_DATASET)
  {
    this->Fail("has no data at '" + path + "' (missing or a dangling link)");
  }
  const Hdf5Handle type(H5Dget_type(data.handle.Get()));
  const Hdf5Handle space(H5Dget_space(data.handle.Get()));
  const Hdf5Handle creation(H5Dget_create_plist(data.handle.Get()));
  if (!type || !space || !creation)
  {
    this->Fail("damaged HDF5 file: '" + path + "' cannot be examined");
  }
  if (H5Pget_external_count(creation.Get()) > 0 || H5Pget_layout(creation.Get()) == H5D_VIRTUAL)
  {
    this->Fail("the data of '" + path + "' are stored in another file, which is not read");
  }
  if (!HasRoomForBits(type.Get()))
  {
    this->Fail("damaged HDF5 file: the numbers of '" + path + "' have bits outside of their " +
               std::to_string(H5Tget_size(type.Get())) + " bytes");
  }
  data.dtype = TypeName(type.Get());
  const H5T_class_t kind = H5Tget_class(type.Get());
  data.real =
    data.dtype != "other" && (kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM || kind == H5T_BITFIELD);
  FindStoredType(type.Get(), data);
  const int rank = H5Sget_simple_extent_ndims(space.Get());
  if (rank > 0)
  {
    std::vector<hsize_t> lengths(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.Get(), lengths.data(), nullptr);
    data.shape.assign(lengths.begin(), lengths.end());
  }
  const auto bytes = ArrayBytes(data.shape, H5Tget_size(type.Get()));
  if (rank < 1 || !bytes)
  {
    this->Fail("'" + path + "' is empty (a dimension of zero, or no array), or too large");
  }
  for (int i = 0; i < H5Pget_nfilters(creation.Get()); ++i)
  {
    unsigned int flags = 0;
    std::size_t values = 0;
    char name[80] = ""; // HDF5 fills it without a zero where the name is longer
    const H5Z_filter_t filter = H5Pget_filter2(creation.Get(), static_cast<unsigned int>(i), &flags, &values, nullptr,
                                               sizeof(name) - 1, name, nullptr);
    if (filter < 0 || H5Zfilter_avail(filter) <= 0)
    {
      const std::string known = FilterName(filter);
      const std::string called = known.empty() ? CleanText(name) : known;
      this->Fail("'" + path + "' is compressed with HDF5 filter " + std::to_string(filter) +
                 (called.empty() ? "" : " (" + called + ")") + ", which is not available");
    }
  }
  if (H5Pget_layout(creation.Get()) == H5D_CHUNKED && rank <= 32)
  {
    hsize_t lengths[32] = {};
    double chunk = static_cast<double>(H5Tget_size(type.Get()));
    const int chunkRank = std::min(H5Pget_chunk(creation.Get(), 32, lengths), 32);
    for (int i = 0; i < chunkRank; ++i)
    {
      chunk *= static_cast<double>(lengths[i]);
      data.chunk.push_back(std::max<hsize_t>(lengths[i], 1));
    }
    // A compressed block is unpacked as a whole.
    data.compressed = H5Pget_nfilters(creation.Get()) > 0;
    data.filters = GetKnownFilters(creation.Get());
    if (data.compressed && chunk > static_cast<double>(MaximumChunkBytes))
    {
      this->Fail("'" + path + "' is compressed in blocks that are too large (" + NumberText(chunk) +
                 " bytes each, the limit is " + std::to_string(MaximumChunkBytes) + ")");
    }
  }
  // Deflate shrinks at most about 1032 times: what declares more than that was never stored. Small data that were never
  // written are zeros. Without chunks nothing is packed.
  const std::uint64_t stored = H5Dget_storage_size(data.handle.Get());
  const bool inOnePiece = H5Pget_layout(creation.Get()) != H5D_CHUNKED && stored > 0;
  if (inOnePiece ? *bytes > stored : *bytes / 1100 > stored + 1024)
  {
    this->Fail("'" + path + "' declares " + std::to_string(*bytes) + " bytes, too large for the " +
               std::to_string(stored) + " bytes that are stored (corrupt or incomplete)");
  }
  return data;
}

void
Hdf5File::Read(const DataSet & data, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count,
               double * buffer) const
{
  if (data.dtype != "bool")
  {
    this->ReadAs(data, H5T_NATIVE_DOUBLE, start, count, buffer);
    return;
  }
  std::size_t total = 1;
  for (const hsize_t length : count)
  {
    total *= length;
  }
  std::vector<signed char> raw(total);
  this->ReadStored(data, start, count, raw.data());
  std::copy(raw.begin(), raw.end(), buffer);
}

void
Hdf5File::ReadStored(const DataSet & data, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count,
                     void * buffer) const
{
  const Hdf5Quiet quiet;
  if (ReadPackedChunks(data, m_Raw.GetSize(), start, count, static_cast<unsigned char *>(buffer)))
  {
    return;
  }
  const Hdf5Handle type(H5Dget_type(data.handle.Get()));
  this->ReadAs(data, type.Get(), start, count, buffer);
}

void
Hdf5File::ReadAs(const DataSet & data, hid_t type, const std::vector<hsize_t> & start,
                 const std::vector<hsize_t> & count, void * buffer) const
{
  const Hdf5Quiet quiet;
  const Hdf5Handle fileSpace(H5Dget_space(data.handle.Get()));
  const Hdf5Handle memorySpace(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  if (!ChunksFitInto(data, m_Raw.GetSize(), start, count) ||
      H5Sselect_hyperslab(fileSpace.Get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dread(data.handle.Get(), type, memorySpace.Get(), fileSpace.Get(), H5P_DEFAULT, buffer) < 0)
  {
    this->Fail("damaged HDF5 file: pixels cannot be read (a compressed block is corrupt or truncated)");
  }
}
} // namespace ferro
