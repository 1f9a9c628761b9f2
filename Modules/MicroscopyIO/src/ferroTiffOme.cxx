// OME-TIFF: XML in the description of the first page tells which directory holds which plane of which image.
#include "ferroTiffOme.h"

#include "ferroAxisUnits.h"
#include "ferroXmlText.h"

#include <algorithm>

namespace ferro
{
namespace
{
// Of all images together. No real file comes near; a hostile one may claim anything.
constexpr long MaximumPlanes = 100000;
constexpr long MaximumSteps = 1000000;
constexpr std::size_t MaximumImages = 1000;
constexpr std::size_t MaximumTag = 1U << 13;

long
Count(const std::string & text, long otherwise)
{
  const double value = ParseNumber(text);
  return value >= 0.0 && value <= 1e9 ? static_cast<long>(value) : otherwise;
}

// The tag <name ...> from a place on, without its end; `at` becomes its place, npos when there is none.
std::string
Tag(const std::string & xml, const std::string & name, std::size_t & at)
{
  const std::string open = "<" + name;
  for (at = xml.find(open, at); at != std::string::npos; at = xml.find(open, at + 1))
  {
    const std::size_t behind = at + open.size();
    if (behind < xml.size() && std::string(" \t\r\n/>").find(xml[behind]) != std::string::npos)
    {
      const auto begin = xml.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = begin + static_cast<std::ptrdiff_t>(std::min(MaximumTag, xml.size() - at));
      const auto end = std::find(begin, last, '>');
      if (end != last)
      {
        return {begin, end};
      }
    }
  }
  return {};
}

std::string
FirstTag(const std::string & xml, const std::string & name)
{
  std::size_t at = 0;
  return Tag(xml, name, at);
}

/** Lengths of an image beyond its rows and columns, and in which order its planes follow each other. */
struct Planes
{
  long z = 1;
  long c = 1;
  long t = 1;
  std::string order; ///< of the letters Z, C and T, the fastest first

