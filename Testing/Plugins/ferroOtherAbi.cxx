// A library that claims another version of the plugin interface. Its commands must never be asked for.
#include <cstdlib>

extern "C" __attribute__((visibility("default"))) int
ferroscopePluginAbi()
{
  return 999;
}

extern "C" __attribute__((visibility("default"))) void
ferroscopePluginRegister(void *)
{
  std::abort();
}
