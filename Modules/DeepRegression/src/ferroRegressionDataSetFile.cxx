#include "ferroArrayFile.h"
#include "ferroErrors.h"
#include "ferroRegressionDataSet.h"

#include <cmath>
#include <cstdio>

namespace ferro
{
namespace
{
const char * const FormatName = "ferroscope-stack";
constexpr long MaximumImages = 10000;

std::string
Folder(std::size_t index)
{
  char text[32];
  std::snprintf(text, sizeof(text), "images/%04zu", index);
  return text;
}

nlohmann::json
Describe(const RegressionDataSet & data)
{
  nlohmann::json json;
  json["format"] = FormatName;
  json["version"] = 1;
  json["model"] = data.description.ToJson();
  json["neighbours"] = {{"maximum_px", data.neighbours.maximumPx}, {"minimum_px", data.neighbours.minimumPx}};
  for (const auto & image : data.images)
  {
    const auto & frame = image.frame;
    json["images"].push_back(
      {{"name", image.name},
       {"image_size_px", {frame.imageWidth, frame.imageHeight}},
       {"to_image", {frame.toImage(0, 0), frame.toImage(0, 1), frame.toImage(1, 0), frame.toImage(1, 1)}},
       {"origin_px", {frame.origin.x(), frame.origin.y()}},
       {"train_region_px", {image.trainLow.x(), image.trainLow.y(), image.trainHigh.x(), image.trainHigh.y()}},
       {"pixel_size_nm", image.pixelSizeNm},
       {"mean", image.statistics.mean},
       {"deviation", image.statistics.deviation}});
  }
  return json;
}

void
Write(const RegressionDataSet & data, ArrayFileWriter & writer)
{
  const auto targets = static_cast<long>(data.description.targets.size());
  for (std::size_t k = 0; k < data.images.size(); ++k)
  {
    const auto & image = data.images[k];
    writer.Append(Folder(k) + "/pixels", {image.frame.width}, image.frame.height, image.pixels.data());
    std::vector<float> places;
    for (const auto & point : image.labels->GetPoints())
    {
      places.push_back(static_cast<float>(point.x()));
      places.push_back(static_cast<float>(point.y()));
    }
    const auto count = static_cast<long>(image.labels->Size());
    writer.Append(Folder(k) + "/positions", {2}, count, places.data());
    writer.Append(Folder(k) + "/values", {targets}, count, image.values.data());
    if (!image.variances.empty())
    {
      writer.Append(Folder(k) + "/variances", {2}, count, image.variances.data());
    }
  }
}

/** The windows of a data set, found one after another and written in batches. */
class WindowWriter
{
public:
  WindowWriter(const RegressionDataSet & data, const RegressionDataSet::WindowOptions & options,
               ArrayFileWriter & writer)
    : m_Data(data), m_Options(options), m_Writer(writer), m_Values(data.description.targets.size())
  {
  }

  void
  Offer(std::size_t index, long x, long y, const float * values)
  {
    const auto & image = m_Data.images[index];
    const long edge = m_Options.windowPx;
    const double place[2] = {static_cast<double>(x), static_cast<double>(y)};
    const auto size = static_cast<double>(edge);
    const bool held = x >= 0 && y >= 0 && x + edge <= image.frame.width && y + edge <= image.frame.height;
    const DataPart part = held ? image.GetPart(place[0], place[1], size, size) : DataPart::None;
    const Eigen::Vector2d middle(place[0] + 0.5 * (size - 1.0), place[1] + 0.5 * (size - 1.0));
    if (part == DataPart::None || (!values && !m_Data.GetTarget(image, middle, m_Values.data())))
    {
      ++counts.leftOut;
      return;
    }
    (part == DataPart::Train ? counts.train : counts.test) += 1;
    for (long row = 0; row < edge; ++row)
    {
      const auto first = image.pixels.begin() + (y + row) * image.frame.width + x;
      m_Pixels.insert(m_Pixels.end(), first, first + edge);
    }
    const float * found = values ? values : m_Values.data();
    m_Targets.insert(m_Targets.end(), found, found + m_Values.size());
    m_Places.push_back(static_cast<std::int32_t>(x));
    m_Places.push_back(static_cast<std::int32_t>(y));
    m_Images.push_back(static_cast<std::int32_t>(index));
    m_Parts.push_back(part == DataPart::Train ? 0 : 1);
    if (m_Parts.size() >= 256)
    {
      this->Flush();
    }
  }

