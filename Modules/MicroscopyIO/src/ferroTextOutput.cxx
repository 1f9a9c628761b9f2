#include "ferroTextOutput.h"

#include "ferroErrors.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>

namespace ferro
{
TextOutput::TextOutput(const std::filesystem::path & path) : m_Path(path)
{
  errno = 0;
  m_File = std::fopen(path.c_str(), "wb");
  if (!m_File)
  {
    this->Fail(errno);
  }
}

TextOutput::~TextOutput()
{
  if (m_File)
  {
    std::fclose(m_File);
  }
}

void
TextOutput::Fail(int reason)
{
  throw OutputError(m_Path.string() + ": cannot be written: " + (reason ? std::strerror(reason) : "unknown reason"));
}

void
TextOutput::Write(const std::string & bytes)
{
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), m_File) != bytes.size())
  {
    this->Fail(errno);
  }
}

void
TextOutput::Close()
{
  errno = 0;
  const bool flushed = std::fflush(m_File) == 0;
  const int reason = errno;
  const bool closed = std::fclose(m_File) == 0;
  m_File = nullptr;
  if (!flushed || !closed)
  {
    this->Fail(flushed ? errno : reason);
  }
}

void
WriteBytes(const std::filesystem::path & path, const std::string & bytes)
{
  TextOutput output(path);
  output.Write(bytes);
  output.Close();
}

namespace
{
std::string
Format(double value, std::chars_format format, int digits)
{
  if (!std::isfinite(value))
  {
    return {};
  }
  char buffer[400]; // the largest double has 309 digits before the point
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value, format, digits);
  std::string text(buffer, result.ptr);
  // A rounded "-0.000" would differ from "0.000" although nobody could tell the two apart.
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos)
  {
    text.erase(0, 1);
  }
  return text;
}
} // namespace

std::string
FixedNumber(double value, int digits)
{
  return Format(value, std::chars_format::fixed, digits);
}

std::string
GeneralNumber(double value, int digits)
{
  return Format(value, std::chars_format::general, digits);
}
} // namespace ferro
