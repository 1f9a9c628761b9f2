#ifndef ferroWallTracing_h
#define ferroWallTracing_h

#include "ferroCellField.h"

#include <Eigen/Core>

#include <vector>

namespace ferro
{
/** Border between two regions as a line of points between cells, in nm. */
struct TracedWall
{
  int first = 0;
  int second = 0;
  std::vector<Eigen::Vector2d> points;                    ///< smoothed
  std::vector<std::pair<std::size_t, std::size_t>> sides; ///< per step: the cells of first and of second
  double length = 0.0;
  Eigen::Vector2d middle = Eigen::Vector2d::Zero();     ///< of the straight line
  Eigen::Vector2d direction = Eigen::Vector2d::UnitX(); ///< of the straight line
  double roughness = 0.0;                               ///< RMS distance of the raw points from the straight line
  double angleError = 0.0;                              ///< radians
  bool straight = false;
};

/** All borders between regions of different domains that are at least fewest steps long, the longest first. */
std::vector<TracedWall> TraceWalls(const CellField & field, const std::vector<int> & domain, std::size_t fewest);
} // namespace ferro

#endif
