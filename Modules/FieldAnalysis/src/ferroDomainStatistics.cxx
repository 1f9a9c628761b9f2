#include "ferroDomainStatistics.h"

#include "ferroBinGrid.h"
#include "ferroWallProfile.h"
#include "ferroWallTracing.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

double
Cross(const Eigen::Vector2d & l, const Eigen::Vector2d & r)
{
  return l.x() * r.y() - l.y() * r.x();
}

/** Mean of P over some cells; its covariance from their scatter, with what neighbours have in common. Cells inside
 * walls are left out where enough others are there. */
void
MeasureMean(const CellField & field, const std::vector<std::size_t> & cells, const std::vector<int> & label,
            const std::vector<char> & inWall, Eigen::Vector2d & mean, Eigen::Matrix2d & covariance, long & used)
{
  mean.setZero();
  covariance.setZero();
  std::size_t outside = 0;
  for (const std::size_t k : cells)
  {
    outside += field.IsTrusted(k) && !inWall[k];
  }
  constexpr std::size_t Fewest = 6;
  const bool enough = outside >= std::max(Fewest, cells.size() / 5);
  const auto counts = [&](std::size_t k) { return field.IsTrusted(k) && !(enough && inWall[k]); };
  double count = 0.0;
  for (const std::size_t k : cells)
  {
    if (counts(k))
    {
      mean += field.Vector(k);
      count += 1.0;
    }
  }
  used = static_cast<long>(count);
  if (count < 1.0)
  {
    mean.setConstant(std::numeric_limits<double>::quiet_NaN());
    return;
  }
  mean /= count;
  // Products of each cell with itself and with its neighbours, which share columns and scan lines with it.
  Eigen::Matrix2d own = Eigen::Matrix2d::Zero();
  Eigen::Matrix2d shared = Eigen::Matrix2d::Zero();
  for (const std::size_t k : cells)
  {
    if (!counts(k))
    {
      continue;
    }
    const Eigen::Vector2d d = field.Vector(k) - mean;
    own += d * d.transpose();
    for (int n = 0; n < 9; ++n)
    {
      const std::size_t next = field.Neighbor(k, n % 3 - 1, n / 3 - 1);
      if (next != CellField::None && next != k && label[next] == label[k] && counts(next))
      {
        shared += d * (field.Vector(next) - mean).transpose();
      }
    }
  }
  const double freedom = std::max(1.0, count - 1.0);
  covariance = own / (count * freedom);
  const Eigen::Vector2d factor =
    (Eigen::Vector2d::Ones() + shared.diagonal().cwiseQuotient(own.diagonal().cwiseMax(1e-300))).cwiseMax(1.0);
  covariance = factor.cwiseSqrt().asDiagonal() * covariance * factor.cwiseSqrt().asDiagonal();
}

double
CellArea(const CellField & field, std::size_t k)
{
  const double area = field.Cell(k).area;
  return std::isfinite(area) && area > 0.0 ? area : field.Spacing() * field.Spacing();
}

/** Variance of the area of a region: cells that may belong elsewhere, and walls that may lie anywhere within their row
 * of cells. */
struct AreaSum
{
  double area = 0.0;
  double variance = 0.0;
};

/** Cells near a wall with their signed distances from it. */
struct WallSurroundings
{
  std::vector<std::size_t> cells;
  std::vector<double> distances;
  std::vector<double> along; ///< place along a straight wall from its middle; 0 for a bent one
};

