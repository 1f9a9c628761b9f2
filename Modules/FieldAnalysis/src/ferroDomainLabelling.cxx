#include "ferroDomainLabelling.h"

#include "ferroPolarizationMixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ferro
{
namespace
{
constexpr double SmallestTurn = 25.0 / 57.295779513082320877; // between two variants
constexpr double StandingApart = 2.0; // two equal normal distributions have two maxima beyond 2 standard deviations
constexpr double StandingOut = 4.5;   // a mean of zero lies beyond it with the probability exp(-4.5^2 / 2) = 4e-5

/** A variant as one or several components of the mixture; not polar ones are those of the first class. */
struct Class
{
  std::vector<std::size_t> components;
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  double variance = 0.0;
  double weight = 0.0;
  bool polar = true;
};

std::vector<MixtureSample>
Sample(const CellField & field)
{
  std::size_t trusted = 0;
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    trusted += field.IsTrusted(k);
  }
  // Variants are seen with some cells as well as with all.
  constexpr std::size_t Most = 800;
  const double stride = std::max(1.0, static_cast<double>(trusted) / Most);
  std::vector<MixtureSample> samples;
  double next = 0.0;
  std::size_t seen = 0;
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    if (field.IsTrusted(k) && static_cast<double>(seen++) >= next)
    {
      samples.push_back({field.Vector(k), std::max(1e-12, 0.5 * field.Covariance(k).trace())});
      next += stride;
    }
  }
  return samples;
}

double
Turn(const Eigen::Vector2d & p, const Eigen::Vector2d & q)
{
  return std::abs(std::atan2(p.x() * q.y() - p.y() * q.x(), p.dot(q)));
}

void
Absorb(Class & one, const Class & other)
{
  const double weight = one.weight + other.weight;
  const double share = other.weight / weight;
  const double distance = (one.mean - other.mean).squaredNorm();
  one.variance = (1.0 - share) * one.variance + share * other.variance + 0.5 * share * (1.0 - share) * distance;
  one.mean = (1.0 - share) * one.mean + share * other.mean;
  one.weight = weight;
  one.components.insert(one.components.end(), other.components.begin(), other.components.end());
}

/** Components that make one variant are joined, the closest first. */
std::vector<Class>
MakeClasses(const std::vector<MixtureComponent> & components, double threshold)
{
  std::vector<Class> classes;
  Class idle; // not polar
  idle.polar = false;
  for (std::size_t m = 0; m < components.size(); ++m)
  {
    const MixtureComponent & c = components[m];
    const Class single = {{m}, c.mean, c.variance, c.weight, true};
    if (c.mean.norm() < std::max(threshold, StandingOut * std::sqrt(c.meanVariance)))
    {
      idle.components.empty() ? void(idle = {{m}, c.mean, c.variance, c.weight, false}) : Absorb(idle, single);
    }
    else
    {
      classes.push_back(single);
    }
  }
  for (bool joined = true; joined;)
  {
    joined = false;
    double least = 1e300;
    std::size_t first = 0;
    std::size_t second = 0;
    for (std::size_t k = 0; k < classes.size(); ++k)
    {
      for (std::size_t l = k + 1; l < classes.size(); ++l)
      {
        const double distance = (classes[k].mean - classes[l].mean).norm();
        const double width = std::sqrt(std::max(classes[k].variance, classes[l].variance));
        const bool same = distance < StandingApart * width || Turn(classes[k].mean, classes[l].mean) < SmallestTurn;
        if (same && distance < least)
        {
          least = distance;
          first = k;
          second = l;
        }
      }
    }
    if (second > 0)
    {
      Absorb(classes[first], classes[second]);
      classes.erase(classes.begin() + static_cast<std::ptrdiff_t>(second));
      joined = true;
    }
  }
  // Joined components may cancel out: a field without a mean direction.
  for (std::size_t k = classes.size(); k-- > 0;)
  {
    if (classes[k].mean.norm() < threshold)
    {
      idle.components.empty() ? void(idle = classes[k]) : Absorb(idle, classes[k]);
      idle.polar = false;
      classes.erase(classes.begin() + static_cast<std::ptrdiff_t>(k));
    }
  }
  const auto angle = [](const Class & c)
  {
    const double a = std::atan2(-c.mean.y(), c.mean.x());
    return a < 0.0 ? a + 6.28318530717958647692 : a;
  };
  std::sort(classes.begin(), classes.end(), [&](const Class & l, const Class & r) { return angle(l) < angle(r); });
  if (!idle.components.empty())
  {
    classes.push_back(idle);
  }
  return classes;
}

