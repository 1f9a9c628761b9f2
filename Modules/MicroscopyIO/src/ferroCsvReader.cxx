#include "ferroCsvReader.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>

namespace ferro
{
namespace
{
// A table has short lines; a longer one means another kind of file, which must not be read into memory whole.
constexpr std::size_t LongestLine = 1 << 16;

std::string
Trimmed(const std::string & text)
{
  const auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// What was found, short enough and printable.
std::string
Quoted(const std::string & text)
{
  std::string shown = text.substr(0, 40);
  std::replace_if(
    shown.begin(), shown.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
  return "\"" + shown + (text.size() > 40 ? "...\"" : "\"");
}
} // namespace

CsvReader::CsvReader(const std::filesystem::path & path) : m_Path(path)
{
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
  {
    throw InputError(path.string() + ": is a folder, expected a table (CSV file)");
  }
  errno = 0;
  m_Stream.open(path, std::ios::binary);
  if (!m_Stream)
  {
    throw InputError(path.string() + ": cannot be read: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
  std::string line;
  do
  {
    if (!this->ReadLine(line))
    {
      throw InputError(path.string() + ": the file is empty, expected a line of column names");
    }
    if (m_Line == 1 && line.compare(0, 3, "\xEF\xBB\xBF") == 0)
    {
      line.erase(0, 3);
    }
  } while (line.empty());
  if (line.find('\0') != std::string::npos)
  {
    this->Fail("binary data, expected a line of column names");
  }
  std::ptrdiff_t most = 0;
  for (const char separator : {',', ';', '\t'})
  {
    const auto count = std::count(line.begin(), line.end(), separator);
    if (count > most)
    {
      most = count;
      m_Separator = separator;
    }
  }
  this->Split(line, m_Names);
  for (std::size_t n = 0; n < m_Names.size(); ++n)
  {
    if (!m_Names[n].empty() && std::find(m_Names.begin(), m_Names.begin() + n, m_Names[n]) != m_Names.begin() + n)
    {
      this->Fail("column " + m_Names[n] + " is there twice");
    }
  }
}

void
CsvReader::Fail(const std::string & message) const
{
  throw InputError(m_Path.string() + ": line " + std::to_string(m_Line) + ": " + message);
}

void
CsvReader::Fail(int column, const std::string & expected) const
{
  const auto & found = this->Text(column);
  this->Fail("column " + m_Names.at(static_cast<std::size_t>(column)) + ": found " +
             (found.empty() ? "nothing" : Quoted(found)) + ", expected " + expected);
}

bool
CsvReader::ReadLine(std::string & line)
{
  line.clear();
  std::streambuf & buffer = *m_Stream.rdbuf();
  int c = buffer.sbumpc();
  if (c == std::char_traits<char>::eof())
  {
    return false;
  }
  ++m_Line;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = buffer.sbumpc())
  {
    if (line.size() >= LongestLine)
    {
      this->Fail("longer than " + std::to_string(LongestLine) + " characters, expected a table (CSV file)");
    }
    line += static_cast<char>(c);
  }
  while (!line.empty() && line.back() == '\r')
  {
    line.pop_back();
  }
  return true;
}

void
CsvReader::Split(const std::string & line, std::vector<std::string> & fields) const
{
  std::size_t used = 0;
  const auto add = [&fields, &used](const std::string & text)
  {
    if (used < fields.size())
    {
      fields[used] = text;
    }
    else
    {
      fields.push_back(text);
    }
    ++used;
  };
  std::string field;
  bool quoted = false;
  bool wasQuoted = false;
  const auto finish = [&]
  {
    add(wasQuoted ? field : Trimmed(field));
    field.clear();
    wasQuoted = false;
  };
  for (std::size_t n = 0; n < line.size(); ++n)
  {
    const char c = line[n];
    if (quoted && c == '"' && n + 1 < line.size() && line[n + 1] == '"')
    {
      field += '"';
      ++n;
    }
    else if (c == '"' && (quoted || Trimmed(field).empty()))
    {
      if (!quoted)
      {
        field.clear();
      }
      quoted = !quoted;
      wasQuoted = true;
    }
    else if (c == m_Separator && !quoted)
    {
      finish();
    }
    else
    {
      field += c;
    }
  }
  finish();
  fields.resize(used);
}

int
CsvReader::Find(const std::string & name) const
{
  const auto found = std::find(m_Names.begin(), m_Names.end(), name);
  return found == m_Names.end() ? -1 : static_cast<int>(found - m_Names.begin());
}

int
CsvReader::Require(const std::string & name) const
{
  const int column = this->Find(name);
  if (column < 0)
  {
    std::string names;
    for (const auto & other : m_Names)
    {
      names += (names.empty() ? "" : ", ") + other;
    }
    if (names.size() > 200)
    {
      names = names.substr(0, 200) + "...";
    }
    std::replace_if(
      names.begin(), names.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
    this->Fail("column " + name + " is missing, found " + names);
  }
  return column;
}

bool
CsvReader::Next()
{
  std::string line;
  do
  {
    if (!this->ReadLine(line))
    {
      return false;
    }
  } while (Trimmed(line).empty());
  this->Split(line, m_Fields);
  if (m_Fields.size() != m_Names.size())
  {
    this->Fail(std::to_string(m_Fields.size()) + " fields, expected " + std::to_string(m_Names.size()));
  }
  return true;
}

const std::string &
CsvReader::Text(int column) const
{
  static const std::string none;
  return column < 0 ? none : m_Fields.at(static_cast<std::size_t>(column));
}

std::optional<double>
CsvReader::Number(int column) const
{
  const auto & text = this->Text(column);
  if (text.empty())
  {
    return std::nullopt;
  }
  const char * first = text.data() + (text.front() == '+' ? 1 : 0);
  const char * last = text.data() + text.size();
  double value = 0.0;
  const auto result = std::from_chars(first, last, value);
  if (result.ec != std::errc() || result.ptr != last)
  {
    this->Fail(column, "a number");
  }
  return std::isnan(value) ? std::nullopt : std::optional<double>(value);
}

double
CsvReader::FiniteNumber(int column) const
{
  const auto value = this->Number(column);
  if (!value || !std::isfinite(*value))
  {
    this->Fail(column, "a finite number");
  }
  return *value;
}

std::optional<int>
CsvReader::Integer(int column) const
{
  const auto value = this->Number(column);
  if (!value)
  {
    return std::nullopt;
  }
  // "3.0" is taken too: spreadsheets and pandas write whole numbers of incomplete columns like that.
  if (*value != std::round(*value) || std::abs(*value) > 1e9)
  {
    this->Fail(column, "a whole number");
  }
  return static_cast<int>(*value);
}
} // namespace ferro
