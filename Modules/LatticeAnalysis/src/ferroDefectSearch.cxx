#include "ferroDefectSearch.h"

#include "ferroSiteTable.h"

#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr std::array<std::array<int, 2>, 8> Steps = {
  {{{1, 0}}, {{-1, 0}}, {{0, 1}}, {{0, -1}}, {{1, 1}}, {{-1, -1}}, {{1, -1}}, {{-1, 1}}}}; // opposite ones in pairs
constexpr std::size_t FewestForScale = 30;
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();

/** How one column differs from its neighbours. */
struct Deviation
{
  bool tested = false;
  Eigen::Vector2d place = Eigen::Vector2d::Zero();
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Identity(); ///< of the place
  double height = NotKnown;                                 ///< relative difference of the heights
  double heightError = NotKnown;
};

/** Value that a normal number exceeds with the probability. */
double
NormalQuantile(double probability)
{
  double low = 0.0;
  double high = 40.0;
  for (int n = 0; n < 100; ++n)
  {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(middle / std::sqrt(2.0)) > probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double
Median(std::vector<double> values)
{
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class DefectSearch
{
public:
  DefectSearch(AtomColumnSet & columns, const Lattice::Values & lattice)
    : m_Set(columns), m_Columns(columns.GetColumns()), m_Lattice(lattice), m_Sites(columns.Size())
  {
    for (std::size_t n = 0; n < m_Columns.size(); ++n)
    {
      if (m_Columns[n].indexed)
      {
        m_Sites.Insert(Layer(m_Columns[n]), m_Columns[n].i, m_Columns[n].j, n);
      }
    }
    const ScanLines * lines = columns.GetScanLines();
    m_HasLines =
      columns.GetPairedScanErrors() || (lines && (lines->axes[0].variance > 0.0 || lines->axes[1].variance > 0.0));
  }

  DefectStatistics
  Run(double probability)
  {
    DefectStatistics statistics;
    statistics.falseAlarmProbability = probability;
    this->ListVacancies(statistics);
    if (probability > 0.0)
    {
      m_Deviations.resize(m_Columns.size());
      for (std::size_t n = 0; n < m_Columns.size(); ++n)
      {
        m_Deviations[n] = this->Compare(n);
      }
      for (const auto sublattice : {Sublattice::A, Sublattice::B})
      {
        this->TestHeights(sublattice, probability, statistics);
        this->TestPlaces(sublattice, probability, statistics);
      }
    }
    std::stable_sort(statistics.defects.begin(), statistics.defects.end(),
                     [](const ColumnDefect & l, const ColumnDefect & r)
                     { return l.kind != r.kind ? l.kind < r.kind : l.position.y() < r.position.y(); });
    return statistics;
  }

private:
  static int
  Layer(const AtomColumn & column)
  {
    return static_cast<int>(column.sublattice);
  }
  static std::size_t
  Index(Sublattice sublattice)
  {
    return sublattice == Sublattice::A ? 0 : 1;
  }
  static bool
  IsSound(const AtomColumn & column)
  {
    // A neighbouring vacancy takes nothing from a column.
    return column.indexed && (column.flags & ~static_cast<std::uint32_t>(FlagNearVacancy)) == FlagNone;
  }
  std::size_t
  Neighbor(std::size_t n, std::size_t step) const
  {
    const AtomColumn & column = m_Columns[n];
    return m_Sites.Find(Layer(column), column.i + Steps[step][0], column.j + Steps[step][1]);
  }

  Deviation
  Compare(std::size_t n) const
  {
    Deviation deviation;
    const AtomColumn & column = m_Columns[n];
    if (!IsSound(column) || column.covariance.determinant() <= 0.0)
    {
      return deviation;
    }
    std::array<std::size_t, 9> members = {{n}};
    std::size_t count = 1;
    double height = 0.0;
    for (std::size_t pair = 0; pair < 4; ++pair)
    {
      const std::size_t one = this->Neighbor(n, 2 * pair);
      const std::size_t other = this->Neighbor(n, 2 * pair + 1);
      if (one == SiteTable::None || other == SiteTable::None || !IsSound(m_Columns[one]) || !IsSound(m_Columns[other]))
      {
        continue;
      }
      members[count++] = one;
      members[count++] = other;
      height += m_Columns[one].amplitude + m_Columns[other].amplitude;
    }
    constexpr std::size_t FewestMembers = 5; // two pairs
    if (count < FewestMembers)
    {
      return deviation;
    }
    const double share = 1.0 / static_cast<double>(count - 1);
    height *= share;
    deviation.place = column.position;
    Eigen::Matrix2d covariance = column.covariance;
    for (std::size_t k = 1; k < count; ++k)
    {
      deviation.place -= share * m_Columns[members[k]].position;
      covariance += share * share * m_Columns[members[k]].covariance;
    }
    if (m_HasLines)
    {
      this->AddLines(members, count, share, covariance);
    }
    deviation.tested = true;
    deviation.covariance = covariance;
    // For a Gaussian in even noise the relative error of the height is that of the place over sqrt(2) sigma; other
    // factors are common to all columns and fall out with the scale.
    const Eigen::Vector2d fit = column.covariance.diagonal() - column.scanVariance;
    const double sigma = std::max(1e-6, std::sqrt(column.sigmaMajor * column.sigmaMinor));
    if (height > 0.0 && fit.minCoeff() > 0.0)
    {
      deviation.height = column.amplitude / height - 1.0;
      // The noise of a column grows with its own height; a faint one must not look surer than its neighbours.
      const double expected = std::clamp(column.amplitude / height, 0.05, 1.0);
      deviation.heightError = expected * std::sqrt(0.5 * fit.sum()) / (std::sqrt(2.0) * sigma);
    }
    return deviation;
  }

  void
  AddLines(const std::array<std::size_t, 9> & members, std::size_t count, double share,
           Eigen::Matrix2d & covariance) const
  {
    for (const auto axis : {ScanLines::X, ScanLines::Y})
    {
      for (std::size_t k = 0; k < count; ++k)
      {
        for (std::size_t l = k + 1; l < count; ++l)
        {
          const double weight = (k == 0 ? -1.0 : share) * share;
          covariance(axis, axis) += 2.0 * weight * m_Set.ScanCovariance(axis, members[k], members[l]);
        }
      }
    }
  }

  void
  Report(std::size_t n, ColumnDefect::Kind kind, double significance, DefectStatistics & statistics) const
  {
    const AtomColumn & column = m_Columns[n];
    statistics.defects.push_back({kind, column.sublattice, column.i, column.j, column.position, significance});
  }

  void
  TestPlaces(Sublattice sublattice, double probability, DefectStatistics & statistics)
  {
    DefectStatistics::Test & test = statistics.positions[Index(sublattice)];
    std::array<std::vector<double>, 2> squares;
    for (std::size_t n = 0; n < m_Columns.size(); ++n)
    {
      const Deviation & own = m_Deviations[n];
      for (Eigen::Index axis = 0; own.tested && m_Columns[n].sublattice == sublattice && axis < 2; ++axis)
      {
        squares[static_cast<std::size_t>(axis)].push_back(own.place[axis] * own.place[axis] /
                                                          std::max(1e-30, own.covariance(axis, axis)));
      }
    }
    if (squares[0].size() < FewestForScale)
    {
      return;
    }
    test.tested = static_cast<long>(squares[0].size());
    test.expected = probability * static_cast<double>(test.tested);
    constexpr double MedianOfSquare = 0.4549364231195724; // of chi squared with one degree of freedom
    // Along x and along y for themselves: scans err differently.
    const Eigen::Vector2d scale =
      Eigen::Vector2d(Median(squares[0]), Median(squares[1])).cwiseMax(1e-12).cwiseSqrt() / std::sqrt(MedianOfSquare);
    test.scatterOverError = std::sqrt(0.5 * scale.squaredNorm());
    const double limit = -2.0 * std::log(probability); // P(chi squared > x) = exp(-x / 2)
    for (std::size_t n = 0; n < m_Columns.size(); ++n)
    {
      const Deviation & own = m_Deviations[n];
      if (!own.tested || m_Columns[n].sublattice != sublattice)
      {
        continue;
      }
      const Eigen::Vector2d scaled = own.place.cwiseQuotient(scale);
      const double distance2 = scaled.dot(own.covariance.inverse() * scaled);
      if (distance2 > limit && !this->IsPlacePartOfMore(n))
      {
        m_Columns[n].flags |= FlagOutlier;
        ++test.found;
        this->Report(n, ColumnDefect::Kind::Displaced, std::sqrt(distance2), statistics);
      }
    }
  }

  /** Whether a neighbour deviates from its own neighbours in the same way by more than half as much, or two neighbours
   * are displaced with the column: then it belongs to a wall or an interface. By chance that is the case for few of the
   * columns beyond the limit, since their neighbours would have to lie beyond half of it on the same side. */
  bool
  IsPlacePartOfMore(std::size_t n) const
  {
    const Eigen::Vector2d & own = m_Deviations[n].place;
    int alike = 0;
    for (std::size_t step = 0; step < Steps.size(); ++step)
    {
      const std::size_t next = this->Neighbor(n, step);
      if (next == SiteTable::None)
      {
        continue;
      }
      const Deviation & other = m_Deviations[next];
      if (other.tested && other.place.dot(own) > 0.5 * own.squaredNorm())
      {
        return true;
      }
      const Eigen::Vector2d apart =
        m_Columns[next].position - m_Columns[n].position - Steps[step][0] * m_Lattice.a - Steps[step][1] * m_Lattice.b;
      alike += apart.norm() < 0.5 * own.norm();
    }
    constexpr int FewestAlike = 2;
    return alike >= FewestAlike;
  }

  /** The same for the height. */
  bool
  IsHeightPartOfMore(std::size_t n) const
  {
    const double own = m_Deviations[n].height;
    const double expected = m_Columns[n].amplitude / (1.0 + own);
    int alike = 0;
    for (std::size_t step = 0; step < Steps.size(); ++step)
    {
      const std::size_t next = this->Neighbor(n, step);
      if (next == SiteTable::None)
      {
        continue;
      }
      if (m_Deviations[next].height < 0.5 * own)
      {
        return true;
      }
      alike += std::abs(m_Columns[next].amplitude - m_Columns[n].amplitude) < 0.5 * std::abs(own) * expected;
    }
    constexpr int FewestAlike = 2;
    return alike >= FewestAlike;
  }

  void
  TestHeights(Sublattice sublattice, double probability, DefectStatistics & statistics)
  {
    DefectStatistics::Test & test = statistics.heights[Index(sublattice)];
    std::vector<double> ratios;
    for (std::size_t n = 0; n < m_Columns.size(); ++n)
    {
      const Deviation & own = m_Deviations[n];
      if (own.tested && m_Columns[n].sublattice == sublattice && std::isfinite(own.height))
      {
        ratios.push_back(std::abs(own.height) / own.heightError);
      }
    }
    if (ratios.size() < FewestForScale)
    {
      return;
    }
    test.tested = static_cast<long>(ratios.size());
    test.expected = probability * static_cast<double>(test.tested);
    constexpr double MedianOfNormal = 0.6744897501960817; // of the magnitude of a normal number
    test.scatterOverError = std::max(1e-12, Median(ratios) / MedianOfNormal);
    const double limit = NormalQuantile(probability) * test.scatterOverError;
    for (std::size_t n = 0; n < m_Columns.size(); ++n)
    {
      const Deviation & own = m_Deviations[n];
      if (!own.tested || m_Columns[n].sublattice != sublattice || !std::isfinite(own.height) ||
          own.height >= -limit * own.heightError)
      {
        continue;
      }
      if (!this->IsHeightPartOfMore(n))
      {
        m_Columns[n].flags |= FlagFaint;
        ++test.found;
        this->Report(n, ColumnDefect::Kind::Faint, -own.height / own.heightError / test.scatterOverError, statistics);
      }
    }
  }

  /** Places with at least five of eight like neighbours but without a column, well inside the image. */
  void
  ListVacancies(DefectStatistics & statistics) const
  {
    const ImageGeometry & geometry = m_Set.GetGeometry();
    const double margin = std::max(3.0 * m_Set.GetColumnSigma(), 0.35 * m_Lattice.a.norm());
    SiteTable seen;
    for (std::size_t n = 0; n < m_Columns.size(); ++n)
    {
      if (!m_Columns[n].indexed)
      {
        continue;
      }
      for (std::size_t step = 0; step < Steps.size(); ++step)
      {
        const int i = m_Columns[n].i + Steps[step][0];
        const int j = m_Columns[n].j + Steps[step][1];
        if (m_Sites.Find(Layer(m_Columns[n]), i, j) != SiteTable::None || !seen.Insert(Layer(m_Columns[n]), i, j, n))
        {
          continue;
        }
        ColumnDefect defect;
        defect.sublattice = m_Columns[n].sublattice;
        defect.i = i;
        defect.j = j;
        double count = 0.0;
        double relativeError = 0.0;
        for (const auto & around : Steps)
        {
          const std::size_t next = m_Sites.Find(Layer(m_Columns[n]), i + around[0], j + around[1]);
          if (next == SiteTable::None)
          {
            continue;
          }
          const AtomColumn & column = m_Columns[next];
          defect.position += column.position - around[0] * m_Lattice.a - around[1] * m_Lattice.b;
          const Eigen::Vector2d fit = (column.covariance.diagonal() - column.scanVariance).cwiseMax(0.0);
          relativeError +=
            std::sqrt(0.5 * fit.sum()) / (std::sqrt(2.0 * std::max(1e-12, column.sigmaMajor * column.sigmaMinor)));
          count += 1.0;
        }
        constexpr double Fewest = 5.0;
        if (count < Fewest)
        {
          continue;
        }
        defect.position /= count;
        const bool inside = defect.position.x() > margin && defect.position.y() > margin &&
                            defect.position.x() < static_cast<double>(geometry.width - 1) - margin &&
                            defect.position.y() < static_cast<double>(geometry.height - 1) - margin;
        if (inside)
        {
          defect.significance = relativeError > 0.0 ? count / relativeError : NotKnown;
          statistics.defects.push_back(defect);
          ++statistics.vacancies[Index(defect.sublattice)];
        }
      }
    }
  }

  AtomColumnSet & m_Set;
  AtomColumnSet::ContainerType & m_Columns;
  const Lattice::Values & m_Lattice;
  SiteTable m_Sites;
  bool m_HasLines = false;
  std::vector<Deviation> m_Deviations;
};
} // namespace

DefectStatistics
FindDefects(AtomColumnSet & columns, const Lattice::Values & lattice, double probability)
{
  return DefectSearch(columns, lattice).Run(probability);
}
} // namespace ferro