/** Potts model: costs of every class in every cell, neighbours prefer to be alike. */
class Labeller
{
public:
  Labeller(const CellField & field, const std::vector<Class> & classes, const PolarizationMixture & mixture)
    : m_Field(field), m_Count(classes.size()), m_Costs(field.Size() * classes.size(), 0.0)
  {
    double reach = 1e150; // half the distance of the classes
    for (std::size_t m = 0; m < m_Count; ++m)
    {
      for (std::size_t n = 0; n < m; ++n)
      {
        reach = std::min(reach, 0.5 * (classes[m].mean - classes[n].mean).norm());
      }
    }
    reach = std::max(reach, 1e-9);
    for (std::size_t k = 0; k < field.Size(); ++k)
    {
      if (!field.IsTrusted(k))
      {
        continue; // follows its neighbours
      }
      const MixtureSample sample = {field.Vector(k), std::max(1e-12, 0.5 * field.Covariance(k).trace())};
      const double background = std::exp(mixture.LogBackground());
      for (std::size_t m = 0; m < m_Count; ++m)
      {
        // Cells inside a wall belong to neither side; they go with the nearer one.
        const double far = (sample.value - classes[m].mean).squaredNorm() / (reach * reach);
        double density = background * std::exp(-0.5 * std::min(far, 50.0));
        for (const std::size_t c : classes[m].components)
        {
          const MixtureComponent & component = mixture.Components()[c];
          density +=
            component.weight / classes[m].weight * std::exp(PolarizationMixture::LogDensity(component, sample));
        }
        m_Costs[k * m_Count + m] = -std::log(density);
      }
    }
  }

  std::vector<int>
  Run() const
  {
    std::vector<int> labels(m_Field.Size(), 0);
    // The start is the class that suits a cell and its eight neighbours together.
    for (std::size_t k = 0; k < labels.size(); ++k)
    {
      std::size_t best = 0;
      double least = 1e300;
      for (std::size_t m = 0; m < m_Count; ++m)
      {
        double cost = 0.0;
        for (int d = 0; d < 9; ++d)
        {
          const std::size_t next = m_Field.Neighbor(k, d % 3 - 1, d / 3 - 1);
          cost += next == CellField::None ? 0.0 : (next == k ? 1.0 : 0.5) * m_Costs[next * m_Count + m];
        }
        if (cost < least)
        {
          least = cost;
          best = m;
        }
      }
      labels[k] = static_cast<int>(best);
    }
    constexpr int MostSweeps = 20;
    for (int sweep = 0; sweep < MostSweeps; ++sweep)
    {
      bool changed = false;
      for (std::size_t k = 0; k < labels.size(); ++k)
      {
        const int best = this->Best(labels, k);
        changed = changed || best != labels[k];
        labels[k] = best;
      }
      if (!changed)
      {
        break;
      }
    }
    return labels;
  }

