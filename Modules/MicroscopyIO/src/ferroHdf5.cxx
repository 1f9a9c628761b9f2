#include "ferroHdf5.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5Heap.h"
#include "ferroLzf.h"
#include "ferroPixelType.h"

#include <algorithm>

namespace ferro
{
namespace
{
constexpr int MaximumSoftLinks = 8;
constexpr hssize_t MaximumListLength = 64;
constexpr hsize_t MaximumChunkBytes = hsize_t{1} << 30;

/** Keeps HDF5 from printing its error stack while it lives. */
class Quiet
{
public:
  Quiet()
  {
    H5Eget_auto2(H5E_DEFAULT, &m_Function, &m_Data);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet()
  {
    H5Eset_auto2(H5E_DEFAULT, m_Function, m_Data);
  }
  Quiet(const Quiet &) = delete;
  Quiet & operator=(const Quiet &) = delete;

private:
  H5E_auto2_t m_Function = nullptr;
  void * m_Data = nullptr;
};

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
      return size > 8 ? "other" : "float" + std::to_string(8 * size);
    case H5T_ENUM:
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
} // namespace

Hdf5Handle::~Hdf5Handle()
{
  if (m_Id >= 0)
  {
    const Quiet quiet;
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
  const Quiet quiet;
  RegisterLzfFilter();
  // SEC2: the plain POSIX driver, whatever the environment asks for.
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_fapl_sec2(access.Get());
  m_File = Hdf5Handle(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.Get()));
  if (!m_File)
  {
    this->Fail("damaged HDF5 file: it cannot be opened (truncated, corrupt, or being written by another program)");
  }
  const std::string signature = "\x89HDF\r\n\x1a\n";
  for (std::uint64_t at = 0; at + 8 <= m_Raw.GetSize() && at < (1U << 20); at = at == 0 ? 512 : 2 * at)
  {
    if (m_Raw.ReadText(at, 8, "the signature") == signature)
    {
      m_Base = at;
      break;
    }
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
  return Hdf5Handle(H5Oopen(m_File.Get(), done.empty() ? "/" : done.c_str(), H5P_DEFAULT));
}

bool
Hdf5File::Exists(const std::string & path) const
{
  const Quiet quiet;
  return static_cast<bool>(this->OpenObject(path));
}

bool
Hdf5File::IsGroup(const std::string & path) const
{
  const Quiet quiet;
  const Hdf5Handle object = this->OpenObject(path);
  return object && H5Iget_type(object.Get()) == H5I_GROUP;
}

std::vector<std::string>
Hdf5File::List(const std::string & group) const
{
  const Quiet quiet;
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
  const Quiet quiet;
  const Hdf5Handle object = this->OpenObject(path);
  return object && H5Iget_type(object.Get()) == H5I_DATASET;
}

std::optional<std::uint64_t>
Hdf5File::GetAddress(const std::string & path) const
{
  const Quiet quiet;
  const Hdf5Handle object = this->OpenObject(path);
  H5O_info_t info;
  if (!object || H5Oget_info(object.Get(), &info) < 0)
  {
    return {};
  }
  return info.addr;
}

Hdf5Handle
Hdf5File::OpenAttribute(const std::string & path, const std::string & attribute) const
{
  const Hdf5Handle object = this->OpenObject(path);
  if (!object || H5Aexists(object.Get(), attribute.c_str()) <= 0)
  {
    return {};
  }
  return Hdf5Handle(H5Aopen(object.Get(), attribute.c_str(), H5P_DEFAULT));
}

std::vector<std::string>
Hdf5File::VariableValues(hid_t attribute, hid_t dataSet, std::size_t count, std::size_t elementSize) const
{
  const hid_t type = RawReferenceType();
  constexpr std::size_t size = 16;
  std::vector<unsigned char> raw(count * size, 0);
  if ((attribute >= 0 ? H5Aread(attribute, type, raw.data())
                      : H5Dread(dataSet, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data())) < 0)
  {
    return {};
  }
  std::vector<std::string> values;
  try
  {
    for (std::size_t i = 0; i < count; ++i)
    {
      values.push_back(ReadHeapObject(m_Raw, m_Base, DecodeHeapReference(raw.data() + i * size), elementSize));
    }
  }
  catch (const InputError &)
  {
    return {};
  }
  return values;
}

std::vector<std::string>
Hdf5File::Texts(hid_t attribute, hid_t dataSet, hssize_t most) const
{
  const bool isAttribute = attribute >= 0;
  const Hdf5Handle type(isAttribute ? H5Aget_type(attribute) : H5Dget_type(dataSet));
  const Hdf5Handle space(isAttribute ? H5Aget_space(attribute) : H5Dget_space(dataSet));
  const hssize_t count = space ? H5Sget_simple_extent_npoints(space.Get()) : -1;
  if (!type || H5Tget_class(type.Get()) != H5T_STRING || count < 1 || count > most)
  {
    return {};
  }
  const auto read = [&](void * buffer)
  {
    return (isAttribute ? H5Aread(attribute, type.Get(), buffer)
                        : H5Dread(dataSet, type.Get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer)) >= 0;
  };
  std::vector<std::string> texts;
  const auto number = static_cast<std::size_t>(count);
  if (H5Tis_variable_str(type.Get()) > 0)
  {
    for (const std::string & bytes : this->VariableValues(attribute, dataSet, number, 1))
    {
      texts.push_back(CleanText(bytes.substr(0, bytes.find('\0'))));
    }
    return texts;
  }
  const std::size_t size = H5Tget_size(type.Get());
  if (size == 0 || size > (1U << 20))
  {
    return {};
  }
  std::string all(size * number, '\0');
  if (read(all.data()))
  {
    for (std::size_t i = 0; i < number; ++i)
    {
      // Padded with NULs: what follows the first is not part of the text.
      const std::string text = all.substr(i * size, size);
      texts.push_back(CleanText(text.substr(0, text.find('\0'))));
    }
  }
  return texts;
}

std::optional<std::string>
Hdf5File::GetText(const std::string & object, const std::string & attribute) const
{
  const Quiet quiet;
  const Hdf5Handle handle = this->OpenAttribute(object, attribute);
  const std::vector<std::string> texts = handle ? Texts(handle.Get(), -1, 1) : std::vector<std::string>();
  return texts.empty() ? std::optional<std::string>() : texts[0];
}

std::vector<std::string>
Hdf5File::GetTexts(const std::string & object, const std::string & attribute) const
{
  const Quiet quiet;
  const Hdf5Handle handle = this->OpenAttribute(object, attribute);
  return handle ? Texts(handle.Get(), -1, MaximumListLength) : std::vector<std::string>();
}

std::optional<std::string>
Hdf5File::ReadText(const std::string & path) const
{
  const Quiet quiet;
  const Hdf5Handle handle = this->OpenObject(path);
  if (!handle || H5Iget_type(handle.Get()) != H5I_DATASET)
  {
    return {};
  }
  const Hdf5Handle creation(H5Dget_create_plist(handle.Get()));
  if (!creation || H5Pget_external_count(creation.Get()) > 0 || H5Pget_layout(creation.Get()) == H5D_VIRTUAL)
  {
    return {};
  }
  const std::vector<std::string> texts = Texts(-1, handle.Get(), 1);
  return texts.empty() ? std::optional<std::string>() : texts[0];
}

std::vector<std::string>
Hdf5File::GetReferences(const std::string & object, const std::string & attribute) const
{
  const Quiet quiet;
  const Hdf5Handle handle = this->OpenAttribute(object, attribute);
  const Hdf5Handle type(handle ? H5Aget_type(handle.Get()) : -1);
  const Hdf5Handle space(handle ? H5Aget_space(handle.Get()) : -1);
  const hssize_t count = space ? H5Sget_simple_extent_npoints(space.Get()) : -1;
  if (!type || count < 1 || count > MaximumListLength)
  {
    return {};
  }
  std::vector<std::string> paths;
  const auto append = [&](const hobj_ref_t & reference)
  {
    char name[4096] = "";
    const Hdf5Handle target(H5Rdereference2(handle.Get(), H5P_DEFAULT, H5R_OBJECT, &reference));
    if (target && H5Iget_name(target.Get(), name, sizeof(name)) > 0)
    {
      paths.emplace_back(name);
    }
    else
    {
      paths.emplace_back();
    }
  };
  const auto number = static_cast<std::size_t>(count);
  if (H5Tequal(type.Get(), H5T_STD_REF_OBJ) > 0)
  {
    std::vector<hobj_ref_t> references(number, 0);
    if (H5Aread(handle.Get(), H5T_STD_REF_OBJ, references.data()) >= 0)
    {
      std::for_each(references.begin(), references.end(), append);
    }
  }
  else if (H5Tget_class(type.Get()) == H5T_VLEN)
  {
    // Lists of references, as dimension scales have them: the first of each list counts.
    const Hdf5Handle base(H5Tget_super(type.Get()));
    if (base && H5Tequal(base.Get(), H5T_STD_REF_OBJ) > 0)
    {
      for (const std::string & bytes : this->VariableValues(handle.Get(), -1, number, sizeof(hobj_ref_t)))
      {
        if (bytes.size() >= sizeof(hobj_ref_t))
        {
          append(InputFile::Decode<std::uint64_t>(reinterpret_cast<const unsigned char *>(bytes.data()), true));
        }
        else
        {
          paths.emplace_back();
        }
      }
    }
  }
  return paths;
}

std::optional<double>
Hdf5File::GetNumber(const std::string & object, const std::string & attribute) const
{
  const Quiet quiet;
  const Hdf5Handle handle = this->OpenAttribute(object, attribute);
  const Hdf5Handle type(handle ? H5Aget_type(handle.Get()) : -1);
  const H5T_class_t kind = type ? H5Tget_class(type.Get()) : H5T_NO_CLASS;
  const Hdf5Handle space(handle ? H5Aget_space(handle.Get()) : -1);
  if (!space || H5Sget_simple_extent_npoints(space.Get()) != 1)
  {
    return {};
  }
  if (kind == H5T_ENUM && H5Tget_size(type.Get()) == 1)
  {
    signed char value = 0;
    return H5Aread(handle.Get(), type.Get(), &value) < 0 ? std::optional<double>() : value;
  }
  double value = 0.0;
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || H5Aread(handle.Get(), H5T_NATIVE_DOUBLE, &value) < 0)
  {
    return {};
  }
  return value;
}

Hdf5File::DataSet
Hdf5File::OpenDataSet(const std::string & path) const
{
  const Quiet quiet;
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
  data.dtype = TypeName(type.Get());
  const H5T_class_t kind = H5Tget_class(type.Get());
  data.real = data.dtype != "other" && (kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM);
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
    char name[80] = "";
    const H5Z_filter_t filter = H5Pget_filter2(creation.Get(), static_cast<unsigned int>(i), &flags, &values, nullptr,
                                               sizeof(name), name, nullptr);
    if (filter < 0 || H5Zfilter_avail(filter) <= 0)
    {
      this->Fail("'" + path + "' is compressed with HDF5 filter " + std::to_string(filter) +
                 (name[0] != '\0' ? " (" + CleanText(name) + ")" : "") + ", which is not available");
    }
  }
  if (H5Pget_layout(creation.Get()) == H5D_CHUNKED && H5Pget_nfilters(creation.Get()) > 0 && rank <= 32)
  {
    // A compressed block is unpacked as a whole.
    hsize_t lengths[32] = {};
    double chunk = static_cast<double>(H5Tget_size(type.Get()));
    const int chunkRank = H5Pget_chunk(creation.Get(), 32, lengths);
    for (int i = 0; i < chunkRank; ++i)
    {
      chunk *= static_cast<double>(lengths[i]);
    }
    if (chunk > static_cast<double>(MaximumChunkBytes))
    {
      this->Fail("'" + path + "' is compressed in blocks that are too large (" + NumberText(chunk) +
                 " bytes each, the limit is " + std::to_string(MaximumChunkBytes) + ")");
    }
  }
  // Deflate shrinks at most about 1032 times: what declares more than that was never stored. Small data that were never
  // written are zeros.
  const std::uint64_t stored = H5Dget_storage_size(data.handle.Get());
  if (*bytes / 1100 > stored + 1024)
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
  const Quiet quiet;
  const Hdf5Handle fileSpace(H5Dget_space(data.handle.Get()));
  const Hdf5Handle memorySpace(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  bool good = H5Sselect_hyperslab(fileSpace.Get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) >= 0;
  if (good && data.dtype == "bool")
  {
    // An enumeration does not convert to double.
    std::size_t total = 1;
    for (const hsize_t length : count)
    {
      total *= length;
    }
    std::vector<signed char> raw(total);
    const Hdf5Handle type(H5Dget_type(data.handle.Get()));
    good = H5Dread(data.handle.Get(), type.Get(), memorySpace.Get(), fileSpace.Get(), H5P_DEFAULT, raw.data()) >= 0;
    std::copy(raw.begin(), raw.end(), buffer);
  }
  else if (good)
  {
    good = H5Dread(data.handle.Get(), H5T_NATIVE_DOUBLE, memorySpace.Get(), fileSpace.Get(), H5P_DEFAULT, buffer) >= 0;
  }
  if (!good)
  {
    this->Fail("damaged HDF5 file: pixels cannot be read (a compressed block is corrupt or truncated)");
  }
}
} // namespace ferro
