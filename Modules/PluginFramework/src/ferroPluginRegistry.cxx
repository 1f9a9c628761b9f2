#include "ferroPluginRegistry.h"

#include "ferroCommonParameters.h"
#include "ferroDeclarationJson.h"
#include "ferroPlugin.h"
#include "ferroPluginManifest.h"
#include "ferroVersion.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <set>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace fs = std::filesystem;

namespace ferro
{
namespace
{
std::string
OtherInterface(int abi)
{
  return "was built for version " + std::to_string(abi) + " of the plugin interface, this program has version " +
         std::to_string(FERROSCOPE_PLUGIN_ABI) + "; build the plugin again";
}

/** Opens a library and lets it register its commands; throws std::runtime_error with the reason. */
PluginRegistrar
OpenLibrary(const fs::path & library)
{
  // RTLD_LOCAL: symbols of one plugin never reach another. Types that plugins exchange live in the modules,
  // which are shared libraries of their own and thus the same for all. Never closed: objects may live on.
  void * const handle = ::dlopen(fs::absolute(library).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
  {
    const char * const reason = ::dlerror();
    throw std::runtime_error(std::string("cannot be opened: ") + (reason != nullptr ? reason : "unknown reason"));
  }
  using AbiFunction = int (*)();
  using RegisterFunction = void (*)(PluginRegistrar *);
  const auto abi = reinterpret_cast<AbiFunction>(::dlsym(handle, "ferroscopePluginAbi"));
  const auto registerCommands = reinterpret_cast<RegisterFunction>(::dlsym(handle, "ferroscopePluginRegister"));
  if (abi == nullptr || registerCommands == nullptr)
  {
    throw std::runtime_error("is not a Ferroscope plugin: it has no FERROSCOPE_PLUGIN entry point");
  }
  if (abi() != FERROSCOPE_PLUGIN_ABI)
  {
    throw std::runtime_error(OtherInterface(abi()));
  }
  PluginRegistrar registrar;
  registerCommands(&registrar);
  return registrar;
}

/** Inspect in a child process: a library that crashes while it is opened takes only the child with it.
 * The child answers 'M' + manifest or 'E' + reason. */
PluginManifest
InspectApart(const fs::path & library)
{
  int ends[2];
  if (::pipe(ends) != 0)
  {
    return PluginRegistry::Inspect(library);
  }
  const pid_t child = ::fork();
  if (child < 0)
  {
    ::close(ends[0]);
    ::close(ends[1]);
    return PluginRegistry::Inspect(library);
  }
  if (child == 0)
  {
    ::close(ends[0]);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none); // a crash is expected here and leaves no file
    std::string answer;
    try
    {
      answer = "M" + FormatManifest(PluginRegistry::Inspect(library));
    }
    catch (const std::exception & error)
    {
      answer = std::string("E") + error.what();
    }
    catch (...)
    {
      answer = "Ethrows something unknown while it is opened";
    }
    for (std::size_t written = 0; written < answer.size();)
    {
      const ssize_t count = ::write(ends[1], answer.data() + written, answer.size() - written);
      if (count <= 0)
      {
        break;
      }
      written += static_cast<std::size_t>(count);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string answer;
  char buffer[65536];
  for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof(buffer))) > 0 || (count < 0 && errno == EINTR);)
  {
    answer.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
  {
  }
  if (WIFSIGNALED(status))
  {
    throw std::runtime_error(std::string("crashes when it is opened (") + ::strsignal(WTERMSIG(status)) + ")");
  }
  if (answer.empty())
  {
    throw std::runtime_error("ends the program when it is opened");
  }
  if (answer.front() != 'M')
  {
    throw std::runtime_error(answer.substr(1));
  }
  return ParseManifest(answer.substr(1));
}

void
AppendFolders(std::vector<fs::path> & folders, const char * list)
{
  std::stringstream stream(list);
  for (std::string folder; std::getline(stream, folder, ':');)
  {
    if (!folder.empty())
    {
      folders.emplace_back(folder);
    }
  }
}

std::vector<fs::path>
ListFolder(const fs::path & folder)
{
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
  {
    entries.push_back(it->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}
} // namespace

std::vector<fs::path>
PluginRegistry::GetDefaultFolders()
{
  std::vector<fs::path> folders;
  if (const char * path = std::getenv("FERROSCOPE_PLUGIN_PATH"))
  {
    AppendFolders(folders, path);
  }
  std::error_code error;
  // Relative to the program, so that an installation can be moved; other hosts (a Python interpreter, say)
  // find the plugins relative to this library.
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error)
  {
    folders.push_back((program.parent_path() / FERROSCOPE_PLUGINS_FROM_BIN).lexically_normal());
  }
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void *>(&PluginRegistry::GetDefaultFolders), &info) != 0 && info.dli_fname != nullptr)
  {
    const fs::path library = fs::canonical(info.dli_fname, error);
    if (!error)
    {
      folders.push_back(library.parent_path() / "Ferroscope" / "Plugins");
    }
  }
  if (const char * data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/')
  {
    folders.push_back(fs::path(data) / "ferroscope" / "plugins");
  }
  else if (const char * home = std::getenv("HOME"); home != nullptr && *home != '\0')
  {
    folders.push_back(fs::path(home) / ".local" / "share" / "ferroscope" / "plugins");
  }
  return folders;
}

void
PluginRegistry::Scan(const std::vector<fs::path> & folders)
{
  std::set<fs::path> seen;
  const auto addIfLibrary = [this, &seen](const fs::path & file)
  {
    std::error_code error;
    if (file.extension() == ".so" && !fs::is_directory(file, error))
    {
      const fs::path canonical = fs::weakly_canonical(file, error);
      if (seen.insert(error ? file : canonical).second)
      {
        this->AddLibrary(file);
      }
    }
  };
  for (const auto & folder : folders)
  {
    for (const auto & entry : ListFolder(folder))
    {
      std::error_code error;
      if (fs::is_directory(entry, error))
      {
        for (const auto & file : ListFolder(entry))
        {
          addIfLibrary(file);
        }
      }
      else
      {
        addIfLibrary(entry);
      }
    }
  }
  std::sort(m_Commands.begin(), m_Commands.end(),
            [](const Entry & a, const Entry & b) { return a.declaration.name < b.declaration.name; });
}

void
PluginRegistry::AddLibrary(const fs::path & library)
{
  try
  {
    const std::string identity = GetLibraryIdentity(library);
    auto manifest = ReadManifest(GetManifestPath(library));
    if (!manifest || manifest->identity != identity)
    {
      manifest = ReadManifest(GetCachedManifestPath(library));
    }
    if (!manifest || manifest->identity != identity)
    {
      manifest = InspectApart(library);
      if (!WriteManifest(GetManifestPath(library), *manifest))
      {
        WriteManifest(GetCachedManifestPath(library), *manifest);
      }
    }
    if (manifest->abi != FERROSCOPE_PLUGIN_ABI)
    {
      throw std::runtime_error(OtherInterface(manifest->abi));
    }
    for (const auto & declaration : manifest->commands)
    {
      const Entry * const other = this->Find(declaration.name);
      if (other == nullptr)
      {
        m_Commands.push_back({WithCommonParameters(declaration), library});
      }
      // The same plugin in a second folder is how an author tries a new version of it.
      else if (other->library.filename() != library.filename())
      {
        m_Problems.push_back(library.string() + ": its command " + declaration.name + " is already offered by " +
                             other->library.string());
      }
    }
  }
  catch (const std::exception & error)
  {
    m_Problems.push_back(library.string() + ": " + error.what());
  }
}

const PluginRegistry::Entry *
PluginRegistry::Find(const std::string & name) const
{
  const auto found = std::find_if(m_Commands.begin(), m_Commands.end(),
                                  [&name](const Entry & entry) { return entry.declaration.name == name; });
  return found == m_Commands.end() ? nullptr : &*found;
}

std::unique_ptr<Command>
PluginRegistry::Create(const Entry & entry)
{
  try
  {
    const PluginRegistrar registrar = OpenLibrary(entry.library);
    for (const auto & factory : registrar.GetFactories())
    {
      auto command = factory();
      if (command->Declare().name == entry.declaration.name)
      {
        return command;
      }
    }
  }
  catch (const std::exception & error)
  {
    throw std::runtime_error(entry.library.string() + ": " + error.what());
  }
  throw std::runtime_error(entry.library.string() + ": offers no command " + entry.declaration.name);
}

PluginManifest
PluginRegistry::Inspect(const fs::path & library)
{
  PluginManifest manifest;
  manifest.identity = GetLibraryIdentity(library);
  manifest.abi = FERROSCOPE_PLUGIN_ABI;
  manifest.version = GetVersion();
  const PluginRegistrar registrar = OpenLibrary(library);
  for (const auto & factory : registrar.GetFactories())
  {
    manifest.commands.push_back(factory()->Declare());
    CheckDeclaration(manifest.commands.back());
  }
  if (manifest.commands.empty())
  {
    throw std::runtime_error("offers no command");
  }
  return manifest;
}
} // namespace ferro
