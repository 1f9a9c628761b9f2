#include "ferroImageStream.h"

#include "ferroErrors.h"
#include "ferroMicroscopyImageIO.h"

#include "itkImageFileReader.h"
#include "itkImageIOFactory.h"
#include "itkRegionOfInterestImageFilter.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr itk::SizeValueType FewPixels = itk::SizeValueType{1} << 24;
constexpr itk::SizeValueType StripPixels = itk::SizeValueType{1} << 23;
} // namespace

itk::ImageSource<MicrographType>::Pointer
OpenImageStream(CommandContext & context, const std::string & name)
{
  const std::string file = context.GetPath(name).string();
  RegisterMicroscopyIOFactories();
  const auto io = itk::ImageIOFactory::CreateImageIO(file.c_str(), itk::ImageIOFactory::IOFileModeEnum::ReadMode);
  auto * ours = dynamic_cast<MicroscopyImageIO *>(io.GetPointer());
  if (ours == nullptr)
  {
    return nullptr;
  }
  ImageSelection selection;
  selection.image = context.GetText("imageIndex");
  selection.frame = context.GetText("frame");
  if (context.Has("pixelSizeNm"))
  {
    selection.pixelSizeNm = context.GetNumber("pixelSizeNm");
  }
  ours->SetImageSelection(selection);
  const auto reader = itk::ImageFileReader<MicrographType>::New();
  reader->SetImageIO(io);
  reader->SetFileName(file);
  reader->UseStreamingOn();
  reader->UpdateOutputInformation();
  const auto size = reader->GetOutput()->GetLargestPossibleRegion().GetSize();
  itk::ImageIORegion row(2);
  row.SetSize(0, size[0]);
  row.SetSize(1, 1);
  ours->SetUseStreamedReading(true);
  const bool whole = ours->GenerateStreamableReadRegionFromRequestedRegion(row).GetSize(1) > 1;
  if (size[0] * size[1] < FewPixels || whole)
  {
    return nullptr;
  }
  context.AddInput(file);
  return reader.GetPointer();
}

PixelStatistics
ComputeStatistics(itk::ImageSource<MicrographType> & stream, CommandContext & context)
{
  stream.UpdateOutputInformation();
  MicrographType * image = stream.GetOutput();
  const auto largest = image->GetLargestPossibleRegion();
  const auto rows = std::max<itk::SizeValueType>(1, StripPixels / largest.GetSize(0));
  PixelStatistics total;
  double squares = 0.0; // of the distances from the mean so far
  for (itk::SizeValueType y = 0; y < largest.GetSize(1); y += rows)
  {
    context.SetProgress(static_cast<double>(y) / static_cast<double>(largest.GetSize(1)));
    auto strip = largest;
    strip.SetIndex(1, largest.GetIndex(1) + static_cast<itk::IndexValueType>(y));
    strip.SetSize(1, std::min(rows, largest.GetSize(1) - y));
    image->SetRequestedRegion(strip);
    image->PropagateRequestedRegion();
    image->UpdateOutputData();
    const auto & buffered = image->GetBufferedRegion();
    const PixelView view{image->GetBufferPointer(), buffered.GetIndex(0), buffered.GetIndex(1),
                         static_cast<long>(buffered.GetSize(0)), static_cast<long>(buffered.GetSize(1))};
    const PixelStatistics part = ComputeStatistics(
      view, Eigen::Vector2d(static_cast<double>(strip.GetIndex(0)), static_cast<double>(strip.GetIndex(1))),
      Eigen::Vector2d(static_cast<double>(strip.GetUpperIndex()[0]), static_cast<double>(strip.GetUpperIndex()[1])));
    total.invalid += part.invalid;
    if (part.count > 0)
    {
      // Means and sums of squares of two sets (T. F. Chan, G. H. Golub, R. J. LeVeque, Am. Stat. 37, 242 (1983)).
      const auto before = static_cast<double>(total.count);
      const auto added = static_cast<double>(part.count);
      const double difference = part.mean - total.mean;
      squares += added * part.deviation * part.deviation + difference * difference * before * added / (before + added);
      total.mean += difference * added / (before + added);
      total.count += part.count;
    }
  }
  total.deviation = total.count > 0 ? std::sqrt(squares / static_cast<double>(total.count)) : 0.0;
  return total;
}

MicrographType::Pointer
ReadMiddle(itk::ImageSource<MicrographType> & stream, long edge)
{
  const auto largest = stream.GetOutput()->GetLargestPossibleRegion();
  auto middle = largest;
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    const auto size = std::min<itk::SizeValueType>(largest.GetSize(axis), static_cast<itk::SizeValueType>(edge));
    middle.SetSize(axis, size);
    middle.SetIndex(axis,
                    largest.GetIndex(axis) + static_cast<itk::IndexValueType>((largest.GetSize(axis) - size) / 2));
  }
  const auto cut = itk::RegionOfInterestImageFilter<MicrographType, MicrographType>::New();
  cut->SetInput(stream.GetOutput());
  cut->SetRegionOfInterest(middle);
  cut->Update();
  cut->GetOutput()->SetMetaDataDictionary(stream.GetOutput()->GetMetaDataDictionary());
  return cut->GetOutput();
}
} // namespace ferro
