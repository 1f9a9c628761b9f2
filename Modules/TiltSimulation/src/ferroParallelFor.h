#ifndef ferroParallelFor_h
#define ferroParallelFor_h

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ferro
{
/** Calls work(index, thread) for each index below count, in several threads, the calling one being thread 0. After each
 * of its own calls that thread calls between(number of indices done), which returns false to stop early. The first
 * exception of any thread is thrown again here. Returns whether all was done. */
inline bool
ParallelFor(std::size_t count, unsigned int threads, const std::function<void(std::size_t, unsigned int)> & work,
            const std::function<bool(std::size_t)> & between)
{
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{0};
  std::atomic<bool> stop{false};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto run = [&](unsigned int thread)
  {
    try
    {
      for (std::size_t n = next++; n < count && !stop; n = next++)
      {
        work(n, thread);
        ++done;
        if (thread == 0 && !between(done))
        {
          stop = true;
        }
      }
    }
    catch (...)
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!failure)
      {
        failure = std::current_exception();
      }
      stop = true;
    }
  };
  std::vector<std::thread> helpers;
  for (unsigned int thread = 1; thread < threads && thread < count; ++thread)
  {
    helpers.emplace_back(run, thread);
  }
  run(0);
  for (auto & helper : helpers)
  {
    helper.join();
  }
  if (failure)
  {
    std::rethrow_exception(failure);
  }
  return !stop;
}
} // namespace ferro

#endif
