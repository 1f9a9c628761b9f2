#include "ferroHdf5ImageFile.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroHdf5Frame.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ferro
{
namespace
{
// The letter of an axis: 'x' for "X", "R_x", "Qx", "x (nm)", "width"; 0 when the name says nothing.
char
AxisLetter(const std::string & name)
{
  std::string text;
  for (const char c : name)
  {
    if (c == ' ' || c == '(' || c == '[' || c == '-')
    {
      break;
    }
    text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (text == "width" || text == "column" || text == "columns")
  {
    return 'x';
  }
  if (text == "height" || text == "row" || text == "rows")
  {
    return 'y';
  }
  if (text.empty() || (text.back() != 'x' && text.back() != 'y'))
  {
    return 0;
  }
  const std::string before = text.substr(0, text.size() - 1);
  static const char * const prefixes[] = {"", "r", "r_", "q", "q_", "k", "k_", "pos_", "scan_", "axis_"};
  const bool known =
    std::any_of(std::begin(prefixes), std::end(prefixes), [&](const char * prefix) { return before == prefix; });
  return known ? text.back() : '\0';
}
} // namespace

bool
IsNamedX(const std::string & name)
{
  return AxisLetter(name) == 'x';
}

bool
IsNamedY(const std::string & name)
{
  return AxisLetter(name) == 'y';
}

std::vector<std::size_t>
OrderByNames(const std::vector<std::string> & names)
{
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (names.size() != 2 && names.size() != 3)
  {
    return order;
  }
  const auto x = std::find_if(names.begin(), names.end(), IsNamedX);
  const auto y = std::find_if(names.begin(), names.end(), IsNamedY);
  if (x == names.end() || y == names.end())
  {
    return order;
  }
  const auto ix = static_cast<std::size_t>(x - names.begin());
  const auto iy = static_cast<std::size_t>(y - names.begin());
  if (names.size() == 2)
  {
    return {iy, ix};
  }
  return {3 - ix - iy, iy, ix};
}

Hdf5ImageFile::Hdf5ImageFile(const std::filesystem::path & path) : MicroscopyFile(path), m_File(path)
{
}

bool
Hdf5ImageFile::Matches(const FileHead & head, const std::function<bool(const Hdf5File &)> & test)
{
  if (!head.IsHdf5())
  {
    return false;
  }
  try
  {
    const Hdf5File file(head.path);
    return test(file);
  }
  catch (const InputError &)
  {
    return false;
  }
}

bool
Hdf5ImageFile::HasPixels(int image) const
{
  const Source & source = m_Sources.at(static_cast<std::size_t>(image));
  return source.data.real && (source.order.size() == 2 || source.order.size() == 3);
}

long
Hdf5ImageFile::GetRowsPerBlock(int image) const
{
  const Source & source = m_Sources.at(static_cast<std::size_t>(image));
  return GetHdf5RowsPerBlock(source.data, source.order);
}

void
Hdf5ImageFile::ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink)
{
  const Source & source = m_Sources.at(static_cast<std::size_t>(image));
  ReadHdf5Frame(m_File, source.data, source.order, frame, region, sink);
}

ImageInfo &
Hdf5ImageFile::AddDataSet(const std::string & title, Hdf5File::DataSet data, const std::vector<std::size_t> & order)
{
  if (data.dtype == "other")
  {
    m_File.Fail("the data of '" + title + "' are not numbers");
  }
  std::vector<long> shape;
  for (const std::size_t axis : order)
  {
    shape.push_back(data.shape.at(axis));
  }
  ImageInfo & image = this->AddImage(title, data.dtype, shape);
  image.readable = data.real && (shape.size() == 2 || shape.size() == 3);
  m_Sources.push_back({std::move(data), order});
  return image;
}

ImageInfo &
Hdf5ImageFile::AddDataSet(const std::string & title, Hdf5File::DataSet data)
{
  std::vector<std::size_t> order(data.shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return this->AddDataSet(title, std::move(data), order);
}

void
Hdf5ImageFile::Try(const std::function<void()> & add)
{
  try
  {
    add();
  }
  catch (const InputError & error)
  {
    m_Problem = m_Problem.empty() ? error.GetMessage() : m_Problem;
  }
}

void
Hdf5ImageFile::RequireImages(const std::string & reason)
{
  if (m_Info.images.empty())
  {
    if (!m_Problem.empty())
    {
      throw InputError(m_Problem);
    }
    this->Fail(reason);
  }
  if (!m_Problem.empty())
  {
    m_Info.metadata["problem"] = m_Problem;
  }
}

void
Hdf5ImageFile::CalibrateFromVector(AxisInfo & axis, const std::string & path, const std::string & unit) const
{
  if (!m_File.IsDataSet(path))
  {
    return;
  }
  try
  {
    const Hdf5File::DataSet data = m_File.OpenDataSet(path);
    // A single step of one sample has no length; a vector of another length belongs to something else.
    if (!data.real || data.shape.size() != 1 || data.shape[0] < 2 || (data.shape[0] != axis.size && data.shape[0] != 2))
    {
      return;
    }
    double first[2];
    double last = 0.0;
    m_File.Read(data, {0}, {2}, first);
    m_File.Read(data, {static_cast<hsize_t>(data.shape[0] - 1)}, {1}, &last);
    const double step = first[1] - first[0];
    const double length = static_cast<double>(data.shape[0] - 1) * step;
    // Vectors of 32-bit floats are never quite even.
    if (std::abs(last - first[0] - length) <= 0.01 * std::abs(length))
    {
      CalibrateAxis(axis, step, first[0], unit);
    }
  }
  catch (const InputError &)
  {
    // An axis that cannot be read is not calibrated; the pixels are good all the same.
  }
}

void
Hdf5ImageFile::KeepNumber(ImageInfo & image, const std::string & object, const char * attribute, const char * key,
                          double factor) const
{
  const auto value = m_File.GetNumber(object, attribute);
  if (value && std::isfinite(*value))
  {
    image.metadata[key] = NumberText(*value * factor);
  }
}

void
Hdf5ImageFile::KeepText(ImageInfo & image, const std::string & object, const char * attribute, const char * key) const
{
  const auto value = m_File.GetText(object, attribute);
  if (value && !value->empty())
  {
    image.metadata[key] = *value;
  }
}
} // namespace ferro