WallSurroundings
LookAround(const CellField & field, const DomainLabels & labels, const TracedWall & wall, std::vector<int> & visited,
           int epoch)
{
  constexpr double Reach = 6.5; // cells on each side
  const double limit = Reach * field.Spacing();
  const Eigen::Vector2d normal(-wall.direction.y(), wall.direction.x());
  double side = 0.0;
  double begin = 1e300;
  double end = -1e300;
  std::vector<std::size_t> cells;
  const auto visit = [&](std::size_t k)
  {
    if (visited[k] != epoch)
    {
      visited[k] = epoch;
      cells.push_back(k);
    }
  };
  for (const auto & [first, second] : wall.sides)
  {
    side += (field.Place(second) - field.Place(first)).dot(normal);
    const Eigen::Vector2d at = 0.5 * (field.Place(first) + field.Place(second));
    begin = std::min(begin, (at - wall.middle).dot(wall.direction));
    end = std::max(end, (at - wall.middle).dot(wall.direction));
    visit(first);
    visit(second);
  }
  const Eigen::Vector2d outward = side >= 0.0 ? normal : Eigen::Vector2d(-normal);
  const BinGrid near(wall.points, field.Spacing());
  WallSurroundings around;
  for (std::size_t n = 0; n < cells.size(); ++n)
  {
    const std::size_t k = cells[n];
    double distance = 0.0;
    double along = 0.0;
    bool inside = true;
    if (wall.straight)
    {
      const Eigen::Vector2d d = field.Place(k) - wall.middle;
      distance = d.dot(outward);
      along = d.dot(wall.direction);
      inside = along > begin - 0.6 * field.Spacing() && along < end + 0.6 * field.Spacing();
    }
    else
    {
      const auto match = near.NearestWithin(field.Place(k), limit);
      inside = match.first < wall.points.size();
      if (inside)
      {
        const std::size_t before = match.first > 0 ? match.first - 1 : match.first;
        const std::size_t after = std::min(match.first + 1, wall.points.size() - 1);
        const Eigen::Vector2d tangent = (wall.points[after] - wall.points[before]).normalized();
        const Eigen::Vector2d d = field.Place(k) - wall.points[match.first];
        distance = (labels.domain[k] == wall.first ? -1.0 : 1.0) * std::abs(Cross(tangent, d));
        inside = std::abs(d.dot(tangent)) < 1.1 * field.Spacing();
      }
    }
    if (!inside || std::abs(distance) > limit)
    {
      continue;
    }
    around.cells.push_back(k);
    around.distances.push_back(distance);
    around.along.push_back(along);
    for (int d = 0; d < 9; ++d)
    {
      const std::size_t next = field.Neighbor(k, d % 3 - 1, d / 3 - 1);
      if (next != CellField::None && (labels.domain[next] == wall.first || labels.domain[next] == wall.second))
      {
        visit(next);
      }
    }
  }
  return around;
}

Eigen::Vector2d
MeanOf(const DomainMap::Values & map, int number)
{
  return number > 0 ? map.domains[static_cast<std::size_t>(number - 1)].mean : Eigen::Vector2d(Eigen::Vector2d::Zero());
}

Eigen::Matrix2d
CovarianceOf(const DomainMap::Values & map, int number)
{
  return number > 0 ? map.domains[static_cast<std::size_t>(number - 1)].meanCovariance
                    : Eigen::Matrix2d(Eigen::Matrix2d::Zero());
}

/** Variance of the direction of a vector, radians^2. */
double
AngleVariance(const Eigen::Vector2d & vector, const Eigen::Matrix2d & covariance)
{
  const Eigen::Vector2d across(-vector.y(), vector.x());
  const double length = vector.squaredNorm();
  return length > 0.0 ? across.dot(covariance * across) / (length * length) : 0.0;
}

/** Width of a wall and the cells inside of it: nearer than its width, where P is within 4 % of the domain's. */
void
MeasureWidth(const CellField & field, const DomainLabels & labels, const DomainMap::Values & map,
             const TracedWall & traced, const WallSurroundings & around, DomainWall & wall, std::vector<char> & inWall)
{
  const Eigen::Vector2d jump = MeanOf(map, wall.second) - MeanOf(map, wall.first);
  if (!(jump.norm() > 0.0))
  {
    return;
  }
  const Eigen::Vector2d change = jump.normalized();
  std::vector<ProfileSample> samples;
  for (std::size_t n = 0; n < around.cells.size(); ++n)
  {
    const std::size_t k = around.cells[n];
    if (field.IsTrusted(k))
    {
      const auto variant = static_cast<std::size_t>(std::max(0, labels.variant[k]));
      const double spread = labels.variant[k] >= 0 ? labels.variants[variant].spread : 0.0;
      samples.push_back({around.distances[n], around.along[n], field.Vector(k).dot(change),
                         std::max(1e-12, change.dot(field.Covariance(k) * change) + spread * spread)});
    }
  }
  wall.cellsUsed = static_cast<long>(samples.size());
  const WallProfile profile = FitWallProfile(samples, field.Spacing(), traced.straight ? 3.0 * traced.angleError : 0.0);
  if (!profile.valid)
  {
    return;
  }
  wall.width = profile.width;
  wall.widthLow = profile.widthLow;
  wall.widthHigh = profile.widthHigh;
  wall.offsetError = profile.placeError;
  for (std::size_t n = 0; n < around.cells.size(); ++n)
  {
    if (std::abs(around.distances[n] - profile.place - profile.tilt * around.along[n]) < profile.width)
    {
      inWall[around.cells[n]] = 1;
    }
  }
}

