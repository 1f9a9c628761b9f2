#include "ferroVersion.h"

namespace ferro
{
const char *
GetVersion()
{
  return FERROSCOPE_VERSION;
}
} // namespace ferro
