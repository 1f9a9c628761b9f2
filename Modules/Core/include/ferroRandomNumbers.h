#ifndef ferroRandomNumbers_h
#define ferroRandomNumbers_h

#include "FerroscopeCoreExport.h"

#include <cstdint>
#include <random>

namespace ferro
{
/** \class RandomNumbers
 * \brief Random numbers that are the same on every system and for any number of threads.
 *
 * The standard fixes the sequence of std::mt19937_64, but leaves the distributions to each library; these are
 * spelled out here. A seed has many independent streams: giving each image line a stream of its own makes its
 * noise independent of who computes it when.
 */
class FerroscopeCore_EXPORT RandomNumbers
{
public:
  explicit RandomNumbers(std::uint64_t seed, std::uint64_t stream = 0);

  /** Evenly distributed in the open interval (0, 1), 53 random bits. */
  double Uniform();
  /** Whole number below the limit (which is at least 1), all alike. */
  std::uint64_t Below(std::uint64_t limit);
  /** Normally distributed, mean 0 and standard deviation 1 (Box and Muller, Ann. Math. Stat. 29, 610 (1958)). */
  double Normal();
  /** Poisson distributed. Exact: sequential search below a mean of 30, transformed rejection with squeeze (PTRS) above:
   * W. Hoermann, Insurance: Mathematics and Economics 12, 39 (1993).
   * \param mean at least 0; a mean of 0 gives 0 */
  double Poisson(double mean);

private:
  std::mt19937_64 m_Engine;
};
} // namespace ferro

#endif
