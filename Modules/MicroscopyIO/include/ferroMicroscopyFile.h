#ifndef ferroMicroscopyFile_h
#define ferroMicroscopyFile_h

#include "ferroMicrographReader.h"

#include "itkMetaDataDictionary.h"

#include <memory>

namespace ferro
{
class PixelSink;

/** Part of a frame, in pixels from its upper left. */
struct FrameRegion
{
  long x = 0;
  long y = 0;
  long width = 0;
  long height = 0;
};

/** \class MicroscopyFile
 * \brief An open file of one format: what it holds, and its pixels frame by frame.
 *
 * The one implementation of a format: InspectFile, ReadMicrograph and the ITK ImageIO all work through it. A
 * derived class fills m_Info while it is constructed, reads no pixels then, and throws InputError for a
 * file that is damaged. Rows come from the top.
 */
class FerroscopeMicroscopyIO_EXPORT MicroscopyFile
{
public:
  explicit MicroscopyFile(const std::filesystem::path & file);
  virtual ~MicroscopyFile();
  MicroscopyFile(const MicroscopyFile &) = delete;
  MicroscopyFile & operator=(const MicroscopyFile &) = delete;

  const std::filesystem::path &
  GetPath() const
  {
    return m_Path;
  }
  const FileInfo &
  GetInfo() const
  {
    return m_Info;
  }
  /** Whether ReadFrame works for this image: real numbers in two or three dimensions. True for every image
   * that is readable; also for some that are not images in space (a colour table, a spectrum image). */
  virtual bool HasPixels(int image) const;
  /** Length of the first of three axes; 1 for two axes and for a colour picture. */
  long GetNumberOfFrames(int image) const;
  /** Product of the last two axes, of all three for a colour picture. Throws InputError above MaximumFramePixels. */
  std::size_t GetFramePixels(int image) const;

  /** The whole of a frame. */
  FrameRegion GetFrameRegion(int image) const;
  /** Reads one frame in C order as double; \a buffer takes GetFramePixels values. Reads no other frame. */
  void ReadFrame(int image, long frame, double * buffer);
  /** Reads part of a frame in C order; \a buffer takes width x height values, times the samples of a colour picture.
   * Costs no more memory than that where the format allows it (see GetRowsPerBlock). Throws InputError when the region
   * is not inside of the frame. */
  void ReadRegion(int image, long frame, const FrameRegion & region, float * buffer);
  void ReadRegion(int image, long frame, const FrameRegion & region, double * buffer);
  /** Number of rows that the file stores as one piece, so that a region costs as much as all blocks of rows that it
   * touches: 1 where pixels lie open, the height of a compressed strip, tile or chunk; the height of the frame where
   * the whole must be decoded. */
  virtual long GetRowsPerBlock(int image) const;

  /** A frame with more pixels than this is refused: a compressed file of a few kilobytes can declare anything.
   * 2^28 (16384 x 16384) unless the environment variable FERROSCOPE_MAX_PIXELS says otherwise. */
  static std::size_t MaximumFramePixels();

protected:
  /** Reads a region that has been checked: not empty, inside of the frame, not too large. */
  virtual void ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) = 0;
  /** Throws InputError: the file's name and \a reason. */
  [[noreturn]] void Fail(const std::string & reason) const;
  /** Appends an image; fills its index, sizes and default names of axes. Unnamed axes are called frame, y, x. */
  ImageInfo & AddImage(const std::string & title, const std::string & dtype, const std::vector<long> & shape);

  /** Calls the three axes of a colour picture y, x, channel. */
  static void NameColourAxes(ImageInfo & image);

  std::filesystem::path m_Path;
  FileInfo m_Info;

private:
  void CheckRegion(int image, long frame, const FrameRegion & region) const;
};

/** Opens a file of any format that is known. The content decides, not the name. Throws InputError that
 * says what a file of another kind seems to be. */
FerroscopeMicroscopyIO_EXPORT std::unique_ptr<MicroscopyFile> OpenMicroscopyFile(const std::filesystem::path & file);

/** What a selection means in a given file. */
struct ResolvedSelection
{
  int image = 0;
  long frame = 0;    ///< meaningless when mean is true
  bool mean = false; ///< average of all frames
  bool calibrated = false;
  double pixelSizeNm[2] = {1.0, 1.0}; ///< x, y; (1, 1) when not calibrated
};

/** Finds the image and frame that a selection names. Throws InputError that lists what there is when the
 * selection is missing, ambiguous or names nothing that can be analysed. */
FerroscopeMicroscopyIO_EXPORT ResolvedSelection ResolveSelection(const MicroscopyFile & file,
                                                                 const ImageSelection & selection);

/** Reads a region of the selected frame, or of the average of all frames, as float. */
FerroscopeMicroscopyIO_EXPORT void ReadSelection(MicroscopyFile & file, const ResolvedSelection & selection,
                                                 const FrameRegion & region, float * buffer);

/** Writes CalibratedKey, TitleKey and the file's metadata (keys "Ferroscope.<name>") into a dictionary. */
FerroscopeMicroscopyIO_EXPORT void FillDictionary(itk::MetaDataDictionary & dictionary, const MicroscopyFile & file,
                                                  const ResolvedSelection & selection);
} // namespace ferro

#endif