DomainWall
DescribeLine(const CellField & field, const TracedWall & traced)
{
  DomainWall wall;
  wall.first = traced.first;
  wall.second = traced.second;
  const Eigen::Vector2d pixel = field.Geometry().pixelSizeNm;
  for (const auto & point : traced.points)
  {
    wall.points.push_back(point.cwiseQuotient(pixel));
  }
  wall.length = traced.length;
  wall.roughness = traced.roughness;
  wall.angle = std::atan2(-traced.direction.y(), traced.direction.x());
  wall.angle += wall.angle < 0.0 ? Pi : 0.0;
  wall.angle -= wall.angle >= Pi ? Pi : 0.0;
  wall.angleError = traced.angleError;
  return wall;
}

/** How P turns across the wall, and its jump along the normal. */
void
MeasureJump(const CellField & field, const DomainMap::Values & map, const TracedWall & traced, DomainWall & wall)
{
  const Eigen::Vector2d first = MeanOf(map, traced.first);
  const Eigen::Vector2d second = MeanOf(map, traced.second);
  const Eigen::Matrix2d covariance = CovarianceOf(map, traced.first) + CovarianceOf(map, traced.second);
  if (traced.first > 0 && traced.second > 0)
  {
    wall.turn = std::abs(std::atan2(Cross(first, second), first.dot(second)));
    wall.turnError = std::sqrt(AngleVariance(first, CovarianceOf(map, traced.first)) +
                               AngleVariance(second, CovarianceOf(map, traced.second)));
  }
  const Eigen::Vector2d jump = second - first;
  // The normal points from first to second.
  Eigen::Vector2d normal(-traced.direction.y(), traced.direction.x());
  double side = 0.0;
  for (const auto & [one, other] : traced.sides)
  {
    side += (field.Place(other) - field.Place(one)).dot(normal);
  }
  normal = side >= 0.0 ? normal : Eigen::Vector2d(-normal);
  wall.normalJump = jump.dot(normal);
  const double along = jump.dot(traced.direction);
  wall.normalJumpError =
    std::sqrt(normal.dot(covariance * normal) + along * along * traced.angleError * traced.angleError);
}

std::string
Describe(const DomainMap::Values & map, double spacing)
{
  std::ostringstream text;
  if (map.cells == 0)
  {
    return "no cells";
  }
  if (map.domains.empty())
  {
    return "not polar: no direction stands out of the errors";
  }
  const auto plural = [](std::size_t n, const char * word)
  { return std::to_string(n) + " " + word + (n == 1 ? "" : "s"); };
  const auto between =
    std::count_if(map.walls.begin(), map.walls.end(), [](const DomainWall & wall) { return wall.first > 0; });
  text << plural(map.domains.size(), "domain") << " of " << plural(map.variants.size(), "direction") << ", "
       << plural(static_cast<std::size_t>(between), "wall");
  const std::size_t edges = map.walls.size() - static_cast<std::size_t>(between);
  if (edges > 0)
  {
    text << ", " << plural(edges, "border") << " to what is not polar";
  }
  // Walls several cells wide between directions that differ little: a field that turns gradually.
  constexpr double Wide = 3.0; // cells
  const auto gradual =
    std::count_if(map.walls.begin(), map.walls.end(),
                  [spacing](const DomainWall & wall) { return wall.Kind() == "other" && wall.width > Wide * spacing; });
  if (gradual > 0 && 2 * static_cast<std::size_t>(gradual) >= map.walls.size())
  {
    text << "; P turns gradually, so that borders between domains are a matter of convention";
  }
  const bool single = map.domains.size() == 1 && map.walls.empty();
  if (single && map.variants.front().spread > 0.5 * map.variants.front().mean.norm())
  {
    text << "; P varies from cell to cell without forming groups of directions";
  }
  else if (single)
  {
    text << "; a displacement that is the same everywhere may also come from mis-tilt of the specimen";
  }
  return text.str();
}
} // namespace

