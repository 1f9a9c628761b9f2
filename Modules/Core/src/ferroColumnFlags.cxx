#include "ferroColumnFlags.h"

#include <array>
#include <sstream>
#include <utility>

namespace ferro
{
namespace
{
constexpr std::array<std::pair<std::uint32_t, const char *>, 9> Words = {{{FlagEdge, "edge"},
                                                                          {FlagOverlap, "overlap"},
                                                                          {FlagFitFailed, "fit-failed"},
                                                                          {FlagOutlier, "outlier"},
                                                                          {FlagNearVacancy, "near-vacancy"},
                                                                          {FlagFaint, "faint"},
                                                                          {FlagUnindexed, "unindexed"},
                                                                          {FlagNeighborDoubt, "neighbor-doubt"},
                                                                          {FlagSaturated, "saturated"}}};
}

std::string
FlagsToString(std::uint32_t flags)
{
  std::string text;
  for (const auto & [bit, word] : Words)
  {
    if (flags & bit)
    {
      text += (text.empty() ? "" : "+");
      text += word;
    }
  }
  return text;
}

std::uint32_t
FlagsFromString(const std::string & text)
{
  std::uint32_t flags = FlagNone;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, '+');)
  {
    for (const auto & [bit, word] : Words)
    {
      if (part == word)
      {
        flags |= bit;
      }
    }
  }
  return flags;
}
} // namespace ferro
