#include "ferroImageGeometry.h"

#include "itkMetaDataObject.h"

namespace ferro
{
ImageGeometry
GetImageGeometry(const itk::ImageBase<2> & image)
{
  ImageGeometry geometry;
  const auto size = image.GetLargestPossibleRegion().GetSize();
  geometry.width = static_cast<long>(size[0]);
  geometry.height = static_cast<long>(size[1]);
  const auto spacing = image.GetSpacing();
  geometry.calibrated = spacing[0] != 1.0 || spacing[1] != 1.0;
  std::string stated;
  if (itk::ExposeMetaData<std::string>(image.GetMetaDataDictionary(), CalibratedKey, stated))
  {
    geometry.calibrated = stated == "1";
  }
  if (geometry.calibrated)
  {
    geometry.pixelSizeNm = {spacing[0], spacing[1]};
  }
  return geometry;
}
} // namespace ferro
