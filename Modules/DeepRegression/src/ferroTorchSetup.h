#ifndef ferroTorchSetup_h
#define ferroTorchSetup_h

#include <c10/core/Device.h>

#include <string>

namespace ferro
{
/** Keeps LibTorch's own warnings off the terminal; call it before its first use. */
void InitializeTorch();
/** The device of that name; throws UsageError when this machine has none. */
c10::Device ParseDevice(const std::string & name);
} // namespace ferro

#endif
