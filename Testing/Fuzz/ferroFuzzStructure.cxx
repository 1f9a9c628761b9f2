// Reads whatever bytes libFuzzer makes as a crystal structure, of the format that they look like.
#include "ferroErrors.h"
#include "ferroFuzzFile.h"
#include "ferroStructureReader.h"

extern "C" int LLVMFuzzerInitialize(int *, char ***);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t * data, std::size_t size);

extern "C" int
LLVMFuzzerInitialize(int *, char ***)
{
  std::atexit(RemoveFuzzFile);
  return 0;
}

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t * data, std::size_t size)
{
  if (!WriteFuzzFile(data, size))
  {
    return 0;
  }
  try
  {
    for (const auto & atom : ferro::ReadStructure(FuzzFileName()).atoms)
    {
      if (!atom.positionA.allFinite() || !(atom.occupancy > 0.0 && atom.occupancy <= 1.0) ||
          !(atom.displacementRmsA >= 0.0))
      {
        std::abort(); // for the fuzzer to see
      }
    }
  }
  catch (const ferro::InputError &)
  {
    // The only exception that a damaged file may cause.
  }
  return 0;
}