  /** Probability that a cell is of another class, its neighbours given. */
  double
  Doubt(const std::vector<int> & labels, std::size_t k) const
  {
    const double own = this->Cost(labels, k, static_cast<std::size_t>(labels[k]));
    double others = 0.0;
    for (std::size_t m = 0; m < m_Count; ++m)
    {
      if (m != static_cast<std::size_t>(labels[k]))
      {
        others += std::exp(std::min(50.0, own - this->Cost(labels, k, m)));
      }
    }
    return others / (1.0 + others);
  }

private:
  double
  Cost(const std::vector<int> & labels, std::size_t k, std::size_t m) const
  {
    constexpr double Side = 1.0;
    constexpr double Corner = 0.5;
    double cost = m_Costs[k * m_Count + m];
    for (int d = 0; d < 9; ++d)
    {
      const std::size_t next = m_Field.Neighbor(k, d % 3 - 1, d / 3 - 1);
      if (next != CellField::None && next != k && labels[next] != static_cast<int>(m))
      {
        cost += d % 2 == 1 ? Side : Corner;
      }
    }
    return cost;
  }

  int
  Best(const std::vector<int> & labels, std::size_t k) const
  {
    std::size_t best = static_cast<std::size_t>(labels[k]);
    double least = this->Cost(labels, k, best);
    for (std::size_t m = 0; m < m_Count; ++m)
    {
      const double cost = this->Cost(labels, k, m);
      if (cost < least - 1e-12)
      {
        least = cost;
        best = m;
      }
    }
    return static_cast<int>(best);
  }

  const CellField & m_Field;
  std::size_t m_Count;
  std::vector<double> m_Costs;
};

/** The class that is only the inside of walls, or the number of classes: its mean lies between those of two others, and
 * its cells make layers of up to three cells, or vary much. */
std::size_t
FindWallClass(const CellField & field, const std::vector<Class> & classes, const std::vector<int> & labels)
{
  constexpr double Thin = 0.35;    // share of cells with all neighbours alike; a long layer of three cells has 1/3
  constexpr double Varying = 0.12; // spread over the distance of the two others
  constexpr double Beside = 0.15;  // distance from the line between the two others, over theirs
  constexpr double NearEnd = 0.1;
  std::vector<double> count(classes.size(), 0.0);
  std::vector<double> inner(classes.size(), 0.0);
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    bool alike = true;
    for (int d = 0; d < 9; ++d)
    {
      const std::size_t next = field.Neighbor(k, d % 3 - 1, d / 3 - 1);
      alike = alike && (next == CellField::None || labels[next] == labels[k]);
    }
    count[static_cast<std::size_t>(labels[k])] += 1.0;
    inner[static_cast<std::size_t>(labels[k])] += alike;
  }
  std::size_t found = classes.size();
  double thinnest = 2.0;
  for (std::size_t m = 0; m < classes.size(); ++m)
  {
    const double share = count[m] > 0.0 ? inner[m] / count[m] : 0.0;
    for (std::size_t p = 0; p < classes.size(); ++p)
    {
      for (std::size_t q = 0; q < p; ++q)
      {
        const Eigen::Vector2d line = classes[q].mean - classes[p].mean;
        const double length = line.norm();
        if (p == m || q == m || length == 0.0)
        {
          continue;
        }
        const Eigen::Vector2d d = classes[m].mean - classes[p].mean;
        const double along = d.dot(line) / (length * length);
        const double beside = std::abs(line.x() * d.y() - line.y() * d.x()) / (length * length);
        const bool between = along > NearEnd && along < 1.0 - NearEnd && beside < Beside;
        if (between && (share < Thin || std::sqrt(classes[m].variance) > Varying * length) && share < thinnest)
        {
          thinnest = share;
          found = m;
        }
      }
    }
  }
  return found;
}

