#ifndef ferroFieldScene_h
#define ferroFieldScene_h

#include "ferroAtomColumnSet.h"
#include "ferroUnitCellSet.h"

#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <vector>

/** Cells of a lattice whose displacements are a given function of the place, with normal errors on every column. */
class FieldScene
{
public:
  using Field = std::function<Eigen::Vector2d(const Eigen::Vector2d &)>; ///< nm, middle at (0, 0), to pm; y down

  struct Options
  {
    int cellsAlongA = 30;
    int cellsAlongB = 30;
    double rotation = 0.0;    ///< of the lattice, radians
    double errorPm = 0.0;     ///< standard deviation of each column per axis
    double scanErrorPm = 0.0; ///< along x, common to all columns of a line
    unsigned seed = 0;
  };

  FieldScene(const Field & field, const Options & options)
  {
    constexpr double Pixel = 0.02; // nm
    constexpr double Cell = 20.0;  // pixels: 0.4 nm
    ferro::ImageGeometry geometry;
    geometry.width = geometry.height = 4000;
    geometry.pixelSizeNm = {Pixel, Pixel};
    geometry.calibrated = true;
    columns->SetGeometry(geometry);
    columns->SetColumnSigma(2.0);
    auto scanLines = std::make_shared<ferro::ScanLines>();
    scanLines->weightSigma = 2.0;
    scanLines->axes[0].variance = std::pow(options.scanErrorPm * 1e-3 / Pixel, 2);
    columns->SetScanLines(scanLines);
    cells->SetGeometry(geometry);
    const Eigen::Vector2d a = Cell * Eigen::Vector2d(std::cos(options.rotation), std::sin(options.rotation));
    const Eigen::Vector2d b(-a.y(), a.x());
    middle = {2000.0, 2000.0};
    const Eigen::Vector2d origin = middle - 0.5 * options.cellsAlongA * a - 0.5 * options.cellsAlongB * b;
    std::mt19937_64 random(options.seed + 1);
    std::normal_distribution<double> normal;
    const double error = options.errorPm * 1e-3 / Pixel;
    const double scan = options.scanErrorPm * 1e-3 / Pixel;
    std::vector<double> lines(4001);
    for (double & shift : lines)
    {
      shift = normal(random);
    }
    auto & all = columns->GetColumns();
    const int stride = options.cellsAlongA + 1;
    for (int which = 0; which < 2; ++which)
    {
      for (int j = 0; j <= options.cellsAlongB; ++j)
      {
        for (int i = 0; i < stride; ++i)
        {
          ferro::AtomColumn column;
          column.sublattice = which == 0 ? ferro::Sublattice::A : ferro::Sublattice::B;
          column.i = i;
          column.j = j;
          column.indexed = true;
          column.position = origin + (i + 0.5 * which) * a + (j + 0.5 * which) * b;
          if (which == 1)
          {
            column.position += 1e-3 / Pixel * field(Pixel * (column.position - middle));
          }
          // Columns that are nearer than a line share its shift; for a lattice along the lines that is a whole row.
          const double line = lines[static_cast<std::size_t>(std::lround(column.position.y()))];
          column.position += Eigen::Vector2d(error * normal(random) + scan * line, error * normal(random));
          column.covariance = Eigen::Matrix2d::Identity() * error * error;
          column.scanVariance = {scan * scan, 0.0};
          column.covariance(0, 0) += scan * scan;
          all.push_back(column);
        }
      }
    }
    for (int j = 0; j < options.cellsAlongB; ++j)
    {
      for (int i = 0; i < options.cellsAlongA; ++i)
      {
        const auto at = [stride](int u, int v) { return static_cast<std::size_t>(v * stride + u); };
        ferro::UnitCell cell;
        cell.i = i;
        cell.j = j;
        cell.corners = {{at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)}};
        cell.centerColumn = at(i, j) + static_cast<std::size_t>(stride * (options.cellsAlongB + 1));
        cell.position = all[cell.centerColumn].position;
        Eigen::Vector2d mean = Eigen::Vector2d::Zero();
        for (const std::size_t corner : cell.corners)
        {
          mean += 0.25 * all[corner].position;
        }
        cell.polarization = cell.position - mean;
        cell.covariance = Eigen::Matrix2d::Identity() * 1.25 * error * error;
        cell.covariance(0, 0) += 1.25 * scan * scan; // corners of one row move together, but rows do not
        cell.a = cell.b = Pixel * Cell;
        cell.area = cell.a * cell.b;
        cells->GetCells().push_back(cell);
      }
    }
  }

  ferro::AtomColumnSet::Pointer columns = ferro::AtomColumnSet::New();
  ferro::UnitCellSet::Pointer cells = ferro::UnitCellSet::New();
  Eigen::Vector2d middle; ///< pixels
};

#endif