  long
  Length(char axis) const
  {
    return axis == 'Z' ? z : axis == 'C' ? c : t;
  }
  long
  Total() const
  {
    return z * c * t;
  }
  long
  Index(long atZ, long atC, long atT) const
  {
    long index = 0;
    long step = 1;
    for (const char axis : order)
    {
      index += step * (axis == 'Z' ? atZ : axis == 'C' ? atC : atT);
      step *= this->Length(axis);
    }
    return index;
  }
  long
  Channel(long index) const
  {
    for (const char axis : order)
    {
      if (axis == 'C')
      {
        return index % c;
      }
      index /= this->Length(axis);
    }
    return 0;
  }
};

Planes
ReadPlanes(const std::string & xml, const std::string & pixels)
{
  Planes planes;
  planes.z = std::max(1L, Count(XmlAttribute(pixels, "SizeZ"), 1));
  planes.t = std::max(1L, Count(XmlAttribute(pixels, "SizeT"), 1));
  planes.c = std::max(1L, Count(XmlAttribute(pixels, "SizeC"), 1));
  // Samples of one pixel count as channels, but share a plane.
  const long samples = std::max(1L, Count(XmlAttribute(FirstTag(xml, "Channel"), "SamplesPerPixel"), 1));
  planes.c = planes.c % samples == 0 ? planes.c / samples : planes.c;
  const std::string order = XmlAttribute(pixels, "DimensionOrder");
  for (const char axis : order + "ZCT")
  {
    if ((axis == 'Z' || axis == 'C' || axis == 'T') && planes.order.find(axis) == std::string::npos)
    {
      planes.order += axis;
    }
  }
  return planes;
}

/** Whether the pixels that a <TiffData> describes are in this file: it names no file, or this one. */
bool
IsHere(const std::string & data, const std::string & ownUuid, const std::string & ownName)
{
  const std::string tag = FirstTag(data, "UUID");
  const std::string uuid = XmlElement(data, "UUID");
  if (!uuid.empty() && !ownUuid.empty())
  {
    return uuid == ownUuid;
  }
  const std::string name = XmlAttribute(tag, "FileName");
  return name.empty() || name == ownName;
}

/** What the description of one image leaves to those of the next. */
struct Rest
{
  long directory = 0;          ///< the first that no image has used
  long planes = MaximumPlanes; ///< that may still be declared
  long steps = MaximumSteps;   ///< that may still be spent on naming them
};

// Directory of each plane, -1 for those that are not here.
std::vector<long>
DirectoriesOf(const std::string & xml, const Planes & planes, const std::string & ownUuid, const std::string & ownName,
              Rest & rest)
{
  std::vector<long> directories(static_cast<std::size_t>(planes.Total()), -1);
  std::size_t at = 0;
  bool said = false;
  for (std::string tag = Tag(xml, "TiffData", at); at != std::string::npos && rest.steps > 0;
       tag = Tag(xml, "TiffData", at))
  {
    said = true;
    constexpr std::size_t length = 1024; // of the name of a file and its identifier
    std::string inside = tag.back() == '/' ? std::string() : xml.substr(at + tag.size(), length);
    inside = inside.substr(0, inside.find("</TiffData>"));
    const std::string first = XmlAttribute(tag, "IFD");
    const long begin = planes.Index(Count(XmlAttribute(tag, "FirstZ"), 0), Count(XmlAttribute(tag, "FirstC"), 0),
                                    Count(XmlAttribute(tag, "FirstT"), 0));
    const long count = Count(XmlAttribute(tag, "PlaneCount"), first.empty() ? planes.Total() : 1);
    long directory = Count(first, 0);
    rest.steps -= 10;
    if (IsHere(inside, ownUuid, ownName))
    {
      for (long k = std::max(0L, begin); k < planes.Total() && k - begin < count && rest.steps > 0; ++k, --rest.steps)
      {
        directories[static_cast<std::size_t>(k)] = directory++;
      }
      rest.directory = std::max(rest.directory, directory);
    }
    at += tag.size();
  }
  if (!said)
  {
    for (long & directory : directories)
    {
      directory = rest.directory++;
    }
  }
  return directories;
}

// The image that stands between two places of the XML: one <Image> with its <Pixels>.
void
DescribeImage(const std::string & xml, const std::string & ownUuid, const std::string & ownName, Rest & rest,
              TiffDescription & part)
{
  const std::string pixels = FirstTag(xml, "Pixels");
  if (pixels.empty())
  {
    return;
  }
  const auto calibrate = [&](AxisInfo & axis, const char * letter)
  {
    const std::string name = std::string("PhysicalSize") + letter;
    const std::string unit = XmlAttribute(pixels, name + "Unit");
    CalibrateAxis(axis, ParseNumber(XmlAttribute(pixels, name)), 0.0, unit.empty() ? "um" : unit);
  };
  calibrate(part.x, "X");
  calibrate(part.y, "Y");
  const Planes planes = ReadPlanes(xml, pixels);
  if (planes.z > 1 || planes.t == 1)
  {
    calibrate(part.frame, "Z");
  }
  else
  {
    const std::string unit = XmlAttribute(pixels, "TimeIncrementUnit");
    CalibrateAxis(part.frame, ParseNumber(XmlAttribute(pixels, "TimeIncrement")), 0.0, unit.empty() ? "s" : unit);
  }
  part.title = XmlAttribute(FirstTag(xml, "Image"), "Name");
  const std::string date = XmlElement(xml, "AcquisitionDate");
  if (!date.empty())
  {
    part.metadata["date"] = date.substr(0, 40);
  }
  if (planes.z > rest.planes || planes.c > rest.planes || planes.t > rest.planes || planes.Total() > rest.planes)
  {
    return;
  }
  rest.planes -= planes.Total();
  part.stacks.resize(static_cast<std::size_t>(planes.c));
  const std::vector<long> directories = DirectoriesOf(xml, planes, ownUuid, ownName, rest);
  for (long k = 0; k < planes.Total(); ++k)
  {
    if (directories[static_cast<std::size_t>(k)] >= 0)
    {
      part.stacks[static_cast<std::size_t>(planes.Channel(k))].push_back(
        static_cast<std::size_t>(directories[static_cast<std::size_t>(k)]));
    }
  }
}

// Prefixes of a namespace are left out: <ome:Image> is <Image>.
std::string
WithoutPrefix(const std::string & xml)
{
  std::string result;
  for (std::size_t at = 0; at < xml.size(); ++at)
  {
    const bool behind = !result.empty() && (result.back() == '<' || result.back() == '/');
    if (behind && (xml.compare(at, 4, "ome:") == 0 || xml.compare(at, 4, "OME:") == 0))
    {
      at += 3;
    }
    else
    {
      result += xml[at];
    }
  }
  return result;
}
} // namespace

void
DescribeOme(const std::string & text, const std::filesystem::path & file, TiffDescription & result)
{
  result.format = "TIFF (OME)";
  const bool prefixed = text.find("<ome:") != std::string::npos || text.find("<OME:") != std::string::npos;
  const std::string xml = prefixed ? WithoutPrefix(text) : text;
  const std::string uuid = XmlAttribute(FirstTag(xml, "OME"), "UUID");
  const std::string companion = XmlAttribute(FirstTag(xml, "BinaryOnly"), "MetadataFile");
  if (!companion.empty())
  {
    result.metadata["note"] = "its calibration is in another file, " + companion.substr(0, 200);
  }
  std::vector<std::size_t> places;
  std::size_t at = 0;
  for (Tag(xml, "Image", at); at != std::string::npos && places.size() < MaximumImages; Tag(xml, "Image", ++at))
  {
    places.push_back(at);
  }
  Rest rest;
  for (std::size_t k = 0; k < places.size(); ++k)
  {
    const std::size_t end = k + 1 < places.size() ? places[k + 1] : xml.size();
    TiffDescription part;
    DescribeImage(xml.substr(places[k], end - places[k]), uuid, file.filename().string(), rest, part);
    result.parts.push_back(part);
  }
  if (!result.parts.empty())
  {
    // Where the directories do not fit, the first image's description stands for all.
    const TiffDescription & first = result.parts.front();
    result.title = first.title;
    result.x = first.x;
    result.y = first.y;
    result.frame = first.frame;
    result.metadata.insert(first.metadata.begin(), first.metadata.end());
  }
}
} // namespace ferro
