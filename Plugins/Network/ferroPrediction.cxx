#include "ferroPrediction.h"

#include "ferroErrors.h"
#include "ferroPointLocator.h"

#include <Eigen/LU>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <numeric>

namespace ferro
{
namespace
{
constexpr double NovelAbove = 1.0;

std::string
Number(double value, int digits)
{
  if (!std::isfinite(value))
  {
    return "";
  }
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

/** \class TableFile
 * \brief A table that is written line by line, so that it need not fit into memory.
 */
class TableFile
{
public:
  explicit TableFile(const std::filesystem::path & file) : m_File(file), m_Stream(file, std::ios::binary)
  {
  }
  void
  Write(const std::string & text)
  {
    errno = 0;
    m_Stream << text;
    this->Check();
  }
  void
  Close()
  {
    errno = 0;
    m_Stream.close();
    this->Check();
  }

private:
  void
  Check()
  {
    if (!m_Stream)
    {
      throw OutputError(m_File.string() + ": cannot be written" +
                        (errno != 0 ? std::string(": ") + std::strerror(errno) : std::string()));
    }
  }

  std::filesystem::path m_File;
  std::ofstream m_Stream;
};
} // namespace

void
Finish(Agreement & agreement)
{
  const auto count = static_cast<double>(agreement.places.size());
  agreement.cells = static_cast<long>(agreement.places.size());
  if (agreement.places.size() < 2)
  {
    return;
  }
  Eigen::Vector2d meanM = Eigen::Vector2d::Zero();
  Eigen::Vector2d meanP = Eigen::Vector2d::Zero();
  for (std::size_t k = 0; k < agreement.places.size(); ++k)
  {
    meanM += agreement.measured[k] / count;
    meanP += agreement.predicted[k] / count;
  }
  Eigen::Vector2d mm = Eigen::Vector2d::Zero();
  Eigen::Vector2d pp = Eigen::Vector2d::Zero();
  Eigen::Vector2d mp = Eigen::Vector2d::Zero();
  double both = 0.0;
  double square = 0.0;
  for (std::size_t k = 0; k < agreement.places.size(); ++k)
  {
    const Eigen::Vector2d m = agreement.measured[k] - meanM;
    const Eigen::Vector2d p = agreement.predicted[k] - meanP;
    mm += m.cwiseAbs2();
    pp += p.cwiseAbs2();
    mp += m.cwiseProduct(p);
    both += agreement.measured[k].dot(agreement.predicted[k]);
    square += agreement.measured[k].squaredNorm();
    agreement.rms += 0.5 * (agreement.predicted[k] - agreement.measured[k]).squaredNorm() / count;
  }
  agreement.correlation = mp.cwiseQuotient(mm.cwiseProduct(pp).cwiseSqrt().cwiseMax(1e-30));
  agreement.slope = both / std::max(1e-30, square);
  agreement.bias = meanP - meanM;
  agreement.rms = std::sqrt(agreement.rms);
}

int
Prediction::Find(TargetKind kind) const
{
  for (std::size_t k = 0; k < targets.size(); ++k)
  {
    if (targets[k].kind == kind)
    {
      return static_cast<int>(k);
    }
  }
  return -1;
}

void
TakeGrid(const DCNNRegressionImageFilter & filter, const itk::VectorImage<float, 2> & output, long every, long first,
         long end, Prediction & prediction)
{
  prediction.geometry = GetImageGeometry(*filter.GetInput());
  prediction.names = filter.GetComponentNames();
  const auto width = static_cast<long>(output.GetLargestPossibleRegion().GetSize(0));
  const auto components = static_cast<std::size_t>(output.GetNumberOfComponentsPerPixel());
  for (long y = (first + every - 1) / every * every; y < end; y += every)
  {
    const float * row =
      output.GetBufferPointer() + static_cast<std::size_t>(output.ComputeOffset({{0, y}})) * components;
    for (long x = 0; x < width; x += every)
    {
      const float * values = row + static_cast<std::size_t>(x) * components;
      if (std::isfinite(values[0]))
      {
        prediction.places.push_back(filter.GetPlace(x, y));
        prediction.indices.emplace_back(static_cast<int>(x / every), static_cast<int>(y / every));
        prediction.values.insert(prediction.values.end(), values, values + components);
      }
    }
  }
  prediction.steps.col(0) = filter.GetPlace(every, 0) - filter.GetPlace(0, 0);
  prediction.steps.col(1) = filter.GetPlace(0, every) - filter.GetPlace(0, 0);
}

UnitCellSet::Pointer
MakeCells(const Prediction & prediction)
{
  auto cells = UnitCellSet::New();
  cells->SetGeometry(prediction.geometry);
  const Eigen::Vector2d scale = prediction.geometry.VectorScale();
  const int x = prediction.Find(TargetKind::VectorX);
  const int y = prediction.Find(TargetKind::VectorY);
  const std::pair<TargetKind, double UnitCell::*> others[] = {{TargetKind::EdgeA, &UnitCell::a},
                                                              {TargetKind::EdgeB, &UnitCell::b},
                                                              {TargetKind::Area, &UnitCell::area},
                                                              {TargetKind::Gamma, &UnitCell::gamma}};
  const std::size_t targets = prediction.targets.size();
  for (std::size_t k = 0; k < prediction.places.size(); ++k)
  {
    UnitCell cell;
    cell.position = prediction.places[k];
    cell.i = prediction.indices[k].first;
    cell.j = prediction.indices[k].second;
    const auto get = [&](int target)
    { return static_cast<double>(prediction.Get(k, static_cast<std::size_t>(target))); };
    if (x >= 0 && y >= 0)
    {
      cell.polarization = Eigen::Vector2d(get(x), get(y)).cwiseQuotient(scale);
      const double sx = prediction.Get(k, targets + static_cast<std::size_t>(x)) / scale.x();
      const double sy = prediction.Get(k, targets + static_cast<std::size_t>(y)) / scale.y();
      cell.covariance(0, 0) = sx * sx;
      cell.covariance(1, 1) = sy * sy;
    }
    for (const auto & [kind, member] : others)
    {
      const int target = prediction.Find(kind);
      if (target >= 0)
      {
        cell.*member = get(target) * (kind == TargetKind::Gamma ? 3.14159265358979323846 / 180.0 : 1.0);
      }
    }
    cell.flags = prediction.Novelty(k) > NovelAbove ? FlagOutlier : FlagNone;
    cells->GetCells().push_back(cell);
  }
  return cells;
}

void
WritePrediction(const Prediction & prediction, const std::filesystem::path & file)
{
  TableFile table(file);
  std::string text = "id,i,j,x_px,y_px,x_nm,y_nm";
  for (const auto & name : prediction.names)
  {
    text += "," + name;
  }
  table.Write(text + "\n");
  for (std::size_t k = 0; k < prediction.places.size(); ++k)
  {
    const Eigen::Vector2d & px = prediction.places[k];
    const Eigen::Vector2d nm = prediction.geometry.ToPhysical(px);
    const bool calibrated = prediction.geometry.calibrated;
    text = std::to_string(k) + "," + std::to_string(prediction.indices[k].first) + "," +
           std::to_string(prediction.indices[k].second) + "," + Number(px.x(), 3) + "," + Number(px.y(), 3) + "," +
           (calibrated ? Number(nm.x(), 5) : "") + "," + (calibrated ? Number(nm.y(), 5) : "");
    for (std::size_t c = 0; c < prediction.Components(); ++c)
    {
      text += "," + Number(prediction.Get(k, c), 5);
    }
    table.Write(text + "\n");
  }
  table.Close();
}

std::vector<NoveltySite>
FindNoveltySites(const Prediction & prediction, std::size_t count, double apart)
{
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < prediction.places.size(); ++k)
  {
    if (std::isfinite(prediction.Novelty(k)))
    {
      order.push_back(k);
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t one, std::size_t other)
                   { return prediction.Novelty(one) > prediction.Novelty(other); });
  std::vector<NoveltySite> sites;
  for (const std::size_t k : order)
  {
    const bool near =
      std::any_of(sites.begin(), sites.end(),
                  [&](const NoveltySite & site) { return (site.place - prediction.places[k]).norm() < apart; });
    if (sites.size() >= count)
    {
      break;
    }
    if (!near)
    {
      const std::size_t component = 2 * prediction.targets.size();
      const bool features = prediction.Get(k, component + 1) >= prediction.Get(k, component + 2);
      sites.push_back(
        {prediction.places[k], prediction.Novelty(k),
         features ? "columns unlike those of the training data" : "spectrum unlike that of the training data"});
    }
  }
  return sites;
}

std::vector<NoveltySite>
FindNoveltySites(std::vector<NoveltySite> candidates, std::size_t count, double apart)
{
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const NoveltySite & one, const NoveltySite & other) { return one.score > other.score; });
  std::vector<NoveltySite> sites;
  for (const auto & candidate : candidates)
  {
    if (sites.size() < count &&
        std::none_of(sites.begin(), sites.end(),
                     [&](const NoveltySite & site) { return (site.place - candidate.place).norm() < apart; }))
    {
      sites.push_back(candidate);
    }
  }
  return sites;
}

