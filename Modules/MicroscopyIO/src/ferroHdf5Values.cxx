// Attributes, texts and references of HDF5 objects.
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5.h"
#include "ferroHdf5Heap.h"

#include <algorithm>

namespace ferro
{
namespace
{
constexpr hssize_t MaximumListLength = 64;

herr_t
CollectAttribute(hid_t, const char * name, const H5A_info_t *, void * data)
{
  auto & names = *static_cast<std::vector<std::string> *>(data);
  names.emplace_back(name);
  return names.size() >= 1000 ? 1 : 0;
}
} // namespace

std::vector<std::string>
Hdf5File::ListAttributes(const std::string & path) const
{
  const Hdf5Quiet quiet;
  std::vector<std::string> names;
  const Hdf5Handle object = this->OpenObject(path);
  if (object)
  {
    H5Aiterate2(object.Get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, CollectAttribute, &names);
  }
  return names;
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
  const Hdf5Quiet quiet;
  const Hdf5Handle handle = this->OpenAttribute(object, attribute);
  const std::vector<std::string> texts = handle ? Texts(handle.Get(), -1, 1) : std::vector<std::string>();
  return texts.empty() ? std::optional<std::string>() : texts[0];
}

std::vector<std::string>
Hdf5File::GetTexts(const std::string & object, const std::string & attribute) const
{
  const Hdf5Quiet quiet;
  const Hdf5Handle handle = this->OpenAttribute(object, attribute);
  return handle ? Texts(handle.Get(), -1, MaximumListLength) : std::vector<std::string>();
}

std::optional<std::string>
Hdf5File::ReadText(const std::string & path) const
{
  const Hdf5Quiet quiet;
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
  const Hdf5Quiet quiet;
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
  const Hdf5Quiet quiet;
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
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || !HasRoomForBits(type.Get()) ||
      H5Aread(handle.Get(), H5T_NATIVE_DOUBLE, &value) < 0)
  {
    return {};
  }
  return value;
}
} // namespace ferro
