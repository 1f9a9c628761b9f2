#include "ferroStructureText.h"

#include "ferroElements.h"
#include "ferroErrors.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

namespace ferro
{
namespace
{
constexpr std::uintmax_t MaximumBytes = std::uintmax_t{1} << 30;
constexpr double Pi = 3.14159265358979323846;

// What a damaged file holds may be long or unprintable.
std::string
Quote(std::string_view text)
{
  std::string quoted = "'";
  for (const char letter : text.substr(0, 60))
  {
    quoted += static_cast<unsigned char>(letter) < 32 || letter == 127 ? '?' : letter;
  }
  return quoted + (text.size() > 60 ? "...'" : "'");
}
} // namespace

std::optional<double>
ParseNumber(std::string_view word)
{
  std::string copy(word.substr(0, 64));
  if (word.size() > copy.size())
  {
    return std::nullopt;
  }
  std::replace_if(
    copy.begin(), copy.end(), [](char letter) { return letter == 'd' || letter == 'D'; }, 'e');
  const char * begin = copy.data() + (copy.size() > 1 && copy[0] == '+' && copy[1] != '-' ? 1 : 0);
  const char * end = copy.data() + copy.size();
  double value = 0.0;
  const auto result = std::from_chars(begin, end, value);
  return result.ec == std::errc() && result.ptr == end && std::isfinite(value) ? std::optional<double>(value)
                                                                               : std::nullopt;
}

std::optional<long>
ParseInteger(std::string_view word)
{
  long value = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
  return result.ec == std::errc() && result.ptr == word.data() + word.size() ? std::optional<long>(value)
                                                                             : std::nullopt;
}

StructureText::StructureText(const std::filesystem::path & path) : m_Path(path)
{
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status))
  {
    throw InputError(path.string() + ": there is no such file");
  }
  if (!std::filesystem::is_regular_file(status))
  {
    throw InputError(path.string() + ": not a regular file, expected a file with a crystal structure");
  }
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > MaximumBytes)
  {
    throw InputError(path.string() + ": " + (error ? error.message() : std::to_string(size) + " bytes") +
                     ", expected a structure of at most " + std::to_string(MaximumBytes) + " bytes");
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  m_Bytes.resize(static_cast<std::size_t>(size));
  stream.read(m_Bytes.data(), static_cast<std::streamsize>(size));
  if (!stream)
  {
    throw InputError(path.string() + ": cannot be read: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
  if (m_Bytes.find_first_not_of(" \t\r\n") == std::string::npos)
  {
    throw InputError(path.string() + ": the file is empty, expected a crystal structure");
  }
  if (m_Bytes.find('\0') != std::string::npos)
  {
    throw InputError(path.string() + ": not a text file, expected a crystal structure");
  }
  if (m_Bytes.compare(0, 3, "\xef\xbb\xbf") == 0) // byte order mark
  {
    m_Bytes.erase(0, 3);
  }
  const std::string_view bytes(m_Bytes);
  for (std::size_t begin = 0; begin < bytes.size();)
  {
    const auto end = std::min(bytes.find('\n', begin), bytes.size());
    auto line = bytes.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r')
    {
      line.remove_suffix(1);
    }
    m_Lines.push_back(line);
    begin = end + 1;
  }
}

void
StructureText::Fail(std::size_t n, const std::string & found, const std::string & expected) const
{
  throw InputError(m_Path.string() + ": line " + std::to_string(n + 1) + ": found " + found + ", expected " + expected);
}

std::string_view
StructureText::GetLine(std::size_t n, const std::string & what) const
{
  if (n >= m_Lines.size())
  {
    throw InputError(m_Path.string() + ": the file ends after line " + std::to_string(m_Lines.size()) + ", expected " +
                     what);
  }
  return m_Lines[n];
}

std::vector<std::string_view>
StructureText::GetWords(std::size_t n, const std::string & what) const
{
  const auto line = this->GetLine(n, what);
  std::vector<std::string_view> words;
  for (std::size_t begin = line.find_first_not_of(" \t"); begin != std::string_view::npos;)
  {
    const auto end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(" \t", end);
  }
  return words;
}

double
StructureText::RequireNumber(std::size_t n, std::string_view word, const std::string & what) const
{
  const auto value = ParseNumber(word);
  if (!value || std::abs(*value) > 1e9)
  {
    this->Fail(n, Quote(word), what);
  }
  return *value;
}

Eigen::Vector3d
StructureText::RequireVector(std::size_t n, const std::vector<std::string_view> & words, const std::string & what) const
{
  if (words.size() < 3)
  {
    this->Fail(n, Quote(this->GetLine(n, what)), what);
  }
  return {this->RequireNumber(n, words[0], what), this->RequireNumber(n, words[1], what),
          this->RequireNumber(n, words[2], what)};
}

std::size_t
StructureText::RequireCount(std::size_t n, std::string_view word, const std::string & what) const
{
  const auto value = ParseInteger(word);
  if (!value || *value < 1 || static_cast<std::size_t>(*value) > MaximumAtoms)
  {
    this->Fail(n, Quote(word), what + ", 1 to " + std::to_string(MaximumAtoms));
  }
  const auto count = static_cast<std::size_t>(*value);
  if (count > m_Lines.size())
  {
    this->Fail(n, what + " of " + std::to_string(count),
               "as many lines as that, the file has " + std::to_string(m_Lines.size()));
  }
  return count;
}

int
StructureText::RequireElement(std::size_t n, std::string_view word) const
{
  int element = FindElement(std::string(word));
  if (const auto value = ParseNumber(word); value && *value >= 1.0 && *value <= LargestAtomicNumber)
  {
    element = *value == std::floor(*value) ? static_cast<int>(*value) : 0;
  }
  if (element == 0)
  {
    this->Fail(n, Quote(word),
               "the symbol of an element or an atomic number from 1 to " + std::to_string(LargestAtomicNumber));
  }
  return element;
}

double
StructureText::RequireOccupancy(std::size_t n, std::string_view word) const
{
  const double value = this->RequireNumber(n, word, "an occupancy");
  if (!(value > 0.0 && value <= 1.001)) // rounded numbers
  {
    this->Fail(n, "an occupancy of " + std::to_string(value), "above 0, at most 1");
  }
  return std::min(value, 1.0);
}

std::optional<Eigen::Matrix3d>
MakeCell(const Eigen::Vector3d & lengthsA, const Eigen::Vector3d & anglesDeg)
{
  if (!(lengthsA.array() > 0.0).all() || !(lengthsA.array() < 1e6).all() || !(anglesDeg.array() > 0.0).all() ||
      !(anglesDeg.array() < 180.0).all())
  {
    return std::nullopt;
  }
  // Exactly zero at a right angle, so that orthogonal cells come out diagonal.
  const auto cosine = [](double degrees) { return degrees == 90.0 ? 0.0 : std::cos(degrees * Pi / 180.0); };
  const double cosAlpha = cosine(anglesDeg.x());
  const double cosBeta = cosine(anglesDeg.y());
  const double cosGamma = cosine(anglesDeg.z());
  const double sinGamma = std::sqrt(1.0 - cosGamma * cosGamma);
  const double y = (cosAlpha - cosBeta * cosGamma) / sinGamma;
  const double zSquare = 1.0 - cosBeta * cosBeta - y * y;
  if (!(zSquare > 1e-6))
  {
    return std::nullopt;
  }
  Eigen::Matrix3d cell;
  cell << lengthsA.x(), lengthsA.y() * cosGamma, lengthsA.z() * cosBeta, //
    0.0, lengthsA.y() * sinGamma, lengthsA.z() * y,                      //
    0.0, 0.0, lengthsA.z() * std::sqrt(zSquare);
  return cell;
}
} // namespace ferro