/** Regions of cells with the same label that touch along a side. */
std::vector<std::vector<std::size_t>>
FindRegions(const CellField & field, const std::vector<int> & labels)
{
  std::vector<char> done(field.Size(), 0);
  std::vector<std::vector<std::size_t>> regions;
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    if (done[k])
    {
      continue;
    }
    done[k] = 1;
    std::vector<std::size_t> region = {k};
    for (std::size_t n = 0; n < region.size(); ++n)
    {
      for (const auto & [di, dj] : {std::make_pair(1, 0), {-1, 0}, {0, 1}, {0, -1}})
      {
        const std::size_t next = field.Neighbor(region[n], di, dj);
        if (next != CellField::None && !done[next] && labels[next] == labels[k])
        {
          done[next] = 1;
          region.push_back(next);
        }
      }
    }
    regions.push_back(std::move(region));
  }
  return regions;
}

/** Gives small regions the label that most of the cells around them have. */
void
AbsorbSmallRegions(const CellField & field, int minimumCells, std::size_t classes, std::vector<int> & labels)
{
  constexpr int Rounds = 5;
  for (int round = 0; round < Rounds; ++round)
  {
    bool changed = false;
    for (const auto & region : FindRegions(field, labels))
    {
      if (region.size() >= static_cast<std::size_t>(minimumCells))
      {
        continue;
      }
      std::vector<int> votes(classes, 0);
      for (const std::size_t k : region)
      {
        for (int d = 0; d < 9; ++d)
        {
          const std::size_t next = field.Neighbor(k, d % 3 - 1, d / 3 - 1);
          if (next != CellField::None && labels[next] != labels[k])
          {
            ++votes[static_cast<std::size_t>(labels[next])];
          }
        }
      }
      const auto most = std::max_element(votes.begin(), votes.end());
      if (*most > 0)
      {
        changed = true;
        for (const std::size_t k : region)
        {
          labels[k] = static_cast<int>(most - votes.begin());
        }
      }
    }
    if (!changed)
    {
      return;
    }
  }
}
} // namespace

DomainLabels
LabelDomains(const CellField & field, double threshold, int minimumCells)
{
  DomainLabels result;
  result.variant.assign(field.Size(), -1);
  result.domain.assign(field.Size(), 0);
  result.doubt.assign(field.Size(), 0.0);
  const auto samples = Sample(field);
  constexpr std::size_t FewestSamples = 12;
  if (samples.size() < FewestSamples)
  {
    return result;
  }
  const PolarizationMixture mixture(samples);
  auto classes = MakeClasses(mixture.Components(), threshold);
  if (classes.empty())
  {
    return result;
  }
  std::vector<int> labels;
  for (bool again = true; again;)
  {
    labels = Labeller(field, classes, mixture).Run();
    const std::size_t wall = FindWallClass(field, classes, labels);
    again = wall < classes.size();
    if (again)
    {
      classes.erase(classes.begin() + static_cast<std::ptrdiff_t>(wall));
    }
  }
  const Labeller labeller(field, classes, mixture);
  AbsorbSmallRegions(field, minimumCells, classes.size(), labels);
  for (std::size_t m = 0; m < classes.size(); ++m)
  {
    if (classes[m].polar)
    {
      result.variants.push_back({classes[m].mean, std::sqrt(classes[m].variance)});
    }
  }
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    const auto label = static_cast<std::size_t>(labels[k]);
    result.variant[k] = classes[label].polar ? labels[k] : -1; // the class that is not polar is the last one
    result.doubt[k] = labeller.Doubt(labels, k);
  }
  auto regions = FindRegions(field, result.variant);
  std::stable_sort(regions.begin(), regions.end(), [](const auto & l, const auto & r) { return l.size() > r.size(); });
  for (const auto & region : regions)
  {
    const int variant = result.variant[region.front()];
    if (variant < 0 || region.size() < static_cast<std::size_t>(minimumCells))
    {
      continue; // too small and without surroundings: no domain
    }
    result.domainVariant.push_back(variant);
    for (const std::size_t k : region)
    {
      result.domain[k] = static_cast<int>(result.domainVariant.size());
    }
  }
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    result.variant[k] = result.domain[k] > 0 ? result.variant[k] : -1;
  }
  return result;
}
} // namespace ferro
