#include "ferroNetworkBackend.h"

#include "ferroDenseNetwork.h"
#include "ferroErrors.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>

namespace ferro
{
namespace
{
std::atomic<int> threads{0}; // 0: LibTorch's own choice
std::atomic<const NetworkBackend *> loaded{nullptr};

#ifdef FERROSCOPE_BACKEND_LINKED
const NetworkBackend *
OpenBackend()
{
  return ferroscopeNetworkBackend();
}
#else
/** Opens the library, which lies below the folder of this one, so that an installation can be moved. */
const NetworkBackend *
OpenBackend()
{
  namespace fs = std::filesystem;
  Dl_info info{};
  std::error_code error;
  fs::path file = FERROSCOPE_BACKEND_FILE;
  if (::dladdr(reinterpret_cast<void *>(&GetNetworkBackend), &info) != 0 && info.dli_fname != nullptr)
  {
    file = fs::canonical(info.dli_fname, error).parent_path() / "Ferroscope" / file;
  }
  // Never closed: LibTorch does not survive it. Functions are looked up when they are called first, which saves 0.1 s.
  void * const handle = ::dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr)
  {
    const char * const reason = ::dlerror(); // names the file
    throw InputError(std::string("this needs LibTorch, which cannot be loaded: ") +
                     (reason != nullptr ? reason : file.c_str()));
  }
  using Entry = const NetworkBackend * (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(handle, "ferroscopeNetworkBackend"));
  if (entry == nullptr)
  {
    throw InputError(file.string() + ": is not the part of Ferroscope that uses LibTorch");
  }
  return entry();
}
#endif

const NetworkBackend *
LoadBackend()
{
  const NetworkBackend * const backend = OpenBackend();
  if (threads > 0)
  {
    backend->SetThreads(threads);
  }
  loaded = backend;
  return backend;
}
} // namespace

const NetworkBackend &
GetNetworkBackend()
{
  static const NetworkBackend * const backend = LoadBackend();
  return *backend;
}

void
SetTorchThreads(int count)
{
  threads = std::max(1, count);
  SetDenseThreads(threads);
  if (const NetworkBackend * backend = loaded)
  {
    backend->SetThreads(threads);
  }
}

std::string
GetTorchVersion()
{
  return GetNetworkBackend().GetVersion();
}

std::vector<LayerActivation>
ComputeActivations(NetworkModel & model, const float * pixels, long width, long height,
                   const std::vector<std::string> & layers)
{
  return GetNetworkBackend().ComputeActivations(model, pixels, width, height, layers);
}

std::vector<FilterImage>
VisualizeFilters(NetworkModel & model, const std::string & layer, const std::vector<long> & filters,
                 const std::vector<float> & start, long width, long height, const FilterVisualizationOptions & options,
                 const std::function<void(double)> & progress)
{
  return GetNetworkBackend().VisualizeFilters(model, layer, filters, start, width, height, options, progress);
}
} // namespace ferro
