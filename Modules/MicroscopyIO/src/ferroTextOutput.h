#ifndef ferroTextOutput_h
#define ferroTextOutput_h

#include <cstdio>
#include <filesystem>
#include <string>

namespace ferro
{
/** \class TextOutput
 * \brief A file that is written piece by piece and whose every failure becomes an OutputError.
 *
 * Standard streams lose the reason of a failure (disk full, no such folder); this keeps it. Nothing counts as
 * written before Close() has returned.
 */
class TextOutput
{
public:
  /** Opens (and empties) the file. Throws OutputError with path and reason. */
  explicit TextOutput(const std::filesystem::path & path);
  ~TextOutput();
  TextOutput(const TextOutput &) = delete;
  TextOutput & operator=(const TextOutput &) = delete;

  void Write(const std::string & bytes);
  /** Flushes and closes; throws OutputError when anything did not reach the disk. */
  void Close();

private:
  [[noreturn]] void Fail(int reason);

  std::filesystem::path m_Path;
  std::FILE * m_File = nullptr;
};

/** Writes a whole file at once. Throws OutputError. */
void WriteBytes(const std::filesystem::path & path, const std::string & bytes);

/** Decimal point notation with that many digits behind the point; empty for NaN and infinities, no "-0". */
std::string FixedNumber(double value, int digits);
/** Shortest of fixed and scientific notation with that many significant digits; empty for NaN and infinities. */
std::string GeneralNumber(double value, int digits);
} // namespace ferro

#endif
