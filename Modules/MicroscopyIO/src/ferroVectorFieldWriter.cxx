#include "ferroVectorFieldWriter.h"

#include "ferroErrors.h"
#include "ferroTextOutput.h"

#include "itkImageFileReader.h"
#include "itkImageFileWriter.h"
#include "itkImageRegionConstIterator.h"
#include "itkImageRegionIterator.h"
#include "itkMetaDataObject.h"
#include "itkNrrdImageIO.h"

#include <nlohmann/json.hpp>

namespace ferro
{
namespace
{
using SlabType = itk::Image<itk::Vector<float, 3>, 3>;
}

void
WriteVectorFieldNrrd(const VectorFieldType & field, const std::filesystem::path & path, const std::string & unit,
                     const std::string & lengthUnit)
{
  // ITK's messages about an unwritable file name source lines, not reasons; this one names the reason.
  TextOutput(path).Close();

  const auto region = field.GetBufferedRegion();
  auto slab = SlabType::New();
  SlabType::RegionType::SizeType size = {{region.GetSize(0), region.GetSize(1), 1}};
  slab->SetRegions(size);
  SlabType::SpacingType spacing;
  SlabType::PointType origin;
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    spacing[axis] = field.GetSpacing()[axis];
    // The first pixel of the file is that of the buffer, whatever its index is.
    origin[axis] = field.GetOrigin()[axis] + field.GetSpacing()[axis] * static_cast<double>(region.GetIndex(axis));
  }
  spacing[2] = spacing[0];
  origin[2] = 0.0;
  slab->SetSpacing(spacing);
  slab->SetOrigin(origin);
  slab->Allocate();
  itk::ImageRegionConstIterator<VectorFieldType> from(&field, region);
  itk::ImageRegionIterator<SlabType> to(slab, slab->GetBufferedRegion());
  for (; !from.IsAtEnd(); ++from, ++to)
  {
    SlabType::PixelType vector;
    vector[0] = from.Get()[0];
    vector[1] = from.Get()[1];
    vector[2] = 0.0f;
    to.Set(vector);
  }
  itk::EncapsulateMetaData<std::string>(slab->GetMetaDataDictionary(), "Ferroscope.unit", unit);
  itk::EncapsulateMetaData<std::string>(slab->GetMetaDataDictionary(), "Ferroscope.lengthUnit", lengthUnit);

  auto writer = itk::ImageFileWriter<SlabType>::New();
  writer->SetImageIO(itk::NrrdImageIO::New());
  writer->SetFileName(path.string());
  writer->SetInput(slab);
  try
  {
    writer->Update();
  }
  catch (const itk::ExceptionObject & exception)
  {
    throw OutputError(path.string() + ": cannot be written: " + exception.GetDescription());
  }
  // A full disk goes unnoticed by the NRRD library.
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  if (error || bytes < slab->GetBufferedRegion().GetNumberOfPixels() * sizeof(SlabType::PixelType))
  {
    throw OutputError(path.string() + ": cannot be written: the file is incomplete, is the disk full?");
  }
}

VectorFieldType::Pointer
ReadVectorFieldNrrd(const std::filesystem::path & path)
{
  auto imageIO = itk::NrrdImageIO::New();
  auto reader = itk::ImageFileReader<SlabType>::New();
  reader->SetImageIO(imageIO);
  reader->SetFileName(path.string());
  try
  {
    imageIO->SetFileName(path.string());
    imageIO->ReadImageInformation();
    if (imageIO->GetNumberOfComponents() != 3)
    {
      throw InputError(path.string() + ": not a vector field: " + std::to_string(imageIO->GetNumberOfComponents()) +
                       " component(s) per pixel, expected 3");
    }
    reader->Update();
  }
  catch (const Error &)
  {
    throw;
  }
  catch (const itk::ExceptionObject & exception)
  {
    throw InputError(path.string() + ": cannot be read as NRRD: " + exception.GetDescription());
  }
  const SlabType & slab = *reader->GetOutput();
  const auto size = slab.GetLargestPossibleRegion().GetSize();
  if (size[2] != 1)
  {
    throw InputError(path.string() + ": " + std::to_string(size[2]) + " slices, expected 1");
  }
  auto field = VectorFieldType::New();
  field->SetRegions(VectorFieldType::SizeType{{size[0], size[1]}});
  VectorFieldType::SpacingType spacing;
  VectorFieldType::PointType origin;
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    spacing[axis] = slab.GetSpacing()[axis];
    origin[axis] = slab.GetOrigin()[axis];
  }
  field->SetSpacing(spacing);
  field->SetOrigin(origin);
  field->Allocate();
  field->SetMetaDataDictionary(slab.GetMetaDataDictionary());
  itk::ImageRegionConstIterator<SlabType> from(&slab, slab.GetBufferedRegion());
  itk::ImageRegionIterator<VectorFieldType> to(field, field->GetBufferedRegion());
  for (; !from.IsAtEnd(); ++from, ++to)
  {
    VectorFieldType::PixelType vector;
    vector[0] = from.Get()[0];
    vector[1] = from.Get()[1];
    to.Set(vector);
  }
  return field;
}

void
WriteJson(const nlohmann::json & document, const std::filesystem::path & path)
{
  // A file name that is not UTF-8 must not cost the whole result.
  WriteBytes(path, document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}
} // namespace ferro