  void
  Flush()
  {
    const auto count = static_cast<long>(m_Parts.size());
    m_Writer.Append("windows/pixels", {m_Options.windowPx, m_Options.windowPx}, count, m_Pixels.data());
    m_Writer.Append("windows/targets", {static_cast<long>(m_Values.size())}, count, m_Targets.data());
    m_Writer.Append("windows/first_px", {2}, count, m_Places.data());
    m_Writer.Append("windows/image", {}, count, m_Images.data());
    m_Writer.Append("windows/part", {}, count, m_Parts.data());
    m_Pixels.clear();
    m_Targets.clear();
    m_Places.clear();
    m_Images.clear();
    m_Parts.clear();
  }

  RegressionDataSet::WindowCounts counts;

private:
  const RegressionDataSet & m_Data;
  const RegressionDataSet::WindowOptions & m_Options;
  ArrayFileWriter & m_Writer;
  std::vector<float> m_Values;
  std::vector<float> m_Pixels;
  std::vector<float> m_Targets;
  std::vector<std::int32_t> m_Places;
  std::vector<std::int32_t> m_Images;
  std::vector<std::int32_t> m_Parts;
};

std::vector<double>
GetNumbers(const nlohmann::json & json, const char * key, std::size_t count)
{
  const auto values = json.at(key).get<std::vector<double>>();
  bool good = values.size() == count;
  for (const double value : values)
  {
    good = good && std::isfinite(value) && std::abs(value) < 1e9;
  }
  if (!good)
  {
    throw InputError(std::string("description: '") + key + "' must hold " + std::to_string(count) + " numbers");
  }
  return values;
}

LabelledImage
ReadImage(const ArrayFileReader & reader, const nlohmann::json & json, const std::string & folder, long targets)
{
  LabelledImage image;
  image.name = json.at("name").get<std::string>();
  const auto size = GetNumbers(json, "image_size_px", 2);
  const auto matrix = GetNumbers(json, "to_image", 4);
  const auto origin = GetNumbers(json, "origin_px", 2);
  const auto region = GetNumbers(json, "train_region_px", 4);
  image.frame.imageWidth = static_cast<long>(size[0]);
  image.frame.imageHeight = static_cast<long>(size[1]);
  image.frame.toImage << matrix[0], matrix[1], matrix[2], matrix[3];
  image.frame.origin = {origin[0], origin[1]};
  image.trainLow = {region[0], region[1]};
  image.trainHigh = {region[2], region[3]};
  image.pixelSizeNm = json.value("pixel_size_nm", 0.0);
  image.statistics.mean = json.at("mean").get<double>();
  image.statistics.deviation = json.at("deviation").get<double>();
  const auto shape = reader.GetShape(folder + "/pixels");
  const auto places = reader.GetShape(folder + "/positions");
  const auto values = reader.GetShape(folder + "/values");
  if (shape.size() != 2 || places.size() != 2 || places[1] != 2 || values != std::vector<long>{places[0], targets} ||
      !(image.frame.GetMagnification() > 0.0))
  {
    throw InputError(folder + ": its arrays do not belong together; expected pixels (rows, columns), positions (N, 2) "
                              "and values (N, targets)");
  }
  image.frame.height = shape[0];
  image.frame.width = shape[1];
  image.pixels = reader.Read(folder + "/pixels", 0, shape[0]);
  image.values = reader.Read(folder + "/values", 0, values[0]);
  const auto points = reader.Read(folder + "/positions", 0, places[0]);
  if (reader.Has(folder + "/variances") && reader.GetShape(folder + "/variances") == places)
  {
    image.variances = reader.Read(folder + "/variances", 0, places[0]);
  }
  for (const auto * numbers : std::initializer_list<const std::vector<float> *>{&image.pixels, &image.values, &points})
  {
    for (const float number : *numbers)
    {
      if (!std::isfinite(number))
      {
        throw InputError(folder + ": holds numbers that are not finite");
      }
    }
  }
  std::vector<Eigen::Vector2d> positions;
  for (std::size_t k = 0; k + 1 < points.size(); k += 2)
  {
    positions.emplace_back(points[k], points[k + 1]);
  }
  image.labels = std::make_shared<PointLocator>(std::move(positions));
  return image;
}
} // namespace

void
RegressionDataSet::Save(const std::filesystem::path & file) const
{
  ArrayFileWriter writer(file);
  writer.WriteDescription(Describe(*this).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  Write(*this, writer);
  writer.Close();
}

RegressionDataSet::WindowCounts
RegressionDataSet::SaveWithWindows(const std::filesystem::path & file, const WindowOptions & options,
                                   const std::function<void(double)> & progress) const
{
  ArrayFileWriter writer(file);
  nlohmann::json json = Describe(*this);
  json["windows"] = {{"sampling", options.centered ? "C" : "NC"}, {"window_px", options.windowPx}};
  if (!options.centered)
  {
    json["windows"]["stride_px"] = options.stridePx;
  }
  writer.WriteDescription(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  Write(*this, writer);
  WindowWriter windows(*this, options, writer);
  const long edge = options.windowPx;
  for (std::size_t k = 0; k < images.size(); ++k)
  {
    const auto & image = images[k];
    if (progress)
    {
      progress(static_cast<double>(k) / static_cast<double>(images.size()));
    }
    if (options.centered)
    {
      const auto & points = image.labels->GetPoints();
      const double half = 0.5 * static_cast<double>(edge - 1);
      for (std::size_t n = 0; n < points.size(); ++n)
      {
        windows.Offer(k, std::lround(points[n].x() - half), std::lround(points[n].y() - half),
                      image.values.data() + n * description.targets.size());
      }
      continue;
    }
    for (long y = 0; y + edge <= image.frame.height; y += options.stridePx)
    {
      for (long x = 0; x + edge <= image.frame.width; x += options.stridePx)
      {
        windows.Offer(k, x, y, nullptr);
      }
    }
  }
  windows.Flush();
  writer.Close();
  return windows.counts;
}

RegressionDataSet
RegressionDataSet::Load(const std::filesystem::path & file)
{
  const ArrayFileReader reader(file);
  const auto json = nlohmann::json::parse(reader.GetDescription(), nullptr, false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != FormatName)
  {
    reader.Fail("not a data set for networks (expected a file that 'extract' wrote)");
  }
  RegressionDataSet data;
  try
  {
    data.description = ModelDescription::FromJson(json.at("model"));
    data.neighbours.maximumPx = json.at("neighbours").at("maximum_px").get<double>();
    data.neighbours.minimumPx = json.at("neighbours").at("minimum_px").get<double>();
    const auto & images = json.at("images");
    if (!images.is_array() || images.size() > static_cast<std::size_t>(MaximumImages))
    {
      throw InputError("description: 'images' must be a list");
    }
    for (std::size_t k = 0; k < images.size(); ++k)
    {
      data.images.push_back(
        ReadImage(reader, images[k], Folder(k), static_cast<long>(data.description.targets.size())));
    }
  }
  catch (const nlohmann::json::exception &)
  {
    reader.Fail("the description of the data set is damaged");
  }
  catch (const InputError & error)
  {
    if (error.GetMessage().find(file.string()) != std::string::npos)
    {
      throw;
    }
    reader.Fail(error.GetMessage());
  }
  return data;
}
} // namespace ferro
