#include "ferroPluginManifest.h"

#include "ferroDeclarationJson.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <fstream>
#include <link.h>
#include <sstream>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace fs = std::filesystem;

namespace ferro
{
namespace
{
constexpr int ManifestFormat = 1;

/** A file mapped into memory for reading. */
class MappedFile
{
public:
  explicit MappedFile(const fs::path & file)
  {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status
    {
    };
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0)
    {
      const std::string reason = std::generic_category().message(errno);
      if (descriptor >= 0)
      {
        ::close(descriptor);
      }
      throw std::runtime_error("cannot be read: " + reason);
    }
    m_Size = static_cast<std::size_t>(status.st_size);
    if (m_Size > 0)
    {
      void * const mapped = ::mmap(nullptr, m_Size, PROT_READ, MAP_PRIVATE, descriptor, 0);
      m_Data = mapped == MAP_FAILED ? nullptr : static_cast<const unsigned char *>(mapped);
    }
    ::close(descriptor);
  }
  ~MappedFile()
  {
    if (m_Data != nullptr)
    {
      ::munmap(const_cast<unsigned char *>(m_Data), m_Size);
    }
  }
  MappedFile(const MappedFile &) = delete;
  MappedFile & operator=(const MappedFile &) = delete;

  /** A copy of the T at that offset; false when the file ends before. */
  template <class T>
  bool
  Get(std::uint64_t offset, T & value) const
  {
    if (m_Data == nullptr || offset > m_Size || m_Size - offset < sizeof(T))
    {
      return false;
    }
    std::memcpy(&value, m_Data + offset, sizeof(T));
    return true;
  }
  const unsigned char *
  Data() const
  {
    return m_Data;
  }
  std::size_t
  Size() const
  {
    return m_Size;
  }

private:
  const unsigned char * m_Data = nullptr;
  std::size_t m_Size = 0;
};

std::string
Hexadecimal(const unsigned char * bytes, std::size_t count)
{
  static const char * const digits = "0123456789abcdef";
  std::string text;
  for (std::size_t n = 0; n < count; ++n)
  {
    text += digits[bytes[n] >> 4];
    text += digits[bytes[n] & 15];
  }
  return text;
}

std::string
Checksum(const unsigned char * data, std::size_t size)
{
  std::uint64_t hash = 0xcbf29ce484222325u; // FNV-1a
  for (std::size_t n = 0; n < size; ++n)
  {
    hash = (hash ^ data[n]) * 0x100000001b3u;
  }
  std::ostringstream text;
  text << std::hex << hash << '-' << std::dec << size;
  return text.str();
}

/** Throws when the file ends before what its headers promise: the dynamic loader would crash on it. */
void
CheckComplete(const MappedFile & file, const ElfW(Ehdr) & header)
{
  std::uint64_t end = header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize;
  for (unsigned int n = 0; n < header.e_phnum; ++n)
  {
    ElfW(Phdr) segment{};
    if (file.Get(header.e_phoff + std::uint64_t{n} * header.e_phentsize, segment) && segment.p_type == PT_LOAD)
    {
      end = std::max<std::uint64_t>(end, segment.p_offset + segment.p_filesz);
    }
  }
  if (end > file.Size())
  {
    throw std::runtime_error("is cut off: " + std::to_string(file.Size()) + " bytes, expected " + std::to_string(end));
  }
}

/** The linker's build-id among the ELF notes, or an empty string. */
std::string
FindBuildId(const MappedFile & file, const ElfW(Ehdr) & header)
{
  for (unsigned int n = 0; n < header.e_phnum; ++n)
  {
    ElfW(Phdr) segment{};
    if (!file.Get(header.e_phoff + std::uint64_t{n} * header.e_phentsize, segment) || segment.p_type != PT_NOTE)
    {
      continue;
    }
    std::uint64_t offset = segment.p_offset;
    ElfW(Nhdr) note{};
    while (offset + sizeof(note) <= segment.p_offset + segment.p_filesz && file.Get(offset, note))
    {
      const std::uint64_t name = offset + sizeof(note);
      const std::uint64_t description = name + ((std::uint64_t{note.n_namesz} + 3) & ~std::uint64_t{3});
      char owner[4] = {};
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && file.Get(name, owner) &&
          std::memcmp(owner, "GNU", 4) == 0 && description + note.n_descsz <= file.Size())
      {
        return Hexadecimal(file.Data() + description, note.n_descsz);
      }
      offset = description + ((std::uint64_t{note.n_descsz} + 3) & ~std::uint64_t{3});
    }
  }
  return "";
}
} // namespace

