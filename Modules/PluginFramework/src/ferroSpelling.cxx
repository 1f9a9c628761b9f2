#include "ferroSpelling.h"

#include <algorithm>
#include <cctype>

namespace ferro
{
namespace
{
std::string
Lower(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}
} // namespace

unsigned int
EditDistance(const std::string & first, const std::string & second)
{
  const std::string a = Lower(first);
  const std::string b = Lower(second);
  std::vector<unsigned int> beforeLast(b.size() + 1);
  std::vector<unsigned int> last(b.size() + 1);
  std::vector<unsigned int> current(b.size() + 1);
  for (unsigned int j = 0; j <= b.size(); ++j)
  {
    last[j] = j;
  }
  for (unsigned int i = 1; i <= a.size(); ++i)
  {
    current[0] = i;
    for (unsigned int j = 1; j <= b.size(); ++j)
    {
      const unsigned int replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
      {
        current[j] = std::min(current[j], beforeLast[j - 2] + 1);
      }
    }
    std::swap(beforeLast, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

std::string
SuggestSpelling(const std::string & word, const std::vector<std::string> & candidates)
{
  std::string best;
  // A third of the letters may be wrong; a beginning of at least two letters counts as close, too.
  unsigned int limit = std::max<unsigned int>(1, static_cast<unsigned int>(word.size()) / 3) + 1;
  for (const auto & candidate : candidates)
  {
    const bool beginning =
      word.size() > 1 && candidate.size() > word.size() && Lower(candidate).compare(0, word.size(), Lower(word)) == 0;
    const unsigned int distance = beginning ? 1 : EditDistance(word, candidate);
    if (distance < limit && distance < std::max(word.size(), candidate.size()))
    {
      limit = distance;
      best = candidate;
    }
  }
  return best;
}

std::string
DidYouMean(const std::string & word, const std::vector<std::string> & candidates)
{
  const std::string suggestion = SuggestSpelling(word, candidates);
  return suggestion.empty() ? "" : ", did you mean " + suggestion + "?";
}
} // namespace ferro