DomainMap::Values
MeasureDomains(const CellField & field, const DomainLabels & labels)
{
  DomainMap::Values map;
  map.cells = static_cast<long>(field.Size());
  const std::size_t domains = labels.domainVariant.size();
  std::vector<std::vector<std::size_t>> members(domains + 1);
  std::vector<std::vector<std::size_t>> variantMembers(labels.variants.size());
  std::vector<AreaSum> areas(domains + 1);
  std::vector<AreaSum> variantAreas(labels.variants.size());
  double total = 0.0;
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    const auto domain = static_cast<std::size_t>(labels.domain[k]);
    const double area = CellArea(field, k);
    const double variance = labels.doubt[k] * (1.0 - labels.doubt[k]) * area * area;
    total += area;
    members[domain].push_back(k);
    areas[domain].area += area;
    areas[domain].variance += variance;
    if (domain > 0)
    {
      const auto variant = static_cast<std::size_t>(labels.variant[k]);
      variantMembers[variant].push_back(k);
      variantAreas[variant].area += area;
      variantAreas[variant].variance += variance;
    }
  }
  constexpr std::size_t ShortestWall = 3; // steps
  const auto traced = TraceWalls(field, labels.domain, ShortestWall);
  for (const TracedWall & wall : traced)
  {
    const double variance = std::pow(wall.length * field.Spacing(), 2) / 12.0;
    for (const int number : {wall.first, wall.second})
    {
      areas[static_cast<std::size_t>(number)].variance += variance;
      if (number > 0)
      {
        variantAreas[static_cast<std::size_t>(labels.domainVariant[static_cast<std::size_t>(number - 1)])].variance +=
          variance;
      }
    }
  }
  total = std::max(total, 1e-300);
  map.domains.resize(domains);
  // First with the cells that touch no other domain, then with those that are outside of the walls whose widths follow.
  std::vector<char> inWall(field.Size(), 0);
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    for (int d = 0; d < 9; ++d)
    {
      const std::size_t next = field.Neighbor(k, d % 3 - 1, d / 3 - 1);
      inWall[k] |= next != CellField::None && labels.domain[next] != labels.domain[k];
    }
  }
  const auto measureMeans = [&]
  {
    for (std::size_t n = 0; n < domains; ++n)
    {
      Domain & domain = map.domains[n];
      MeasureMean(field, members[n + 1], labels.domain, inWall, domain.mean, domain.meanCovariance, domain.cellsUsed);
    }
  };
  measureMeans();
  std::vector<int> visited(field.Size(), -1);
  for (const TracedWall & wall : traced)
  {
    map.walls.push_back(DescribeLine(field, wall));
    const auto around = LookAround(field, labels, wall, visited, static_cast<int>(map.walls.size()));
    MeasureWidth(field, labels, map, wall, around, map.walls.back(), inWall);
  }
  measureMeans();
  for (std::size_t n = 0; n < traced.size(); ++n)
  {
    MeasureJump(field, map, traced[n], map.walls[n]);
  }
  for (std::size_t n = 0; n < domains; ++n)
  {
    Domain & domain = map.domains[n];
    domain.variant = labels.domainVariant[n];
    domain.cells = static_cast<long>(members[n + 1].size());
    for (const std::size_t k : members[n + 1])
    {
      domain.center += field.Place(k).cwiseQuotient(field.Geometry().pixelSizeNm) / static_cast<double>(domain.cells);
    }
    domain.area = areas[n + 1].area;
    domain.areaFraction = domain.area / total;
    domain.areaFractionError = std::sqrt(areas[n + 1].variance) / total;
  }
  for (std::size_t m = 0; m < labels.variants.size(); ++m)
  {
    DomainVariant variant;
    Eigen::Matrix2d covariance;
    long used = 0;
    MeasureMean(field, variantMembers[m], labels.variant, inWall, variant.mean, covariance, used);
    variant.meanError = covariance.diagonal().cwiseSqrt();
    variant.spread = labels.variants[m].spread;
    variant.cells = static_cast<long>(variantMembers[m].size());
    variant.areaFraction = variantAreas[m].area / total;
    variant.areaFractionError = std::sqrt(variantAreas[m].variance) / total;
    map.variants.push_back(variant);
  }
  map.cellsNotPolar = static_cast<long>(members[0].size());
  map.notPolarFraction = areas[0].area / total;
  map.notPolarFractionError = std::sqrt(areas[0].variance) / total;
  map.description = Describe(map, field.Spacing());
  return map;
}
} // namespace ferro