void
WriteNoveltySites(const std::vector<NoveltySite> & sites, const ImageGeometry & geometry,
                  const std::filesystem::path & file)
{
  std::string text = "rank,x_px,y_px,x_nm,y_nm,score,reason\n";
  for (std::size_t k = 0; k < sites.size(); ++k)
  {
    const Eigen::Vector2d nm = geometry.ToPhysical(sites[k].place);
    text += std::to_string(k + 1) + "," + Number(sites[k].place.x(), 2) + "," + Number(sites[k].place.y(), 2) + "," +
            (geometry.calibrated ? Number(nm.x(), 4) : "") + "," + (geometry.calibrated ? Number(nm.y(), 4) : "") +
            "," + Number(sites[k].score, 4) + "," + sites[k].reason + "\n";
  }
  TableFile table(file);
  table.Write(text);
  table.Close();
}

void
Compare(const DCNNRegressionImageFilter & filter, const itk::VectorImage<float, 2> & output, const UnitCellSet & cells,
        long firstRow, long endRow, Agreement & agreement)
{
  const auto size = output.GetLargestPossibleRegion().GetSize();
  const auto components = static_cast<std::size_t>(output.GetNumberOfComponentsPerPixel());
  const Eigen::Vector2d origin = filter.GetPlace(0, 0);
  Eigen::Matrix2d steps;
  steps << filter.GetPlace(1, 0) - origin, filter.GetPlace(0, 1) - origin;
  const Eigen::Matrix2d inverse = steps.inverse();
  const Eigen::Vector2d scale = cells.GetGeometry().VectorScale();
  for (const auto & cell : cells.GetCells())
  {
    const Eigen::Vector2d at = inverse * (cell.position - origin);
    const long x = static_cast<long>(std::floor(at.x()));
    const long y = static_cast<long>(std::floor(at.y()));
    if (cell.flags != FlagNone || !cell.polarization.allFinite() || x < 0 || y < firstRow || y >= endRow ||
        x + 1 >= static_cast<long>(size[0]) || y + 1 >= static_cast<long>(size[1]))
    {
      continue;
    }
    Eigen::Vector2d value = Eigen::Vector2d::Zero();
    for (int corner = 0; corner < 4; ++corner)
    {
      const long cx = x + corner % 2;
      const long cy = y + corner / 2;
      const double weight = (corner % 2 ? at.x() - static_cast<double>(x) : 1.0 - at.x() + static_cast<double>(x)) *
                            (corner / 2 ? at.y() - static_cast<double>(y) : 1.0 - at.y() + static_cast<double>(y));
      const float * values =
        output.GetBufferPointer() + static_cast<std::size_t>(output.ComputeOffset({{cx, cy}})) * components;
      value += weight * Eigen::Vector2d(values[0], values[1]);
    }
    if (value.allFinite())
    {
      agreement.places.push_back(cell.position);
      agreement.measured.push_back(cell.polarization.cwiseProduct(scale));
      agreement.predicted.push_back(value);
    }
  }
}

