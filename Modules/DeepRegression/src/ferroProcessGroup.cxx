#include "ferroProcessGroup.h"

#include "ferroErrors.h"

#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

#include <algorithm>
#include <chrono>

namespace ferro
{
#ifdef USE_C10D_GLOO
namespace
{
constexpr std::chrono::minutes Patience(5);

std::string
FirstLine(const std::exception & error)
{
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

class GlooGroup : public ProcessGroup
{
public:
  GlooGroup(long worldSize, long rank, const std::string & host, int port) : m_Size(worldSize)
  {
    c10d::TCPStoreOptions store;
    store.port = static_cast<std::uint16_t>(port);
    store.isServer = rank == 0;
    store.numWorkers = static_cast<std::size_t>(worldSize);
    store.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(Patience);
    const auto shared = c10::make_intrusive<c10d::TCPStore>(host, store);
    auto options = c10d::ProcessGroupGloo::Options::create();
    options->timeout = std::chrono::duration_cast<std::chrono::milliseconds>(Patience);
    options->devices.push_back(
      c10d::ProcessGroupGloo::createDeviceForHostname(host == "127.0.0.1" || host == "localhost" ? "127.0.0.1" : ""));
    m_Group =
      c10::make_intrusive<c10d::ProcessGroupGloo>(shared, static_cast<int>(rank), static_cast<int>(worldSize), options);
  }

  void
  Average(std::vector<torch::Tensor> & tensors) override
  {
    // One message for all: the wait for each costs more than its numbers.
    std::vector<torch::Tensor> flat;
    for (const auto & tensor : tensors)
    {
      flat.push_back(tensor.reshape({-1}));
    }
    std::vector<torch::Tensor> message{torch::cat(flat).to(torch::kCPU)};
    try
    {
      m_Group->allreduce(message)->wait();
    }
    catch (const std::exception & error)
    {
      throw AnalysisError("another of the processes that train together is gone: " + FirstLine(error));
    }
    message[0] /= static_cast<double>(m_Size);
    std::int64_t offset = 0;
    for (auto & tensor : tensors)
    {
      tensor.copy_(message[0].slice(0, offset, offset + tensor.numel()).view(tensor.sizes()));
      offset += tensor.numel();
    }
  }

private:
  long m_Size;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> m_Group;
};
} // namespace
#endif

std::unique_ptr<ProcessGroup>
ProcessGroup::Join(long worldSize, long rank, const std::string & master)
{
  const auto colon = master.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : master.substr(colon + 1);
  const bool number = !digits.empty() && digits.size() < 6 &&
                      std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
  const int port = number ? std::stoi(digits) : 0;
  if (colon == 0 || port < 1 || port > 65535)
  {
    throw UsageError("--master: found '" + master + "', expected host:port of process 0, for example localhost:29500");
  }
#ifdef USE_C10D_GLOO
  try
  {
    return std::make_unique<GlooGroup>(worldSize, rank, master.substr(0, colon), port);
  }
  catch (const std::exception & error)
  {
    throw AnalysisError("process " + std::to_string(rank) + " of " + std::to_string(worldSize) +
                        " could not reach the others through " + master + ": " + FirstLine(error));
  }
#else
  static_cast<void>(rank);
  throw UsageError("--world-size: found " + std::to_string(worldSize) +
                   ", expected 1: this LibTorch was built without Gloo");
#endif
}
} // namespace ferro
