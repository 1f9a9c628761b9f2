#ifndef ferroHdf5ImageFile_h
#define ferroHdf5ImageFile_h

#include "ferroHdf5.h"
#include "ferroMicroscopyFormats.h"

#include <functional>

namespace ferro
{
/** \class Hdf5ImageFile
 * \brief Base of the formats that store images as data sets of HDF5, whatever the order of their axes.
 */
class Hdf5ImageFile : public MicroscopyFile
{
public:
  explicit Hdf5ImageFile(const std::filesystem::path & path);
  bool HasPixels(int image) const override;
  long GetRowsPerBlock(int image) const override;

  /** Whether the file is HDF5 and \a test holds for its content; false when it is damaged. */
  static bool Matches(const FileHead & head, const std::function<bool(const Hdf5File &)> & test);

protected:
  void ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override;
  /** Adds a data set. \a order names the stored axis of each axis of the image, (frame,) row, column; a stored axis
   * that is not among them must have one sample. Fills shape, type, and whether the image is readable. */
  ImageInfo & AddDataSet(const std::string & title, Hdf5File::DataSet data, const std::vector<std::size_t> & order);
  /** Adds a data set with its axes as they are stored. */
  ImageInfo & AddDataSet(const std::string & title, Hdf5File::DataSet data);
  /** Runs \a add; an InputError is kept as a note, because another image may be good. */
  void Try(const std::function<void()> & add);
  /** Throws the first InputError that Try has kept, or one of \a reason, when there is no image. */
  void RequireImages(const std::string & reason);

  /** Calibrates an axis from a vector of coordinates (all of them, or the first two). An uneven one is no calibration.
   */
  void CalibrateFromVector(AxisInfo & axis, const std::string & path, const std::string & unit) const;
  /** Keeps an attribute, number or text, as metadata. */
  void KeepNumber(ImageInfo & image, const std::string & object, const char * attribute, const char * key,
                  double factor = 1.0) const;
  void KeepText(ImageInfo & image, const std::string & object, const char * attribute, const char * key) const;

  Hdf5File m_File;

private:
  struct Source
  {
    Hdf5File::DataSet data;
    std::vector<std::size_t> order;
  };
  std::vector<Source> m_Sources;
  std::string m_Problem;
};

/** Whether the name of an axis says that it runs along the columns (x) or the rows (y) of an image. */
bool IsNamedX(const std::string & name);
bool IsNamedY(const std::string & name);
/** Order for AddDataSet of a data set of two or three axes: rows are y, columns x, when the names say so; as stored
 * otherwise. */
std::vector<std::size_t> OrderByNames(const std::vector<std::string> & names);
} // namespace ferro

#endif
