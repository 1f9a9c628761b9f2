#ifndef ferroArrayFile_h
#define ferroArrayFile_h

#include "FerroscopeMicroscopyIOExport.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** \class ArrayFileWriter
 * \brief Writes a text and named arrays of numbers as HDF5; arrays may grow row by row.
 *
 * The text is the data set `/description` (UTF-8), arrays are little-endian float32 or int32 in C order. Every failure
 * is an OutputError with path and reason. Not atomic: write beside the final place and rename.
 */
class FerroscopeMicroscopyIO_EXPORT ArrayFileWriter
{
public:
  explicit ArrayFileWriter(const std::filesystem::path & file);
  ~ArrayFileWriter();
  ArrayFileWriter(const ArrayFileWriter &) = delete;
  ArrayFileWriter & operator=(const ArrayFileWriter &) = delete;

  void WriteDescription(const std::string & text);
  /** Adds rows to an array, which is made with its first rows.
   * \param name path of the array, for example "windows/pixels"; groups are made
   * \param rowShape shape of one row; empty for one number
   * \param rows number of rows
   * \param values rows times the numbers of a row */
  void Append(const std::string & name, const std::vector<long> & rowShape, long rows, const float * values);
  /** The same with whole numbers. */
  void Append(const std::string & name, const std::vector<long> & rowShape, long rows, const std::int32_t * values);
  /** Flushes and closes; nothing counts as written before. */
  void Close();

private:
  struct Arrays;
  std::unique_ptr<Arrays> m_Arrays;
};

/** \class ArrayFileReader
 * \brief Reads what ArrayFileWriter (or h5py) wrote, some rows at a time.
 *
 * All errors are InputErrors that name the file; nothing is allocated but what is asked for and there.
 */
class FerroscopeMicroscopyIO_EXPORT ArrayFileReader
{
public:
  explicit ArrayFileReader(const std::filesystem::path & file);
  ~ArrayFileReader();
  ArrayFileReader(const ArrayFileReader &) = delete;
  ArrayFileReader & operator=(const ArrayFileReader &) = delete;

  /** The text; empty when there is none. */
  std::string GetDescription() const;
  bool Has(const std::string & name) const;
  /** Shape with the number of rows in front. Throws when there is no such array of real numbers. */
  std::vector<long> GetShape(const std::string & name) const;
  /** Reads rows first ... first + count - 1. */
  std::vector<float> Read(const std::string & name, long first, long count) const;
  /** Throws an InputError about this file. */
  [[noreturn]] void Fail(const std::string & reason) const;

private:
  struct Arrays;
  std::unique_ptr<Arrays> m_Arrays;
};
} // namespace ferro

#endif
