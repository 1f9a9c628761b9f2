#ifndef ferroCsvReader_h
#define ferroCsvReader_h

#include "FerroscopeMicroscopyIOExport.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** \class CsvReader
 * \brief Reads a table line by line: a line of column names, then one line per record.
 *
 * Takes commas, semicolons or tabs (whichever the first line has), quoted fields, both kinds of line ends, a
 * byte order mark, and empty lines. Only one line is in memory at a time. All errors are InputErrors that name
 * file, line and column.
 */
class FerroscopeMicroscopyIO_EXPORT CsvReader
{
public:
  /** Opens the file and reads the names. */
  explicit CsvReader(const std::filesystem::path & path);

  /** Position of the column of that name, or -1. */
  int Find(const std::string & name) const;
  /** Position of a column that must be there. */
  int Require(const std::string & name) const;
  /** Reads the next record; false at the end of the file. */
  bool Next();

  /** Text of a field of the current record; empty for column -1. */
  const std::string & Text(int column) const;
  /** Number in a field; nothing when the field is empty, the column -1, or the number is "nan". */
  std::optional<double> Number(int column) const;
  /** A finite number, which must be there. */
  double FiniteNumber(int column) const;
  /** Whole number in a field; nothing when it is empty. */
  std::optional<int> Integer(int column) const;
  /** Throws an InputError about a field of the current record. */
  [[noreturn]] void Fail(int column, const std::string & expected) const;

private:
  bool ReadLine(std::string & line);
  [[noreturn]] void Fail(const std::string & message) const;
  void Split(const std::string & line, std::vector<std::string> & fields) const;

  std::filesystem::path m_Path;
  std::ifstream m_Stream;
  char m_Separator = ',';
  long m_Line = 0;
  std::vector<std::string> m_Names;
  std::vector<std::string> m_Fields;
};
} // namespace ferro

#endif
