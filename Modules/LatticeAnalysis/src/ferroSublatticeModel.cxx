#include "ferroSublatticeModel.h"

#include "ferroErrors.h"
#include "ferroLatticeGrowth.h"
#include "ferroSiteTable.h"

#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
/** Steps along the lattice may miss by this fraction of the cell: B lies at 0.7 of it. */
constexpr double GrowthTolerance = 0.3;
constexpr double Degrees = 180.0 / 3.14159265358979323846;

std::vector<Eigen::Vector2d>
Positions(const AtomColumnSet & columns)
{
  std::vector<Eigen::Vector2d> positions;
  for (const auto & column : columns.GetColumns())
  {
    positions.push_back(column.position);
  }
  return positions;
}

double
Median(std::vector<double> values)
{
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/** Distance of a fraction of a cell from another, across the border of the cell. */
double
Wrap(double difference)
{
  return difference - std::round(difference);
}

/** Orders and signs a basis: a nearer the x axis and to the right, b a quarter turn further (down). */
Eigen::Matrix2d
Orient(Eigen::Matrix2d basis)
{
  const auto slope = [](const Eigen::Vector2d & v) { return std::abs(v.x()) / v.norm(); };
  if (slope(basis.col(1)) > slope(basis.col(0)))
  {
    basis.col(0).swap(basis.col(1));
  }
  if (basis(0, 0) < 0.0)
  {
    basis.col(0) *= -1.0;
  }
  if (basis.determinant() < 0.0)
  {
    basis.col(1) *= -1.0;
  }
  return basis;
}
} // namespace

SublatticeModel::SublatticeModel(const AtomColumnSet & columns, bool swap)
  : m_Locator(Positions(columns)), m_Places(columns.Size())
{
  for (const auto & column : columns.GetColumns())
  {
    m_Amplitudes.push_back(std::max(1e-300, column.amplitude));
  }
  this->FindTranslations(columns);
  this->SplitByBrightness();
  m_Translations = Orient(m_Translations);
  this->AssignPlaces();
  this->Classify(columns, swap);
}

void
SublatticeModel::FindTranslations(const AtomColumnSet & columns)
{
  m_Translations = columns.GetTranslations();
  if (std::abs(m_Translations.determinant()) <= 0.0)
  {
    m_Translations = EstimateTranslations(m_Locator, m_Amplitudes);
  }
  constexpr std::size_t FewestColumns = 12;
  if (columns.Size() < FewestColumns || std::abs(m_Translations.determinant()) <= 0.0)
  {
    throw AnalysisError("no lattice: " + std::to_string(columns.Size()) +
                        " columns do not repeat along two directions, expected at least " +
                        std::to_string(FewestColumns) + " that do");
  }
}

void
SublatticeModel::SplitByBrightness()
{
  const auto components = GrowLattice(m_Locator, m_Translations, GrowthTolerance);
  // Two sublattices that the translations already tell apart need no splitting.
  if (components.size() > 1 && 4 * components[1].members.size() > components[0].members.size())
  {
    return;
  }
  const auto & members = components[0].members;
  SiteTable sites(members.size());
  for (const auto & member : members)
  {
    sites.Insert(0, member.i, member.j, member.column);
  }
  // Colourings by i + j, i, j: each makes every second column along some direction different.
  constexpr std::array<std::array<int, 2>, 3> Colours = {{{{1, 1}}, {{1, 0}}, {{0, 1}}}};
  constexpr std::array<std::array<int, 2>, 2> Steps = {{{{1, 0}}, {{0, 1}}}};
  double strongest = 0.0;
  std::size_t chosen = Colours.size();
  for (std::size_t colour = 0; colour < Colours.size(); ++colour)
  {
    double sum = 0.0;
    double squares = 0.0;
    double count = 0.0;
    for (const auto & member : members)
    {
      const int parity = (Colours[colour][0] * member.i + Colours[colour][1] * member.j) & 1;
      for (const auto & step : Steps)
      {
        if (((Colours[colour][0] * step[0] + Colours[colour][1] * step[1]) & 1) == 0)
        {
          continue;
        }
        const std::size_t other = sites.Find(0, member.i + step[0], member.j + step[1]);
        if (other != SiteTable::None)
        {
          const double contrast = (parity ? -1.0 : 1.0) * std::log(m_Amplitudes[member.column] / m_Amplitudes[other]);
          sum += contrast;
          squares += contrast * contrast;
          count += 1.0;
        }
      }
    }
    if (count < 20.0)
    {
      continue;
    }
    const double mean = std::abs(sum / count);
    const double scatter = std::sqrt(std::max(0.0, squares / count - mean * mean));
    // The contrast must be there on the whole and stand out from the scatter of single columns.
    if (mean > 0.08 && mean > 0.35 * scatter && mean > 1.2 * strongest)
    {
      strongest = mean;
      chosen = colour;
    }
  }
  const Eigen::Vector2d t1 = m_Translations.col(0);
  const Eigen::Vector2d t2 = m_Translations.col(1);
  switch (chosen)
  {
    case 0:
      m_Translations << t1 + t2, t1 - t2;
      break;
    case 1:
      m_Translations << 2.0 * t1, t2;
      break;
    case 2:
      m_Translations << t1, 2.0 * t2;
      break;
    default:
      break;
  }
}