Agreement
Compare(const Prediction & prediction, const UnitCellSet & cells)
{
  Agreement agreement;
  const Eigen::Vector2d scale = cells.GetGeometry().VectorScale();
  const PointLocator locator(prediction.places);
  for (const auto & cell : cells.GetCells())
  {
    const auto match = locator.Nearest(cell.position);
    if (cell.flags == FlagNone && cell.polarization.allFinite() && match.first < locator.Size() && match.second < 1.0)
    {
      agreement.places.push_back(cell.position);
      agreement.measured.push_back(cell.polarization.cwiseProduct(scale));
      agreement.predicted.emplace_back(prediction.Get(match.first, 0), prediction.Get(match.first, 1));
    }
  }
  Finish(agreement);
  return agreement;
}

void
WriteAgreement(const Agreement & agreement, bool calibrated, const std::filesystem::path & file)
{
  const std::string unit = calibrated ? "pm" : "px";
  std::string text = "x_px,y_px";
  for (const char * name : {"px_measured_", "py_measured_", "px_predicted_", "py_predicted_"})
  {
    text += "," + (name + unit);
  }
  text += "\n";
  for (std::size_t k = 0; k < agreement.places.size(); ++k)
  {
    text += Number(agreement.places[k].x(), 3) + "," + Number(agreement.places[k].y(), 3);
    for (const auto * vector : {&agreement.measured[k], &agreement.predicted[k]})
    {
      text += "," + Number(vector->x(), 4) + "," + Number(vector->y(), 4);
    }
    text += "\n";
  }
  TableFile table(file);
  table.Write(text);
  table.Close();
}
} // namespace ferro
