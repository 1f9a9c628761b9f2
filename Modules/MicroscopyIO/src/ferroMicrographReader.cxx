#include "ferroMicrographReader.h"

#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"

#include "itkMetaDataObject.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace ferro
{
namespace
{
bool
IsWholeNumber(const std::string & text)
{
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string
Describe(const ImageInfo & image)
{
  std::string text = std::to_string(image.index) + " '" + image.title + "' (" + image.dtype;
  for (std::size_t k = 0; k < image.shape.size(); ++k)
  {
    text += (k == 0 ? " " : " x ") + std::to_string(image.shape[k]);
  }
  return text + ")";
}

std::string
List(const FileInfo & info, bool readableOnly)
{
  std::string text;
  int shown = 0;
  for (const ImageInfo & image : info.images)
  {
    if (readableOnly && !image.readable)
    {
      continue;
    }
    if (++shown > 40)
    {
      return text + ", ...";
    }
    text += (text.empty() ? "" : ", ") + Describe(image);
  }
  return text;
}

// Why an image that is listed cannot be analysed.
std::string
WhyNot(const ImageInfo & image)
{
  if (image.dtype.rfind("complex", 0) == 0)
  {
    return "its pixels are complex numbers";
  }
  if (image.dtype.rfind("rgb", 0) == 0 || image.dtype == "gray+alpha" || image.dtype == "palette")
  {
    return "it is a colour picture, not measured intensities";
  }
  if (image.shape.size() != 2 && image.shape.size() != 3)
  {
    return "it has " + std::to_string(image.shape.size()) + (image.shape.size() == 1 ? " axis" : " axes");
  }
  return "it holds spectra or another kind of data";
}
} // namespace

ResolvedSelection
ResolveSelection(const MicroscopyFile & file, const ImageSelection & selection)
{
  const FileInfo & info = file.GetInfo();
  const auto fail = [&](const std::string & reason) -> void
  { throw InputError(file.GetPath().string() + ": " + reason); };

  if (info.images.empty())
  {
    const auto image = info.metadata.find("image");
    fail("holds no image, it is a " + info.format +
         (image == info.metadata.end() ? "" : "; its image is " + image->second));
  }
  const ImageInfo * chosen = nullptr;
  if (selection.image.empty())
  {
    int readable = 0;
    for (const ImageInfo & image : info.images)
    {
      if (image.readable)
      {
        ++readable;
        chosen = &image;
      }
    }
    if (readable == 0)
    {
      fail("holds no real-valued image, only " + List(info, false) +
           (info.images.size() == 1 ? " (" + WhyNot(info.images[0]) + ")" : ""));
    }
    if (readable > 1)
    {
      fail("holds several images, choose one with --image N or --image TITLE: " + List(info, true));
    }
  }
  else
  {
    if (IsWholeNumber(selection.image) && std::stoul(selection.image) < info.images.size())
    {
      chosen = &info.images[std::stoul(selection.image)];
    }
    else
    {
      int matches = 0;
      for (const ImageInfo & image : info.images)
      {
        if (image.title == selection.image)
        {
          ++matches;
          chosen = &image;
        }
      }
      if (matches > 1)
      {
        fail("has several images of title '" + selection.image + "', choose by number: " + List(info, false));
      }
    }
    if (chosen == nullptr)
    {
      fail("has no image '" + selection.image + "'; it holds " + List(info, false));
    }
    if (!chosen->readable)
    {
      fail("image " + Describe(*chosen) + " cannot be analysed: " + WhyNot(*chosen));
    }
  }

  ResolvedSelection result;
  result.image = chosen->index;
  const long frames = file.GetNumberOfFrames(result.image);
  if (selection.frame.empty())
  {
    if (frames > 1)
    {
      fail("image " + Describe(*chosen) + " is a stack of " + std::to_string(frames) +
           " frames, choose with --frame N (from 0) or --frame mean");
    }
  }
  else if (selection.frame == "mean")
  {
    result.mean = true;
  }
  else if (IsWholeNumber(selection.frame) && std::stol(selection.frame) < frames)
  {
    result.frame = std::stol(selection.frame);
  }
  else
  {
    fail("has no frame '" + selection.frame + "'; expected 0 to " + std::to_string(frames - 1) + " or mean");
  }

  if (selection.pixelSizeNm)
  {
    if (!std::isfinite(*selection.pixelSizeNm) || *selection.pixelSizeNm <= 0.0)
    {
      throw UsageError("the pixel size in nm must be a positive number");
    }
    result.calibrated = true;
    result.pixelSizeNm[0] = result.pixelSizeNm[1] = *selection.pixelSizeNm;
  }
  else
  {
    const AxisInfo & x = chosen->axes.back();
    const AxisInfo & y = chosen->axes[chosen->axes.size() - 2];
    if (x.unit == "nm" && y.unit == "nm")
    {
      result.calibrated = true;
      result.pixelSizeNm[0] = x.scale;
      result.pixelSizeNm[1] = y.scale;
    }
  }
  return result;
}

void
ReadSelection(MicroscopyFile & file, const ResolvedSelection & selection, const FrameRegion & region, float * buffer)
{
  if (!selection.mean)
  {
    file.ReadRegion(selection.image, selection.frame, region, buffer);
    return;
  }
  const std::size_t count = static_cast<std::size_t>(region.width) * static_cast<std::size_t>(region.height);
  const long frames = file.GetNumberOfFrames(selection.image);
  std::vector<double> frame(count);
  std::vector<double> sum(count, 0.0);
  for (long f = 0; f < frames; ++f)
  {
    file.ReadRegion(selection.image, f, region, frame.data());
    std::transform(frame.begin(), frame.end(), sum.begin(), sum.begin(), std::plus<double>());
  }
  std::transform(sum.begin(), sum.end(), buffer,
                 [&](double value) { return static_cast<float>(value / static_cast<double>(frames)); });
}

FileInfo
InspectFile(const std::filesystem::path & file)
{
  return OpenMicroscopyFile(file)->GetInfo();
}

MicrographType::Pointer
ReadMicrograph(const std::filesystem::path & path, const ImageSelection & selection)
{
  const auto file = OpenMicroscopyFile(path);
  const ResolvedSelection resolved = ResolveSelection(*file, selection);
  const ImageInfo & info = file->GetInfo().images[static_cast<std::size_t>(resolved.image)];
  file->GetFramePixels(resolved.image); // refuses what is too large before memory is asked for
  const auto image = MicrographType::New();
  MicrographType::SizeType size;
  size[0] = static_cast<itk::SizeValueType>(info.shape.back());
  size[1] = static_cast<itk::SizeValueType>(info.shape[info.shape.size() - 2]);
  image->SetRegions(size);
  image->SetSpacing(resolved.pixelSizeNm);
  image->Allocate();
  ReadSelection(*file, resolved, file->GetFrameRegion(resolved.image), image->GetBufferPointer());
  FillDictionary(image->GetMetaDataDictionary(), *file, resolved);
  return image;
}

void
FillDictionary(itk::MetaDataDictionary & dictionary, const MicroscopyFile & file, const ResolvedSelection & selection)
{
  const FileInfo & info = file.GetInfo();
  const ImageInfo & image = info.images[static_cast<std::size_t>(selection.image)];
  for (const auto & [key, value] : info.metadata)
  {
    itk::EncapsulateMetaData<std::string>(dictionary, "Ferroscope." + key, value);
  }
  for (const auto & [key, value] : image.metadata)
  {
    itk::EncapsulateMetaData<std::string>(dictionary, "Ferroscope." + key, value);
  }
  itk::EncapsulateMetaData<std::string>(dictionary, "Ferroscope.format", info.format);
  itk::EncapsulateMetaData<std::string>(dictionary, CalibratedKey, selection.calibrated ? "1" : "0");
  itk::EncapsulateMetaData<std::string>(dictionary, TitleKey, image.title);
}
} // namespace ferro
