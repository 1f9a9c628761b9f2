#include "ferroDenseKernels.h"

#include <cstddef>

// Vectors that are wider than the registers of the processor at hand are passed between inlined functions only.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace ferro
{
namespace
{
constexpr float LeakySlope = 0.01f;
constexpr long CacheFloats = 160 * 1024; // of a second-level cache of 1 MiB or more

namespace portable
{
#define FERRO_TARGET
#define FERRO_NAME "portable"
#define FERRO_WIDTH 4
#define FERRO_ROWS 6
#include "ferroDenseKernels.inc"
#undef FERRO_TARGET
#undef FERRO_NAME
#undef FERRO_WIDTH
#undef FERRO_ROWS
} // namespace portable

#if defined(__GNUC__) && defined(__x86_64__)
#define FERRO_X86 1
namespace avx2
{
#define FERRO_TARGET __attribute__((target("avx2,fma")))
#define FERRO_NAME "AVX2"
#define FERRO_WIDTH 8
#define FERRO_ROWS 6
#include "ferroDenseKernels.inc"
#undef FERRO_TARGET
#undef FERRO_NAME
#undef FERRO_WIDTH
#undef FERRO_ROWS
} // namespace avx2

namespace avx512
{
#define FERRO_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")))
#define FERRO_NAME "AVX-512"
#define FERRO_WIDTH 16
#define FERRO_ROWS 12
#include "ferroDenseKernels.inc"
#undef FERRO_TARGET
#undef FERRO_NAME
#undef FERRO_WIDTH
#undef FERRO_ROWS
} // namespace avx512
#endif
} // namespace

const std::vector<const DenseKernels *> &
GetDenseKernels()
{
  static const std::vector<const DenseKernels *> kernels = []
  {
    std::vector<const DenseKernels *> found;
#ifdef FERRO_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
    {
      found.push_back(&avx512::Kernels);
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    {
      found.push_back(&avx2::Kernels);
    }
#endif
    found.push_back(&portable::Kernels);
    return found;
  }();
  return kernels;
}
} // namespace ferro
