#include "ferroWrittenMetadata.h"

#include "ferroAxisUnits.h"

#include "itkMetaDataObject.h"

namespace ferro
{
namespace
{
constexpr std::size_t MaximumLength = 1500;

// Cut in front of a character, never within one.
std::string
Shortened(const std::string & text)
{
  if (text.size() <= MaximumLength)
  {
    return text;
  }
  std::size_t length = MaximumLength - 3;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
  {
    --length;
  }
  return text.substr(0, length) + "...";
}
} // namespace

std::map<std::string, std::string>
GetWrittenMetadata(const MicrographType & image)
{
  std::map<std::string, std::string> result;
  const std::string prefix = MetadataPrefix;
  for (const std::string & key : image.GetMetaDataDictionary().GetKeys())
  {
    std::string value;
    if (key.rfind(prefix, 0) == 0 && itk::ExposeMetaData(image.GetMetaDataDictionary(), key, value))
    {
      value = CleanText(value);
      if (!value.empty())
      {
        result[key.substr(prefix.size())] = Shortened(value);
      }
    }
  }
  const bool calibrated = GetImageGeometry(image).calibrated;
  result["calibrated"] = calibrated ? "1" : "0";
  result["lengthUnit"] = calibrated ? "nm" : "px";
  return result;
}

bool
IsListedMetadata(const std::string & key)
{
  return key != "title" && key != "calibrated" && key != "lengthUnit" && key != "format";
}
} // namespace ferro
