#include "ferroOutputFolder.h"

#include "ferroErrors.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <unistd.h>

namespace fs = std::filesystem;

namespace ferro
{
namespace
{
/** What is staged now in this process, so that an interrupt can remove it. */
struct StagedOutputs
{
  std::mutex mutex;
  std::set<fs::path> paths;
  std::set<fs::path> newParents;
  std::vector<fs::path> inputs;
};

StagedOutputs &
Staged()
{
  // Never destroyed: an interrupt may come while static objects are being destroyed.
  static auto * staged = new StagedOutputs;
  return *staged;
}

fs::path
WithoutTrailingSlash(const fs::path & path)
{
  return path.has_filename() ? path : path.parent_path();
}

fs::path
ParentOf(const fs::path & path)
{
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path
StagingPath(const fs::path & final, const std::string & extension)
{
  static std::atomic<int> counter{0};
  std::string name = ".";
  name += final.filename().string();
  name += ".partial-" + std::to_string(::getpid()) + "-" + std::to_string(++counter) + extension;
  return ParentOf(final) / name;
}

/** Makes the parents of a path; returns the topmost folder that is new, or an empty path. */
fs::path
MakeParents(const fs::path & path)
{
  const fs::path parent = ParentOf(path);
  fs::path topmost;
  std::error_code ignored;
  for (fs::path p = parent; !p.empty() && !fs::exists(p, ignored); p = p.parent_path())
  {
    topmost = p;
    if (p == p.parent_path())
    {
      break;
    }
  }
  std::error_code error;
  fs::create_directories(parent, error);
  if (error)
  {
    throw OutputError(path.string() + ": cannot make the folder " + parent.string() + ": " + error.message());
  }
  return topmost;
}

/** Removes a new parent folder and the new ones in it as far as they are empty. */
void
RemoveEmpty(const fs::path & folder)
{
  std::error_code error;
  if (folder.empty() || !fs::is_directory(folder, error))
  {
    return;
  }
  std::vector<fs::path> children;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
  {
    children.push_back(it->path());
  }
  if (children.size() == 1 && fs::is_directory(children.front(), error))
  {
    RemoveEmpty(children.front());
  }
  ::rmdir(folder.c_str()); // fails, as it should, when something is in it
}

void
RefuseInput(const fs::path & file)
{
  for (const auto & input : Staged().inputs)
  {
    std::error_code error;
    if (fs::equivalent(input, file, error) && !error)
    {
      throw UsageError(file.string() + ": this file is an input of the same run; results never replace inputs, "
                                       "choose another output");
    }
  }
}

void
Forget(const fs::path & staging, const fs::path & newParent)
{
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  std::error_code ignored;
  fs::remove_all(staging, ignored);
  Staged().paths.erase(staging);
  RemoveEmpty(newParent);
  Staged().newParents.erase(newParent);
}
} // namespace

void
ProtectInput(const fs::path & file)
{
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  Staged().inputs.push_back(file);
}

void
ClearProtectedInputs()
{
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  Staged().inputs.clear();
}

void
AbandonOutputs()
{
  Staged().mutex.lock(); // and never unlocked: nothing may be staged or committed any more
  for (const auto & path : Staged().paths)
  {
    std::error_code error;
    // Another thread may be adding files while they are removed.
    for (int attempt = 0; attempt < 20 && fs::exists(fs::symlink_status(path, error)); ++attempt)
    {
      fs::remove_all(path, error);
    }
  }
  for (const auto & folder : Staged().newParents)
  {
    RemoveEmpty(folder);
  }
}

OutputFolder::OutputFolder(const fs::path & folder) : m_Folder(WithoutTrailingSlash(folder))
{
  if (m_Folder.empty())
  {
    throw OutputError("the name of the output folder is empty");
  }
  std::error_code error;
  const auto status = fs::status(m_Folder, error);
  if (fs::exists(status) && !fs::is_directory(status))
  {
    throw OutputError(m_Folder.string() + ": is a file, a folder is needed for the results");
  }
  if (fs::is_directory(status) && ::access(m_Folder.c_str(), W_OK | X_OK) != 0)
  {
    throw OutputError(m_Folder.string() + ": cannot write into this folder: " + std::generic_category().message(errno));
  }
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  m_NewParent = MakeParents(m_Folder);
  m_Staging = StagingPath(m_Folder, "");
  fs::create_directory(m_Staging, error);
  if (error)
  {
    // Where only the parent is read-only, the results can still be staged inside an existing folder.
    const fs::path inside = StagingPath(m_Folder / "results", "");
    std::error_code second;
    if (!fs::is_directory(status) || !fs::create_directory(inside, second))
    {
      throw OutputError(m_Folder.string() + ": cannot make the folder for the results: " + error.message());
    }
    m_Staging = inside;
  }
  Staged().paths.insert(m_Staging);
  if (!m_NewParent.empty())
  {
    Staged().newParents.insert(m_NewParent);
  }
}

OutputFolder::~OutputFolder()
{
  Forget(m_Staging, m_NewParent);
}

fs::path
OutputFolder::Path(const std::string & name)
{
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  RefuseInput(m_Folder / name);
  const fs::path path = m_Staging / name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error)
  {
    throw OutputError((m_Folder / name).string() + ": cannot make its folder: " + error.message());
  }
  return path;
}

void
OutputFolder::Commit()
{
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  std::error_code error;
  if (m_Staging.parent_path() != m_Folder)
  {
    // rename() replaces an empty folder, fails for one with content, and is done in one step.
    fs::rename(m_Staging, m_Folder, error);
    if (!error)
    {
      Staged().paths.erase(m_Staging);
      return;
    }
  }
  if (!fs::is_directory(m_Folder))
  {
    throw OutputError(m_Folder.string() + ": cannot be made: " + error.message());
  }
  std::vector<fs::path> files;
  for (const auto & entry : fs::recursive_directory_iterator(m_Staging))
  {
    const fs::path target = m_Folder / entry.path().lexically_relative(m_Staging);
    if (!entry.is_directory())
    {
      RefuseInput(target);
      files.push_back(entry.path());
    }
    if (fs::exists(target, error) && fs::is_directory(target, error) != entry.is_directory())
    {
      throw OutputError(target.string() + (entry.is_directory() ? ": is a file where a folder is needed"
                                                                : ": is a folder where a file is needed"));
    }
  }
  for (const auto & file : files)
  {
    const fs::path target = m_Folder / file.lexically_relative(m_Staging);
    fs::create_directories(target.parent_path(), error);
    if (!error)
    {
      fs::rename(file, target, error);
    }
    if (error)
    {
      throw OutputError(target.string() + ": cannot be written: " + error.message());
    }
  }
}

OutputFile::OutputFile(const fs::path & file) : m_File(file)
{
  if (!m_File.has_filename())
  {
    throw OutputError((m_File.empty() ? std::string("the output's name is empty")
                                      : m_File.string() + ": names a folder, a file is needed"));
  }
  std::error_code error;
  if (fs::is_directory(m_File, error))
  {
    throw OutputError(m_File.string() + ": is a folder, a file is needed");
  }
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  RefuseInput(m_File);
  m_NewParent = MakeParents(m_File);
  // The extension stays at the end: writers choose the format by it.
  m_Staging = StagingPath(m_File, m_File.extension().string());
  // Better to hear now than after the analysis that nothing can be written there.
  const int descriptor = ::open(m_Staging.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0)
  {
    const std::string reason = std::generic_category().message(errno);
    RemoveEmpty(m_NewParent);
    throw OutputError(m_File.string() + ": cannot be written: " + reason);
  }
  ::close(descriptor);
  ::unlink(m_Staging.c_str());
  Staged().paths.insert(m_Staging);
  if (!m_NewParent.empty())
  {
    Staged().newParents.insert(m_NewParent);
  }
}

OutputFile::~OutputFile()
{
  Forget(m_Staging, m_NewParent);
}

void
OutputFile::Commit()
{
  const std::lock_guard<std::mutex> lock(Staged().mutex);
  RefuseInput(m_File);
  std::error_code error;
  fs::rename(m_Staging, m_File, error);
  if (error)
  {
    throw OutputError(m_File.string() + ": cannot be written: " + error.message());
  }
}
} // namespace ferro