void
SublatticeModel::AssignPlaces()
{
  const auto components = GrowLattice(m_Locator, m_Translations, GrowthTolerance);
  const Eigen::Matrix2d inverse = m_Translations.inverse();
  const auto & positions = m_Locator.GetPoints();
  for (const auto & member : components[0].members)
  {
    m_Places[member.column] = {0, member.i, member.j};
  }
  m_Counts[0] = components[0].members.size();

  // Every other component is placed by its columns' nearest neighbours on the first sublattice.
  std::vector<Eigen::Vector2d> mainPositions;
  std::vector<std::size_t> mainColumns;
  for (const auto & member : components[0].members)
  {
    mainPositions.push_back(positions[member.column]);
    mainColumns.push_back(member.column);
  }
  const PointLocator mainLocator(std::move(mainPositions));
  struct Relation
  {
    bool known = false;
    Eigen::Vector2d offset;
    int shiftI = 0;
    int shiftJ = 0;
  };
  const auto relate = [&](const LatticeComponent & component)
  {
    Relation relation;
    std::vector<double> u;
    std::vector<double> v;
    for (const auto & member : component.members)
    {
      for (const auto & near : mainLocator.Nearest(positions[member.column], 4))
      {
        if (std::sqrt(near.second) > 1.3 * m_Translations.col(0).norm())
        {
          continue;
        }
        const std::size_t main = mainColumns[near.first];
        const Eigen::Vector2d cells = inverse * (positions[member.column] - positions[main]);
        u.push_back(cells.x() + m_Places[main].i - member.i);
        v.push_back(cells.y() + m_Places[main].j - member.j);
      }
    }
    if (!u.empty())
    {
      relation.known = true;
      relation.offset = {Median(u), Median(v)};
    }
    return relation;
  };
  bool first = true;
  for (std::size_t c = 1; c < components.size(); ++c)
  {
    Relation relation = relate(components[c]);
    constexpr std::size_t FewestMembers = 3;
    if (!relation.known || components[c].members.size() < FewestMembers)
    {
      continue;
    }
    // An offset just below a whole cell is the same as one just above zero.
    constexpr double Near = 0.2;
    const Eigen::Vector2d whole = (relation.offset.array() + Near).floor();
    const Eigen::Vector2d fraction = relation.offset - whole;
    int sublattice = -1;
    if (fraction.cwiseAbs().maxCoeff() < Near)
    {
      sublattice = 0; // another island of the same sublattice
    }
    else if (first && 5 * components[c].members.size() > components[0].members.size())
    {
      m_Offset = fraction;
      sublattice = 1;
      first = false;
    }
    else if (!first && std::abs(Wrap(fraction.x() - m_Offset.x())) < Near &&
             std::abs(Wrap(fraction.y() - m_Offset.y())) < Near)
    {
      sublattice = 1;
    }
    if (sublattice < 0)
    {
      continue;
    }
    for (const auto & member : components[c].members)
    {
      m_Places[member.column] = {sublattice, member.i + static_cast<int>(whole.x()),
                                 member.j + static_cast<int>(whole.y())};
    }
    m_Counts[sublattice] += components[c].members.size();
  }
  // Islands may claim a site twice: the first one keeps it.
  SiteTable taken(m_Places.size());
  for (std::size_t n = 0; n < m_Places.size(); ++n)
  {
    Place & place = m_Places[n];
    if (place.sublattice >= 0 && !taken.Insert(place.sublattice, place.i, place.j, n))
    {
      --m_Counts[place.sublattice];
      place.sublattice = -1;
    }
  }
}

