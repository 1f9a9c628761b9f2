#include "ferroTorchSetup.h"

#include "ferroErrors.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <algorithm>

namespace ferro
{
namespace
{
#if TORCH_VERSION_MAJOR >= 2
namespace WarningFunctions = c10::WarningUtils;
#else
namespace WarningFunctions = c10::Warning;
#endif

/** LibTorch warns through its logging library, which writes to the terminal; nothing there helps a user. */
class QuietHandler : public c10::WarningHandler
{
public:
  void
#if TORCH_VERSION_MAJOR >= 2
  process(const c10::Warning &) override
#else
  process(const c10::SourceLocation &, const std::string &, const bool) override
#endif
  {
  }
};
} // namespace

void
InitializeTorch()
{
  static QuietHandler handler;
  static const bool once = []
  {
    WarningFunctions::set_warning_handler(&handler);
    at::globalContext().setDeterministicAlgorithms(true, /* warn_only */ true);
    return true;
  }();
  static_cast<void>(once);
}

c10::Device
ParseDevice(const std::string & name)
{
  const std::string expected = "--device: found '" + name + "', expected cpu, cuda or cuda:n";
  if (name == "cpu" || name.empty())
  {
    return c10::Device(c10::kCPU);
  }
  if (name.rfind("cuda", 0) != 0)
  {
    throw UsageError(expected);
  }
  int index = 0;
  if (name.size() > 4)
  {
    const std::string digits = name.size() > 5 && name[4] == ':' ? name.substr(5) : "";
    if (digits.empty() || digits.size() > 3 ||
        !std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return c >= '0' && c <= '9'; }))
    {
      throw UsageError(expected);
    }
    index = std::stoi(digits);
  }
  const long available = at::globalContext().hasCUDA() ? static_cast<long>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
  if (index >= available)
  {
    throw UsageError("--device " + name + ": found " + std::to_string(available) +
                     " CUDA devices that this LibTorch can use; --device cpu always works");
  }
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}
} // namespace ferro
