#ifndef ferroTestMap_h
#define ferroTestMap_h

#include "ferroMapFigures.h"
#include "itkMetaDataObject.h"

#include <Eigen/Geometry>
#include <cmath>
#include <random>

namespace ferro
{
/** \class TestMap
 * \brief A perovskite whose every number is known: left half polarized one way, right half another.
 */
struct TestMap
{
  int cellsX = 20;
  int cellsY = 20;
  double cellPx = 16.0;
  double pixelNm = 0.025;
  bool calibrated = true;
  double rotationDeg = 0.0;
  Eigen::Vector2d leftPm{30.0, 0.0};
  Eigen::Vector2d rightPm{0.0, 30.0};
  double noisePm = 3.0;
  double flagShare = 0.0;
  bool withCells = true;

  MapResult
  Make() const
  {
    const double pmPerPx = calibrated ? 1000.0 * pixelNm : 25.0;
    const Eigen::Rotation2Dd turn(-rotationDeg * 3.14159265358979323846 / 180.0);
    const Eigen::Vector2d a = turn * Eigen::Vector2d(cellPx, 0);
    const Eigen::Vector2d b = turn * Eigen::Vector2d(0, cellPx);
    const long width = std::lround((cellsX + 1) * cellPx);
    const long height = std::lround((cellsY + 1) * cellPx);
    const Eigen::Vector2d center(0.5 * static_cast<double>(width), 0.5 * static_cast<double>(height));
    std::mt19937 generator(3);
    const auto normal = [&generator]
    {
      double sum = -6.0; // twelve uniform numbers: normal enough, and the same with every standard library
      for (int k = 0; k < 12; ++k)
      {
        sum += static_cast<double>(generator()) / 4294967296.0;
      }
      return sum;
    };

    ImageGeometry geometry;
    geometry.width = width;
    geometry.height = height;
    geometry.calibrated = calibrated;
    geometry.pixelSizeNm = Eigen::Vector2d::Constant(calibrated ? pixelNm : 1.0);
    auto columns = AtomColumnSet::New();
    columns->SetGeometry(geometry);
    auto & list = columns->GetColumns();
    auto cells = UnitCellSet::New();
    cells->SetGeometry(geometry);
    std::vector<std::vector<long>> index(static_cast<std::size_t>(cellsX + 1),
                                         std::vector<long>(static_cast<std::size_t>(cellsY + 1), -1));
    const double nx = 0.5 * cellsX;
    const double ny = 0.5 * cellsY;
    const auto inside = [&](const Eigen::Vector2d & p) {
      return p.x() > 2 && p.y() > 2 && p.x() < static_cast<double>(width) - 3 &&
             p.y() < static_cast<double>(height) - 3;
    };
    const auto add =
      [&](const Eigen::Vector2d & place, const Eigen::Vector2d & shift, Sublattice sublattice, int i, int j)
    {
      AtomColumn column;
      column.position = place + shift;
      column.amplitude = sublattice == Sublattice::A ? 100.0 : 45.0;
      column.background = 10.0;
      column.sigmaMajor = 0.13 * cellPx;
      column.sigmaMinor = 0.12 * cellPx;
      const double sigma = (sublattice == Sublattice::A ? 1.5 : 2.5) * (1.0 + 0.15 * normal()) / pmPerPx;
      column.covariance = Eigen::Vector2d(sigma * sigma, 1.1 * sigma * sigma).asDiagonal();
      column.sublattice = sublattice;
      column.i = i;
      column.j = j;
      column.indexed = true;
      column.deviation = shift;
      column.flags = static_cast<double>(generator()) / 4294967296.0 < flagShare ? FlagOutlier : FlagNone;
      list.push_back(column);
    };
    for (int j = 0; j <= cellsY; ++j)
    {
      for (int i = 0; i <= cellsX; ++i)
      {
        const Eigen::Vector2d place = center + (i - nx) * a + (j - ny) * b;
        if (inside(place))
        {
          index[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] = static_cast<long>(list.size());
          add(place, Eigen::Vector2d(normal(), normal()) * noisePm / pmPerPx, Sublattice::A, i, j);
        }
      }
    }
    for (int j = 0; j < cellsY; ++j)
    {
      for (int i = 0; i < cellsX; ++i)
      {
        const Eigen::Vector2d place = center + (i + 0.5 - nx) * a + (j + 0.5 - ny) * b;
        const auto at = [&](int di, int dj)
        { return index[static_cast<std::size_t>(i + di)][static_cast<std::size_t>(j + dj)]; };
        if (!inside(place) || at(0, 0) < 0 || at(1, 0) < 0 || at(1, 1) < 0 || at(0, 1) < 0)
        {
          continue;
        }
        const Eigen::Vector2d polarPm = 2 * i < cellsX ? leftPm : rightPm;
        UnitCell cell;
        cell.i = i;
        cell.j = j;
        cell.corners = {{static_cast<std::size_t>(at(0, 0)), static_cast<std::size_t>(at(1, 0)),
                         static_cast<std::size_t>(at(1, 1)), static_cast<std::size_t>(at(0, 1))}};
        Eigen::Vector2d mean = Eigen::Vector2d::Zero();
        for (const std::size_t corner : cell.corners)
        {
          mean += 0.25 * list[corner].position;
        }
        add(mean, (polarPm + Eigen::Vector2d(normal(), normal()) * noisePm) / pmPerPx, Sublattice::B, i, j);
        const auto corner = [&](std::size_t k) { return list[cell.corners[k]].position; };
        cell.centerColumn = list.size() - 1;
        cell.position = list.back().position;
        cell.polarization = cell.position - mean;
        cell.covariance = list.back().covariance + 0.25 * list[cell.corners[0]].covariance;
        const Eigen::Vector2d ea = 0.5 * (corner(1) - corner(0) + corner(2) - corner(3));
        const Eigen::Vector2d eb = 0.5 * (corner(3) - corner(0) + corner(2) - corner(1));
        const double unit = calibrated ? pixelNm : 1.0;
        cell.a = unit * ea.norm();
        cell.b = unit * eb.norm();
        cell.gamma = std::acos(ea.dot(eb) / (ea.norm() * eb.norm()));
        cell.area = unit * unit * std::abs(ea.x() * eb.y() - ea.y() * eb.x());
        cell.strainXX = ea.norm() / cellPx - 1.0;
        cell.strainYY = eb.norm() / cellPx - 1.0;
        cell.strainXY = 0.5 * (ea.y() / cellPx + eb.x() / cellPx);
        cell.latticeRotation = -0.5 * (ea.y() - eb.x()) / cellPx;
        cell.flags = list.back().flags;
        cells->GetCells().push_back(cell);
      }
    }
    auto lattice = Lattice::New();
    Lattice::Values values;
    values.kind = LatticeKind::Perovskite100;
    values.origin = center - nx * a - ny * b;
    values.a = a;
    values.b = b;
    lattice->Set(values);

    auto image = MicrographType::New();
    image->SetRegions(
      MicrographType::SizeType{{static_cast<itk::SizeValueType>(width), static_cast<itk::SizeValueType>(height)}});
    image->SetSpacing(MicrographType::SpacingType(calibrated ? pixelNm : 1.0));
    image->Allocate();
    image->FillBuffer(10.0F);
    for (const AtomColumn & column : list)
    {
      const double s = column.sigmaMajor;
      for (long y = std::max(0L, std::lround(column.position.y() - 4 * s));
           y <= std::min(height - 1, std::lround(column.position.y() + 4 * s)); ++y)
      {
        for (long x = std::max(0L, std::lround(column.position.x() - 4 * s));
             x <= std::min(width - 1, std::lround(column.position.x() + 4 * s)); ++x)
        {
          const double r2 =
            (Eigen::Vector2d(static_cast<double>(x), static_cast<double>(y)) - column.position).squaredNorm();
          image->GetBufferPointer()[y * width + x] +=
            static_cast<float>(column.amplitude * std::exp(-0.5 * r2 / s / s));
        }
      }
    }
    for (long k = 0; k < width * height; ++k)
    {
      image->GetBufferPointer()[k] += static_cast<float>(4.0 * normal());
    }
    MapResult result;
    result.image = image;
    result.columns = columns;
    result.lattice = lattice;
    if (withCells)
    {
      result.cells = cells;
    }
    return result;
  }
};
} // namespace ferro

#endif
