#include "ferroInfoText.h"

#include <charconv>

namespace ferro
{
namespace
{
std::string
Number(double value, int digits = 5)
{
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::general, digits);
  return std::string(text, end.ptr);
}

// A length in the unit that makes it easy to read.
std::string
Length(double nm, int digits = 5)
{
  if (nm < 0.1)
  {
    return Number(1000.0 * nm, digits) + " pm";
  }
  if (nm < 1000.0)
  {
    return Number(nm, digits) + " nm";
  }
  return nm < 1e6 ? Number(1e-3 * nm, digits) + " um" : Number(1e-6 * nm, digits) + " mm";
}

std::string
Step(const AxisInfo & axis)
{
  return axis.unit == "nm" ? Length(axis.scale) : Number(axis.scale) + " " + axis.unit;
}

std::string
Line(const std::string & label, const std::string & value)
{
  return "    " + label + std::string(label.size() < 16 ? 16 - label.size() : 1, ' ') + value + "\n";
}

// Keys of the metadata in the words of a person, with their units.
std::string
Label(const std::string & key)
{
  static const struct
  {
    const char * ending;
    const char * unit;
  } units[] = {{"_kV", "kV"}, {"_mm", "mm"}, {"_us", "us"}, {"_mrad", "mrad"}, {"_deg", "deg"}, {"_s", "s"}};
  std::string name = key;
  for (const auto & unit : units)
  {
    const std::string ending = unit.ending;
    if (name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0)
    {
      name.resize(name.size() - ending.size());
      name += std::string(" [") + unit.unit + "]";
      break;
    }
  }
  for (char & c : name)
  {
    c = c == '_' ? ' ' : c;
  }
  return name;
}

void
AppendCalibration(std::string & text, const ImageInfo & image)
{
  if (image.axes.size() < 2)
  {
    return;
  }
  const AxisInfo & x = image.axes.back();
  const AxisInfo & y = image.axes[image.axes.size() - 2];
  if (x.unit == "nm" && y.unit == "nm")
  {
    text += Line("pixel size", "x " + Step(x) + ", y " + Step(y));
    text += Line("field of view", Length(x.scale * static_cast<double>(x.size), 4) + " x " +
                                    Length(y.scale * static_cast<double>(y.size), 4));
  }
  else if (!x.unit.empty() || !y.unit.empty())
  {
    text += Line("axes", "x " + (x.unit.empty() ? "not calibrated" : Step(x)) + ", y " +
                           (y.unit.empty() ? "not calibrated" : Step(y)) + " (no pixel size in nm)");
  }
  else
  {
    text += Line("pixel size", std::string("not calibrated") + (image.readable ? ": pass --pixel-size-nm" : ""));
  }
  if (image.axes.size() == 3 && !image.axes[0].unit.empty())
  {
    text += Line("frame step", Step(image.axes[0]));
  }
}
} // namespace

std::string
DescribeFile(const std::filesystem::path & file, const FileInfo & info, const std::vector<ImageStatistics> & statistics)
{
  const std::size_t count = info.images.size();
  std::string text = file.filename().string() + ": " + info.format +
                     (count == 0 ? "" : ", " + std::to_string(count) + (count == 1 ? " image" : " images")) + "\n";
  for (const auto & [key, value] : info.metadata)
  {
    text += "  " + Label(key) + ": " + value + "\n";
  }
  for (std::size_t k = 0; k < count; ++k)
  {
    const ImageInfo & image = info.images[k];
    const ImageStatistics & figures = statistics[k];
    text +=
      "\n  image " + std::to_string(image.index) + (image.title.empty() ? " (no title)" : ": " + image.title) + "\n";
    text += Line(
      "type", image.dtype +
                (image.readable ? "" : " (listed only: not an image of real numbers in two axes, or a stack of them)"));
    const std::size_t axes = image.shape.size();
    if (axes >= 2 && (image.readable || axes == 2))
    {
      text += Line("size", std::to_string(image.shape[axes - 1]) + " x " + std::to_string(image.shape[axes - 2]) +
                             " px (width x height)");
    }
    else
    {
      std::string shape;
      for (const AxisInfo & axis : image.axes)
      {
        shape += (shape.empty() ? "" : " x ") + std::to_string(axis.size) + " (" + axis.name + ")";
      }
      text += Line("shape", shape);
    }
    if (image.readable && axes == 3)
    {
      text += Line("frames", std::to_string(image.shape[0]) + ": choose with --frame N or --frame mean");
    }
    AppendCalibration(text, image);
    if (figures.available)
    {
      text += Line("intensity", figures.finite == 0 ? "no finite pixel"
                                                    : Number(figures.minimum) + " to " + Number(figures.maximum) +
                                                        ", mean " + Number(figures.mean));
      if (figures.nonFinite > 0)
      {
        text += Line("not finite", std::to_string(figures.nonFinite) + " pixels are NaN or infinite");
      }
      if (!figures.sha256.empty())
      {
        text += Line("sha256 (f64)", figures.sha256);
      }
    }
    for (const auto & [key, value] : image.metadata)
    {
      text += Line(Label(key), value);
    }
  }
  return text;
}
} // namespace ferro
