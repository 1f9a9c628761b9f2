#ifndef ferroTestHdf5_h
#define ferroTestHdf5_h

#include <cstdint>
#include <filesystem>
#include <hdf5.h>
#include <string>
#include <vector>

namespace ferrotest
{
/** Writes small HDF5 files with the HDF5 library itself. Parent groups are made as needed. */
class Hdf5Writer
{
public:
  explicit Hdf5Writer(const std::filesystem::path & path, hid_t creation = H5P_DEFAULT, hid_t access = H5P_DEFAULT);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer &) = delete;
  Hdf5Writer & operator=(const Hdf5Writer &) = delete;

  void Group(const std::string & path);
  /** A data set of numbers in C order; \a chunk makes it compressed in blocks of this shape. */
  void Data(const std::string & path, const std::vector<hsize_t> & shape, const std::vector<double> & values,
            hid_t type = H5T_STD_U16LE, const std::vector<hsize_t> & chunk = {});
  /** A data set of uint16 whose storage is a hole in the file, in blocks of shape \a chunk or, without one, in one
   * piece.
   */
  void Hole(const std::string & path, const std::vector<hsize_t> & shape, const std::vector<hsize_t> & chunk);
  /** Overwrites part of a data set with one value. */
  void Fill(const std::string & path, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count,
            std::uint16_t value);
  /** A data set of one text of variable length. */
  void TextData(const std::string & path, const std::string & text);
  /** Bytes, padded with zeros to the given length, as [length, 1]. */
  void Bytes(const std::string & path, const std::string & text, hsize_t length);
  void Text(const std::string & object, const std::string & name, const std::string & value);
  void Texts(const std::string & object, const std::string & name, const std::vector<std::string> & values);
  void Number(const std::string & object, const std::string & name, double value);
  void Reference(const std::string & object, const std::string & name, const std::string & target);
  /** The list of references that dimension scales leave on a data set. */
  void DimensionList(const std::string & object, const std::vector<std::string> & scales);
  hid_t
  Id() const
  {
    return m_File;
  }

private:
  void Attribute(const std::string & object, const std::string & name, hid_t type, hid_t memory, hsize_t count,
                 const void * value);
  hid_t m_File;
};

/** Pixels Value(x, y, f) of \a frames images of 4 x 3. */
std::vector<double> RowsFirst(int frames = 1);

/** A Velox file of 4 x 3 pixels of 0.02 x 0.03 nm; the title comes from operations, or from displays as of version 11.
 */
void MakeVelox(const std::filesystem::path & path, bool version11, int frames);
/** A Berkeley EMD file of 4 x 3 pixels; rows or columns first, coordinates from dim1 or dim0. */
void MakeEmd(const std::filesystem::path & path, bool columnsFirst, int firstDim);
void MakeNsid(const std::filesystem::path & path);
/** \a shuffled: the positions are visited in another order. \a positions below 12 leave the grid incomplete. */
void MakeUsid(const std::filesystem::path & path, bool shuffled, int positions = 12);
void MakeDm5(const std::filesystem::path & path);
/** HyperSpy, minimal. */
void MakeHyperSpy(const std::filesystem::path & path);
} // namespace ferrotest

#endif
