// A library that crashes while it is opened.
#include <cstdlib>

namespace
{
struct Crash
{
  Crash()
  {
    std::abort();
  }
} crash;
} // namespace
