#ifndef ferroHdf5_h
#define ferroHdf5_h

#include "ferroHdf5Structure.h"
#include "ferroInputFile.h"
#include "ferroPixelType.h"

#include <cstdint>
#include <filesystem>
#include <hdf5.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** \class Hdf5Handle
 * \brief Closes an HDF5 identifier when it goes out of scope.
 */
class Hdf5Handle
{
public:
  Hdf5Handle() = default;
  explicit Hdf5Handle(hid_t id) : m_Id(id)
  {
  }
  ~Hdf5Handle();
  Hdf5Handle(Hdf5Handle && other) noexcept : m_Id(other.m_Id)
  {
    other.m_Id = -1;
  }
  Hdf5Handle & operator=(Hdf5Handle && other) noexcept;
  hid_t
  Get() const
  {
    return m_Id;
  }
  explicit operator bool() const
  {
    return m_Id >= 0;
  }

private:
  hid_t m_Id = -1;
};

/** \class Hdf5Quiet
 * \brief Keeps HDF5 from printing its error stack while it lives.
 */
class Hdf5Quiet
{
public:
  Hdf5Quiet()
  {
    H5Eget_auto2(H5E_DEFAULT, &m_Function, &m_Data);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Hdf5Quiet()
  {
    H5Eset_auto2(H5E_DEFAULT, m_Function, m_Data);
  }
  Hdf5Quiet(const Hdf5Quiet &) = delete;
  Hdf5Quiet & operator=(const Hdf5Quiet &) = delete;

private:
  H5E_auto2_t m_Function = nullptr;
  void * m_Data = nullptr;
};

/** \class Hdf5File
 * \brief An HDF5 file for reading: follows hard and soft links inside the file only.
 *
 * External links, external storage and virtual data sets are refused, because they would read other files. Damage that
 * HDF5 does not survive is refused as well (Hdf5Structure). Errors are InputErrors that name the file; HDF5 itself
 * prints nothing.
 */
class Hdf5File
{
public:
  explicit Hdf5File(const std::filesystem::path & file);

  /** Whether there is an object at the path. */
  bool Exists(const std::string & path) const;
  bool IsGroup(const std::string & path) const;
  /** Names of the links in a group, in alphabetical order; at most 100,000. */
  std::vector<std::string> List(const std::string & group) const;
  /** Attribute of an object as text or number; empty when missing or of another kind. */
  std::optional<std::string> GetText(const std::string & object, const std::string & attribute) const;
  std::optional<double> GetNumber(const std::string & object, const std::string & attribute) const;
  /** Attribute that is a list of texts, at most 64; empty when missing or of another kind. */
  std::vector<std::string> GetTexts(const std::string & object, const std::string & attribute) const;
  /** Paths of the objects that an attribute refers to: one reference, or a list of them (at most 64). */
  std::vector<std::string> GetReferences(const std::string & object, const std::string & attribute) const;
  /** Names of the attributes of an object, in alphabetical order; at most 1,000. */
  std::vector<std::string> ListAttributes(const std::string & object) const;
  bool IsDataSet(const std::string & path) const;
  /** Number of axes of a data set; 0 for a single value and for what is no data set. */
  int GetRank(const std::string & path) const;
  /** Text of a data set that holds one text; empty when it is of another kind. */
  std::optional<std::string> ReadText(const std::string & path) const;
  /** A number that tells whether two paths lead to the same object. */
  std::optional<std::uint64_t> GetAddress(const std::string & path) const;

  /** What a data set is. */
  struct DataSet
  {
    Hdf5Handle handle;
    std::vector<long> shape;
    std::string dtype;             ///< uint8 ... float64, bool, complex64, rgba, or "other"
    bool real = false;             ///< numbers that convert to double
    std::optional<PixelType> type; ///< when its numbers are stored as our own code reads them
    bool littleEndian = true;
    std::vector<hsize_t> chunk;        ///< shape of its blocks; empty when it lies in one piece
    bool compressed = false;           ///< its blocks have filters
    std::vector<H5Z_filter_t> filters; ///< in the order of packing; empty when one is not known here
  };
  /** Opens a data set; checks that its storage is in this file, that all filters are there, and that what it
   * declares is plausible for the bytes that are stored. */
  DataSet OpenDataSet(const std::string & path) const;
  /** Reads a block as double. */
  void Read(const DataSet & data, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count,
            double * buffer) const;
  /** Reads a block as it is stored; for data sets whose type is known only. */
  void ReadStored(const DataSet & data, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count,
                  void * buffer) const;

  [[noreturn]] void Fail(const std::string & reason) const;

private:
  void ReadAs(const DataSet & data, hid_t type, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count,
              void * buffer) const;
  // All texts of an attribute or data set (one of the two is valid) of at most `most` elements.
  std::vector<std::string> Texts(hid_t attribute, hid_t dataSet, hssize_t most) const;
  // Opens an object after looking at every link on the way; invalid when there is none.
  Hdf5Handle OpenObject(const std::string & path) const;
  Hdf5Handle OpenAttribute(const std::string & object, const std::string & attribute) const;

  // Values of variable length as bytes; none when they cannot be read.
  std::vector<std::string> VariableValues(hid_t attribute, hid_t dataSet, std::size_t count,
                                          std::size_t elementSize) const;

  std::filesystem::path m_Path;
  InputFile m_Raw;
  std::uint64_t m_Base = 0; // addresses count from the signature
  std::unique_ptr<Hdf5Structure> m_Structure;
  Hdf5Handle m_File;
};
/** Whether the bits of a type of numbers lie inside of its bytes. In damaged files they may not, and HDF5 then reads
 * those of its neighbours. True for other types. */
bool HasRoomForBits(hid_t type);
} // namespace ferro

#endif