double
SublatticeModel::CompareBrightness(const AtomColumnSet & columns)
{
  double sum = 0.0;
  double agree = 0.0;
  double count = 0.0;
  const double reach = 0.85 * std::max(m_Translations.col(0).norm(), m_Translations.col(1).norm());
  for (std::size_t n = 0; n < m_Places.size(); ++n)
  {
    if (m_Places[n].sublattice != 0 || (columns.GetColumns()[n].flags & (FlagFitFailed | FlagEdge)))
    {
      continue;
    }
    for (const auto & near : m_Locator.Within(m_Locator.GetPoints()[n], reach))
    {
      if (m_Places[near.first].sublattice == 1 &&
          !(columns.GetColumns()[near.first].flags & (FlagFitFailed | FlagEdge)))
      {
        const double contrast = std::log(m_Amplitudes[n] / m_Amplitudes[near.first]);
        sum += contrast;
        agree += contrast > 0.0;
        count += 1.0;
      }
    }
  }
  m_Vote = count > 0 ? std::max(agree, count - agree) / count : 0.0;
  return count > 0 ? sum / count : 0.0;
}

void
SublatticeModel::Classify(const AtomColumnSet & columns, bool swap)
{
  const ImageGeometry & geometry = columns.GetGeometry();
  const Eigen::Vector2d a = geometry.ToPhysical(m_Translations.col(0));
  const Eigen::Vector2d b = geometry.ToPhysical(m_Translations.col(1));
  const double ratio = std::max(a.norm(), b.norm()) / std::min(a.norm(), b.norm());
  const double angle = std::acos(std::clamp(a.dot(b) / (a.norm() * b.norm()), -1.0, 1.0)) * Degrees;
  m_FirstIsA = this->CompareBrightness(columns) >= 0.0;
  if (swap)
  {
    m_FirstIsA = !m_FirstIsA;
  }
  std::ostringstream text;
  text.precision(3);
  text << std::fixed;
  const char * unit = geometry.calibrated ? "nm" : "px";
  text << "cell " << a.norm() << " x " << b.norm() << ' ' << unit << ", angle ";
  text.precision(1);
  text << angle << " degrees";
  text.precision(2);
  const bool square = ratio < 1.18 && std::abs(angle - 90.0) < 12.0;
  const bool centred = std::abs(Wrap(m_Offset.x() - 0.5)) < 0.17 && std::abs(Wrap(m_Offset.y() - 0.5)) < 0.17;
  if (m_Counts[1] == 0)
  {
    m_Kind = LatticeKind::SingleSublattice;
    m_Description = "A single sublattice (" + text.str() +
                    "): no second column in the cells was recognised, so that polarization is not defined.";
  }
  else if (square && centred)
  {
    m_Kind = LatticeKind::Perovskite100;
    m_Description = "Perovskite seen along a <100> pseudo-cubic direction (" + text.str() +
                    "): one column in the middle of four of the other sublattice.";
  }
  else
  {
    m_Kind = LatticeKind::OtherZoneAxis;
    // Adding zero makes a rounded minus zero a plain one.
    const auto rounded = [](double value) { return std::round(100.0 * value) / 100.0 + 0.0; };
    text << "; the second columns lie at (" << rounded(m_Offset.x()) << ", " << rounded(m_Offset.y())
         << ") of the cell";
    const bool beside = std::min(std::abs(Wrap(m_Offset.x())), std::abs(Wrap(m_Offset.y()))) < 0.15;
    const bool stretched = std::abs(ratio - std::sqrt(2.0)) < 0.15 && std::abs(angle - 90.0) < 12.0;
    m_Description = std::string("Not a <100> view of a perovskite (") + text.str() + ")" +
                    (beside && stretched ? "; this fits a <110> zone axis" : "") +
                    ": no column lies in the middle of four of the other kind, so that polarization is not defined.";
  }
}

void
SublatticeModel::Label(AtomColumnSet & columns) const
{
  for (std::size_t n = 0; n < m_Places.size(); ++n)
  {
    AtomColumn & column = columns.GetColumns()[n];
    const Place & place = m_Places[n];
    column.sublattice = Sublattice::Unknown;
    column.indexed = place.sublattice >= 0;
    column.flags &= ~static_cast<std::uint32_t>(FlagUnindexed);
    if (!column.indexed)
    {
      column.flags |= FlagUnindexed;
      continue;
    }
    column.i = place.i;
    column.j = place.j;
    const bool isA = (place.sublattice == 0) == m_FirstIsA;
    column.sublattice = isA ? Sublattice::A : Sublattice::B;
    if (m_Kind == LatticeKind::Perovskite100 && !m_FirstIsA)
    {
      // The origin moves to the other sublattice: what was at (i, j) lies half a cell beyond (i - 1, j - 1) of the new
      // A.
      if (!isA)
      {
        column.i -= 1;
        column.j -= 1;
      }
    }
  }
}
} // namespace ferro