std::string
GetLibraryIdentity(const fs::path & library)
{
  const MappedFile file(library);
  ElfW(Ehdr) header{};
  if (!file.Get(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
  {
    throw std::runtime_error(file.Size() == 0 ? "is empty, expected a shared library"
                                              : "is not a shared library (it does not begin as an ELF file)");
  }
  CheckComplete(file, header);
  const std::string buildId = FindBuildId(file, header);
  return buildId.empty() ? "checksum-" + Checksum(file.Data(), file.Size()) : "build-id-" + buildId;
}

fs::path
GetManifestPath(const fs::path & library)
{
  return fs::path(library).replace_extension(".json");
}

fs::path
GetCachedManifestPath(const fs::path & library)
{
  fs::path folder;
  if (const char * cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
  {
    folder = cache;
  }
  else if (const char * home = std::getenv("HOME"); home != nullptr && *home == '/')
  {
    folder = fs::path(home) / ".cache";
  }
  else
  {
    return {};
  }
  std::error_code ignored;
  const std::string path = fs::absolute(library, ignored).string();
  const std::string key = Checksum(reinterpret_cast<const unsigned char *>(path.data()), path.size());
  return folder / "ferroscope" / "manifests" / (library.stem().string() + "-" + key + ".json");
}

std::string
FormatManifest(const PluginManifest & manifest)
{
  nlohmann::json json{{"format", ManifestFormat},
                      {"abi", manifest.abi},
                      {"version", manifest.version},
                      {"library", manifest.identity},
                      {"commands", nlohmann::json::array()}};
  for (const auto & command : manifest.commands)
  {
    json["commands"].push_back(DeclarationToJson(command));
  }
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

PluginManifest
ParseManifest(const std::string & text)
{
  const auto json = nlohmann::json::parse(text);
  if (json.at("format").get<int>() != ManifestFormat)
  {
    throw std::runtime_error("a manifest of another format");
  }
  PluginManifest manifest;
  manifest.abi = json.at("abi").get<int>();
  manifest.version = json.at("version").get<std::string>();
  manifest.identity = json.at("library").get<std::string>();
  for (const auto & command : json.at("commands"))
  {
    manifest.commands.push_back(DeclarationFromJson(command));
    CheckDeclaration(manifest.commands.back());
  }
  return manifest;
}

std::optional<PluginManifest>
ReadManifest(const fs::path & file)
{
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  if (!stream || !(text << stream.rdbuf()))
  {
    return std::nullopt;
  }
  try
  {
    return ParseManifest(text.str());
  }
  catch (const std::exception &)
  {
    return std::nullopt; // as good as none: it is written anew from the library
  }
}

bool
WriteManifest(const fs::path & file, const PluginManifest & manifest)
{
  if (file.empty())
  {
    return false;
  }
  std::error_code error;
  if (file.has_parent_path())
  {
    fs::create_directories(file.parent_path(), error);
  }
  // Several programs may start at once: each writes its own file and renames it.
  const fs::path staging = file.string() + ".partial-" + std::to_string(::getpid());
  {
    std::ofstream stream(staging, std::ios::binary);
    stream << FormatManifest(manifest);
    if (!stream.flush())
    {
      stream.close();
      fs::remove(staging, error);
      return false;
    }
  }
  fs::rename(staging, file, error);
  return !error;
}
} // namespace ferro
