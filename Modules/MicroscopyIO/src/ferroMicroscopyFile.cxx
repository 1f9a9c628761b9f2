#include "ferroMicroscopyFile.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroPixelType.h"

#include <cmath>
#include <cstdlib>

namespace ferro
{
MicroscopyFile::MicroscopyFile(const std::filesystem::path & file) : m_Path(file)
{
}

MicroscopyFile::~MicroscopyFile() = default;

namespace
{
// Rows, columns and samples: one picture, not a stack.
bool
IsColour(const ImageInfo & image)
{
  return (image.dtype.rfind("rgb", 0) == 0 || image.dtype == "gray+alpha") && image.shape.size() == 3;
}
} // namespace

bool
MicroscopyFile::HasPixels(int image) const
{
  return m_Info.images.at(static_cast<std::size_t>(image)).readable;
}

long
MicroscopyFile::GetNumberOfFrames(int image) const
{
  const ImageInfo & info = m_Info.images.at(static_cast<std::size_t>(image));
  return info.shape.size() == 3 && !IsColour(info) ? info.shape[0] : 1;
}

std::size_t
MicroscopyFile::GetFramePixels(int image) const
{
  const ImageInfo & info = m_Info.images.at(static_cast<std::size_t>(image));
  const std::size_t axes = info.shape.size();
  if (axes < 2)
  {
    this->Fail("image " + std::to_string(image) + " has one axis only, expected two");
  }
  const std::size_t first = IsColour(info) ? 0 : axes - 2;
  const auto rows = static_cast<std::size_t>(info.shape[first]);
  const auto columns = static_cast<std::size_t>(info.shape[first + 1]);
  const auto samples = static_cast<std::size_t>(IsColour(info) ? info.shape.back() : 1);
  if (rows == 0 || columns == 0 || samples == 0)
  {
    this->Fail("image " + std::to_string(image) + " is empty: a dimension is zero");
  }
  const std::size_t limit = MaximumFramePixels();
  if (samples > limit || columns > limit / samples || rows > limit / (columns * samples))
  {
    this->Fail("image " + std::to_string(image) + " is too large: " + std::to_string(columns) + " x " +
               std::to_string(rows) + " pixels exceed the limit of " + std::to_string(limit) +
               " (set FERROSCOPE_MAX_PIXELS to allow more)");
  }
  return rows * columns * samples;
}

FrameRegion
MicroscopyFile::GetFrameRegion(int image) const
{
  const ImageInfo & info = m_Info.images.at(static_cast<std::size_t>(image));
  const std::size_t axes = info.shape.size();
  if (axes < 2)
  {
    this->Fail("image " + std::to_string(image) + " has one axis only, expected two");
  }
  const std::size_t first = IsColour(info) ? 0 : axes - 2;
  return {0, 0, info.shape[first + 1], info.shape[first]};
}

void
MicroscopyFile::ReadFrame(int image, long frame, double * buffer)
{
  this->ReadRegion(image, frame, this->GetFrameRegion(image), buffer);
}

void
MicroscopyFile::ReadRegion(int image, long frame, const FrameRegion & region, float * buffer)
{
  this->CheckRegion(image, frame, region);
  this->ReadPixels(image, frame, region, PixelSink(buffer));
}

void
MicroscopyFile::ReadRegion(int image, long frame, const FrameRegion & region, double * buffer)
{
  this->CheckRegion(image, frame, region);
  this->ReadPixels(image, frame, region, PixelSink(buffer));
}

void
MicroscopyFile::CheckRegion(int image, long frame, const FrameRegion & region) const
{
  const FrameRegion whole = this->GetFrameRegion(image);
  this->GetFramePixels(image);
  const bool inside = region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 &&
                      region.x < whole.width && region.y < whole.height && region.width <= whole.width - region.x &&
                      region.height <= whole.height - region.y;
  if (!inside || frame < 0 || frame >= this->GetNumberOfFrames(image))
  {
    this->Fail("image " + std::to_string(image) + " has no region of " + std::to_string(region.width) + " x " +
               std::to_string(region.height) + " pixels at (" + std::to_string(region.x) + ", " +
               std::to_string(region.y) + ") of frame " + std::to_string(frame) + "; it has " +
               std::to_string(this->GetNumberOfFrames(image)) + " frames of " + std::to_string(whole.width) + " x " +
               std::to_string(whole.height));
  }
}

long
MicroscopyFile::GetRowsPerBlock(int) const
{
  return 1;
}

std::size_t
MicroscopyFile::MaximumFramePixels()
{
  if (const char * text = std::getenv("FERROSCOPE_MAX_PIXELS"))
  {
    const double value = ParseNumber(text);
    if (value >= 1.0 && value <= 1e12)
    {
      return static_cast<std::size_t>(value);
    }
  }
  return std::size_t{1} << 28;
}

void
MicroscopyFile::Fail(const std::string & reason) const
{
  throw InputError(m_Path.string() + ": " + reason);
}

ImageInfo &
MicroscopyFile::AddImage(const std::string & title, const std::string & dtype, const std::vector<long> & shape)
{
  ImageInfo image;
  image.index = static_cast<int>(m_Info.images.size());
  image.title = title;
  image.dtype = dtype;
  image.shape = shape;
  for (std::size_t k = 0; k < shape.size(); ++k)
  {
    static const char * const names[] = {"x", "y", "frame"};
    const std::size_t fromLast = shape.size() - 1 - k;
    AxisInfo axis;
    axis.name = fromLast < 3 ? names[fromLast] : "axis" + std::to_string(k);
    axis.size = shape[k];
    image.axes.push_back(axis);
  }
  m_Info.images.push_back(image);
  return m_Info.images.back();
}

void
MicroscopyFile::NameColourAxes(ImageInfo & image)
{
  static const char * const names[] = {"y", "x", "channel"};
  for (std::size_t k = 0; k < 3 && image.axes.size() == 3; ++k)
  {
    image.axes[k].name = names[k];
  }
}
} // namespace ferro
