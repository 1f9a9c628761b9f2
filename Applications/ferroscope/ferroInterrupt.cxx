#include "ferroInterrupt.h"

#include "ferroOutputFolder.h"
#include "ferroStandardContext.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <thread>
#include <unistd.h>

namespace ferro
{
namespace
{
/** How long a command may take to stop by itself; it must be gone within half a second. */
constexpr int PatienceMilliseconds = 200;

int signalPipe[2] = {-1, -1};

/** Never destroyed: the watching thread outlives static objects. */
std::mutex &
TargetMutex()
{
  static auto * mutex = new std::mutex;
  return *mutex;
}
StandardContext * target = nullptr;

extern "C" void
OnInterrupt(int)
{
  const int saved = errno;
  const char byte = 'i';
  [[maybe_unused]] const ssize_t written = ::write(signalPipe[1], &byte, 1);
  errno = saved;
}

[[noreturn]] void
EndAtOnce()
{
  AbandonOutputs();
  // A new line after a progress line that is still there.
  const char * const message = ::isatty(2) != 0 ? "\r\033[Kferroscope: interrupted\n" : "ferroscope: interrupted\n";
  [[maybe_unused]] const ssize_t written = ::write(2, message, std::strlen(message));
  ::_exit(130);
}

void
Watch()
{
  char byte = 0;
  while (::read(signalPipe[0], &byte, 1) != 1)
  {
  }
  {
    const std::lock_guard<std::mutex> lock(TargetMutex());
    if (target == nullptr)
    {
      EndAtOnce();
    }
    target->Cancel();
  }
  pollfd wait{signalPipe[0], POLLIN, 0};
  ::poll(&wait, 1, PatienceMilliseconds);
  EndAtOnce();
}
} // namespace

void
InstallInterruptHandler()
{
  if (signalPipe[0] >= 0 || ::pipe2(signalPipe, O_CLOEXEC) != 0)
  {
    return;
  }
  std::thread(Watch).detach();
  struct sigaction action
  {
  };
  action.sa_handler = OnInterrupt;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
  {
    struct sigaction before
    {
    };
    // A program started with 'nohup' or in the background of a script keeps ignoring.
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
    {
      ::sigaction(signal, &action, nullptr);
    }
  }
}

InterruptTarget::InterruptTarget(StandardContext & context)
{
  const std::lock_guard<std::mutex> lock(TargetMutex());
  target = &context;
}

InterruptTarget::~InterruptTarget()
{
  const std::lock_guard<std::mutex> lock(TargetMutex());
  target = nullptr;
}
} // namespace ferro
