#include "ferroTiltFit.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <map>

namespace ferro
{
Eigen::Matrix<double, 2, 6>
TiltFieldRow(const Eigen::Vector2d & offsetNm)
{
  Eigen::Matrix<double, 2, 6> row;
  row << 1, 0, offsetNm.x(), offsetNm.y(), 0, 0, //
    0, 1, 0, 0, offsetNm.x(), offsetNm.y();
  return row;
}

void
TiltNormal::Observe(const Eigen::MatrixXd & derivative, const Eigen::VectorXd & residual,
                    const Eigen::MatrixXd & weight)
{
  const Eigen::MatrixXd weighted = derivative.transpose() * weight;
  matrix += weighted * derivative;
  right += weighted * residual;
  objective += residual.dot(weight * residual);
}

void
TiltNormal::Believe(Eigen::Index unknown, double value, double deviation)
{
  const double weight = 1.0 / (deviation * deviation);
  matrix(unknown, unknown) += weight;
  right[unknown] -= weight * value;
  objective += weight * value * value;
}

TiltNormal &
TiltNormal::operator+=(const TiltNormal & other)
{
  matrix += other.matrix;
  right += other.right;
  objective += other.objective;
  return *this;
}

TiltFit::TiltFit(std::vector<TiltBlock> blocks, const TiltPolarization * nonPolar, const TiltPolarization * film,
                 const TiltAssumptions & assumptions)
  : m_Blocks(std::move(blocks)), m_NonPolar(nonPolar), m_Film(film), m_Assumptions(assumptions)
{
  this->CollectDomains();
  this->PlaceCenter();
  m_NonPolarModes = m_NonPolar ? m_NonPolar->GetModes() - 1 : 0;
  m_FilmModes = m_Film ? m_Film->GetModes() - 1 : 0;
  m_Thickness = FieldTerms + m_NonPolarModes + m_FilmModes;
  m_FirstDomain = m_Thickness + 1;
  m_FirstSlope = m_FirstDomain + 2 * static_cast<Eigen::Index>(m_Domains.size());
  m_Unknowns = Eigen::VectorXd::Zero(m_FirstSlope + SlopeTerms * static_cast<Eigen::Index>(m_Domains.size()));
}

TiltEstimate
TiltFit::Solve()
{
  this->Start();
  this->Descend();
  return this->Report();
}

/** Gauss-Newton steps, each shortened until it is one downhill: beyond its largest tilts a table may turn round. */
void
TiltFit::Descend()
{
  constexpr int Iterations = 100;
  TiltNormal normal = this->Sum();
  for (int iteration = 0; iteration < Iterations; ++iteration)
  {
    const Eigen::VectorXd from = m_Unknowns;
    const double objective = normal.objective;
    const Eigen::VectorXd step = normal.matrix.ldlt().solve(normal.right);
    double share = 1.0;
    constexpr double Shortest = 1e-3;
    do
    {
      m_Unknowns = from + share * step;
      normal = this->Sum();
      share *= 0.5;
    } while (normal.objective > objective && share > Shortest);
    if (normal.objective > objective || step.head(FieldTerms).cwiseAbs().maxCoeff() < 1e-6)
    {
      m_Unknowns = normal.objective > objective ? from : m_Unknowns;
      break;
    }
  }
}

void
TiltFit::CollectDomains()
{
  std::map<int, std::size_t> sizes;
  for (const auto & block : m_Blocks)
  {
    if (block.group > 0)
    {
      sizes[block.group] += block.cells;
    }
  }
  for (const auto & [group, cells] : sizes)
  {
    Domain domain;
    domain.number = group;
    domain.cells = cells;
    m_Domains.push_back(domain);
  }
  std::stable_sort(m_Domains.begin(), m_Domains.end(),
                   [](const auto & l, const auto & r) { return l.cells > r.cells; });
  constexpr std::size_t Most = 12; // the largest say what there is to say
  m_Domains.resize(std::min(m_Domains.size(), Most));
  m_Blocks.erase(std::remove_if(m_Blocks.begin(), m_Blocks.end(),
                                [this](const TiltBlock & b) {
                                  return b.group > 0 &&
                                         this->DomainOf(b) == static_cast<Eigen::Index>(m_Domains.size());
                                }),
                 m_Blocks.end());
}

void
TiltFit::PlaceCenter()
{
  if (m_Blocks.empty())
  {
    return;
  }
  const auto measure = [this](const auto & belongs)
  {
    Eigen::Vector2d low = Eigen::Vector2d::Constant(std::numeric_limits<double>::infinity());
    Eigen::Vector2d high = -low;
    for (const auto & block : m_Blocks)
    {
      if (belongs(block))
      {
        low = low.cwiseMin(block.positionNm);
        high = high.cwiseMax(block.positionNm);
      }
    }
    return std::pair<Eigen::Vector2d, Eigen::Vector2d>(0.5 * (low + high), high - low);
  };
  const auto [center, size] = measure([](const TiltBlock &) { return true; });
  m_Center = center;
  m_Extent = std::max(1.0, size.norm());
  for (auto & domain : m_Domains)
  {
    const auto [middle, extent] = measure([&](const TiltBlock & block) { return block.group == domain.number; });
    domain.centerNm = middle;
    domain.extentNm = extent.cwiseMax(1.0);
  }
}

Eigen::Index
TiltFit::DomainOf(const TiltBlock & block) const
{
  return std::find_if(m_Domains.begin(), m_Domains.end(), [&](const Domain & d) { return d.number == block.group; }) -
         m_Domains.begin();
}

Eigen::Vector2d
TiltFit::Polarization(Eigen::Index domain) const
{
  return m_Unknowns.segment<2>(m_FirstDomain + 2 * domain);
}

Eigen::VectorXd
TiltFit::Deviations(bool nonPolar) const
{
  const Eigen::Index modes = nonPolar ? m_NonPolarModes : m_FilmModes;
  Eigen::VectorXd deviations(modes + 1);
  deviations << m_Unknowns.segment(FieldTerms + (nonPolar ? 0 : m_NonPolarModes), modes), m_Unknowns[m_Thickness];
  return deviations;
}

/** What is believed before: no tilt, give or take. */
double
TiltFit::PriorOf(Eigen::Index fieldTerm) const
{
  return fieldTerm < 2            ? m_Assumptions.tiltPriorMrad
         : m_Assumptions.gradient ? m_Assumptions.variationPriorMrad / m_Extent
                                  : 1e-9;
}

/** The tilt of a non-polar crystal that shows this mean polarization, to an error of 1 pm and with the prior of the
 * tilt: Gauss-Newton steps that go downhill. */
Eigen::Vector2d
TiltFit::TiltThatShows(const Eigen::Vector2d & polarizationPm) const
{
  const double prior = 1.0 / (m_Assumptions.tiltPriorMrad * m_Assumptions.tiltPriorMrad);
  const auto objective = [&](const Eigen::Vector2d & t)
  { return (polarizationPm - m_NonPolar->Evaluate(t)).squaredNorm() + prior * t.squaredNorm(); };
  Eigen::Vector2d tilt = Eigen::Vector2d::Zero();
  constexpr int Steps = 20;
  for (int n = 0; n < Steps; ++n)
  {
    const Eigen::Matrix2d slope = m_NonPolar->Derivative(tilt);
    const Eigen::Matrix2d normal = slope.transpose() * slope + prior * Eigen::Matrix2d::Identity();
    Eigen::Vector2d step =
      normal.inverse() * (slope.transpose() * (polarizationPm - m_NonPolar->Evaluate(tilt)) - prior * tilt);
    constexpr double ShortestMrad = 1e-3;
    while (objective(tilt + step) > objective(tilt) && step.norm() > ShortestMrad)
    {
      step *= 0.5;
    }
    if (step.norm() <= ShortestMrad)
    {
      break;
    }
    tilt += step;
  }
  return tilt;
}

/** Starts at the tilt that the non-polar region shows by itself, and domains at their means without what that tilt
 * makes of them; from these follow the relations. */
void
TiltFit::Start()
{
  Eigen::Vector2d shown = Eigen::Vector2d::Zero();
  double weight = 0.0;
  std::vector<Eigen::Vector2d> sums(m_Domains.size(), Eigen::Vector2d::Zero());
  for (const auto & block : m_Blocks)
  {
    const auto count = static_cast<double>(block.cells);
    if (block.group == TiltSample::NonPolar)
    {
      shown += count * block.polarizationPm;
      weight += count;
    }
    else
    {
      sums[static_cast<std::size_t>(this->DomainOf(block))] += count * block.polarizationPm;
    }
  }
  Eigen::Vector2d tilt = Eigen::Vector2d::Zero();
  if (weight > 0.0)
  {
    tilt = this->TiltThatShows(shown / weight);
  }
  m_Unknowns.head<2>() = tilt;
  const auto domains = static_cast<Eigen::Index>(m_Domains.size());
  for (Eigen::Index k = 0; k < domains; ++k)
  {
    Domain & domain = m_Domains[static_cast<std::size_t>(k)];
    const Eigen::Vector2d mean =
      m_Film->Remove(sums[static_cast<std::size_t>(k)] / std::max(1.0, static_cast<double>(domain.cells)), tilt);
    m_Unknowns.segment<2>(m_FirstDomain + 2 * k) = mean;
    domain.spreadPm = std::max(0.05, m_Assumptions.domainSpread * mean.norm());
  }
  this->RelateDomains();
}

void
TiltFit::RelateDomains()
{
  const auto domains = static_cast<Eigen::Index>(m_Domains.size());
  // The two that differ most: with only two directions the others belong to the nearer one.
  Eigen::Vector2d middle = Eigen::Vector2d::Zero();
  Eigen::Vector2d apart = Eigen::Vector2d::Zero();
  for (Eigen::Index k = 0; k < domains; ++k)
  {
    for (Eigen::Index l = k + 1; l < domains; ++l)
    {
      const Eigen::Vector2d difference = this->Polarization(l) - this->Polarization(k);
      if (difference.norm() > apart.norm())
      {
        apart = difference;
        middle = 0.5 * (this->Polarization(l) + this->Polarization(k));
      }
    }
  }
  constexpr double LeastPm = 10.0; // less is no wall
  for (Eigen::Index k = 0; k < domains; ++k)
  {
    for (Eigen::Index l = k + 1; l < domains; ++l)
    {
      const Eigen::Vector2d first = this->Polarization(k);
      const Eigen::Vector2d second = this->Polarization(l);
      Relation relation = Relation::EqualSize;
      if (m_Assumptions.oppositeDomains)
      {
        const bool differ = (first - middle).dot(apart) * (second - middle).dot(apart) < 0.0;
        relation = differ && apart.norm() > LeastPm ? Relation::Opposite : Relation::Same;
      }
      else
      {
        const double cosine = first.dot(second) / std::max(1e-30, first.norm() * second.norm());
        constexpr double Octant = 0.70710678; // cosine of 45 degrees
        relation = cosine < -Octant ? Relation::Opposite : cosine > Octant ? Relation::Same : Relation::EqualSize;
      }
      m_Pairs.push_back({k, l, relation});
    }
  }
}

TiltFit::Observation
TiltFit::Observe(const TiltBlock & block, const TiltPolarization * nonPolar, const TiltPolarization * film) const
{
  const bool polar = block.group != TiltSample::NonPolar;
  const TiltPolarization & response = polar ? *film : *nonPolar;
  const auto row = TiltFieldRow(block.positionNm - m_Center);
  const Eigen::Vector2d tilt = row * m_Unknowns.head<FieldTerms>();
  Observation observation;
  observation.derivative.setZero(2, m_Unknowns.size());
  // What is measured: the polarization without tilt, and what tilt adds to it.
  Eigen::Vector2d polarization = Eigen::Vector2d::Zero();
  if (polar)
  {
    const Eigen::Index k = this->DomainOf(block);
    const Domain & domain = m_Domains[static_cast<std::size_t>(k)];
    const Eigen::Vector2d place = (block.positionNm - domain.centerNm).cwiseQuotient(domain.extentNm);
    Eigen::Matrix<double, 2, SlopeTerms> slopes;
    slopes << place.x() * Eigen::Matrix2d::Identity(), place.y() * Eigen::Matrix2d::Identity();
    const Eigen::Index first = m_FirstSlope + SlopeTerms * k;
    polarization = this->Polarization(k) + slopes * m_Unknowns.segment<SlopeTerms>(first);
    const Eigen::Matrix2d factor = Eigen::Matrix2d::Identity() + response.DerivativeByPolarization(tilt, polarization);
    observation.derivative.middleCols<2>(m_FirstDomain + 2 * k) = factor;
    observation.derivative.middleCols<SlopeTerms>(first) = factor * slopes;
  }
  observation.derivative.leftCols<FieldTerms>() = response.Derivative(tilt, polarization) * row;
  const Eigen::Matrix2Xd modes = response.EvaluateModes(tilt, polarization);
  const Eigen::Index own = modes.cols() - 1;
  observation.derivative.middleCols(FieldTerms + (polar ? m_NonPolarModes : 0), own) = modes.leftCols(own);
  observation.derivative.col(m_Thickness) = modes.col(own);
  observation.residual = block.polarizationPm - polarization - response.Evaluate(tilt, polarization);
  const double spread = m_Assumptions.patchSpreadPm;
  observation.weight = (block.covariancePm2 + spread * spread * Eigen::Matrix2d::Identity()).inverse();
  return observation;
}

std::vector<TiltFit::Observation>
TiltFit::ObserveAll() const
{
  std::optional<TiltPolarization> nonPolar;
  std::optional<TiltPolarization> film;
  if (m_NonPolar)
  {
    nonPolar = m_NonPolar->Shifted(this->Deviations(true));
  }
  if (m_Film)
  {
    film = m_Film->Shifted(this->Deviations(false));
  }
  std::vector<Observation> observations;
  for (const auto & block : m_Blocks)
  {
    observations.push_back(this->Observe(block, nonPolar ? &*nonPolar : nullptr, film ? &*film : nullptr));
  }
  return observations;
}

void
TiltFit::BelieveNuisances(TiltNormal & normal) const
{
  for (Eigen::Index n = FieldTerms; n <= m_Thickness; ++n)
  {
    normal.Believe(n, m_Unknowns[n], 1.0);
  }
  for (Eigen::Index n = m_FirstSlope; n < m_Unknowns.size(); ++n)
  {
    normal.Believe(n, m_Unknowns[n], m_Domains[static_cast<std::size_t>((n - m_FirstSlope) / SlopeTerms)].spreadPm);
  }
}

TiltNormal
TiltFit::Sum(TiltNormal * blocksOnly) const
{
  TiltNormal normal(m_Unknowns.size());
  for (const auto & observation : this->ObserveAll())
  {
    normal.Observe(observation.derivative, observation.residual, observation.weight);
  }
  if (blocksOnly)
  {
    *blocksOnly = normal;
  }
  for (const auto & pair : m_Pairs)
  {
    this->ObservePair(pair, normal);
  }
  this->BelieveNuisances(normal);
  for (Eigen::Index n = 0; n < FieldTerms; ++n)
  {
    normal.Believe(n, m_Unknowns[n], this->PriorOf(n));
  }
  return normal;
}

void
TiltFit::ObservePair(const DomainPair & pair, TiltNormal & normal) const
{
  const Eigen::Index size = m_Unknowns.size();
  const Eigen::Vector2d first = this->Polarization(pair.first);
  const Eigen::Vector2d second = this->Polarization(pair.second);
  const double length = 0.5 * (first.norm() + second.norm());
  const double deviation = std::max(0.05, m_Assumptions.domainSpread * length);
  const double weight = 1.0 / (deviation * deviation);
  const Eigen::Index f = m_FirstDomain + 2 * pair.first;
  const Eigen::Index s = m_FirstDomain + 2 * pair.second;
  if (pair.relation == Relation::EqualSize)
  {
    Eigen::MatrixXd derivative = Eigen::MatrixXd::Zero(1, size);
    derivative.block<1, 2>(0, f) = first.normalized().transpose();
    derivative.block<1, 2>(0, s) = -second.normalized().transpose();
    normal.Observe(derivative, Eigen::VectorXd::Constant(1, second.norm() - first.norm()),
                   Eigen::MatrixXd::Constant(1, 1, weight));
    return;
  }
  const double sign = pair.relation == Relation::Opposite ? 1.0 : -1.0;
  Eigen::MatrixXd derivative = Eigen::MatrixXd::Zero(2, size);
  derivative.block<2, 2>(0, f).setIdentity();
  derivative.block<2, 2>(0, s) = sign * Eigen::Matrix2d::Identity();
  normal.Observe(derivative, -(first + sign * second), weight * Eigen::Matrix2d::Identity());
}

TiltEstimate
TiltFit::Report() const
{
  TiltEstimate estimate;
  TiltNormal blocks;
  const TiltNormal normal = this->Sum(&blocks);
  const Eigen::MatrixXd inverse =
    normal.matrix.ldlt().solve(Eigen::MatrixXd::Identity(m_Unknowns.size(), m_Unknowns.size()));
  // Parameters that beliefs hold count as far as the patches determine them.
  const double freedom = 2.0 * static_cast<double>(m_Blocks.size()) - blocks.matrix.cwiseProduct(inverse).sum();
  estimate.reducedChiSquare = freedom >= 1.0 ? blocks.objective / freedom : 1.0;
  const double factor = std::max(1.0, estimate.reducedChiSquare);
  const Eigen::MatrixXd covariance = factor * inverse;
  TiltField & field = estimate.field;
  field.centerNm = m_Center;
  field.atCenterMrad = m_Unknowns.head<2>();
  field.gradientMradPerNm << m_Unknowns[2], m_Unknowns[3], m_Unknowns[4], m_Unknowns[5];
  field.covariance = covariance.topLeftCorner<FieldTerms, FieldTerms>();
  estimate.covariance = covariance.topLeftCorner(m_FirstDomain, m_FirstDomain);
  estimate.nonPolarDeviations = this->Deviations(true);
  estimate.filmDeviations = this->Deviations(false);

  // Errors of the tables change how much tilt is seen, but not whether there is any: they are held here.
  const Eigen::Index terms = m_Assumptions.gradient ? FieldTerms : 2;
  std::vector<Eigen::Index> kept;
  for (Eigen::Index n = 0; n < m_Unknowns.size(); ++n)
  {
    if (n < FieldTerms || n >= m_FirstDomain)
    {
      kept.push_back(n);
    }
  }
  const Eigen::MatrixXd held = normal.matrix(kept, kept).inverse() * factor;
  const Eigen::VectorXd values = m_Unknowns.head(terms);
  const double half = 0.5 * values.dot(held.topLeftCorner(terms, terms).ldlt().solve(values));
  // Survival function of chi squared with an even number of degrees of freedom.
  estimate.chanceWithoutTilt = std::exp(-half) * (terms == 2 ? 1.0 : 1.0 + half + 0.5 * half * half);
  for (const auto & block : m_Blocks)
  {
    (block.group == TiltSample::NonPolar ? estimate.nonPolarCells : estimate.domainCells) += block.cells;
  }
  for (std::size_t k = 0; k < m_Domains.size(); ++k)
  {
    estimate.domains.push_back(m_Domains[k].number);
    estimate.domainPolarizationsPm.push_back(this->Polarization(static_cast<Eigen::Index>(k)));
  }
  for (const auto & pair : m_Pairs)
  {
    estimate.oppositePairs += pair.relation == Relation::Opposite;
    estimate.equalPairs += pair.relation == Relation::EqualSize;
  }
  this->ReportClues(factor, estimate);
  return estimate;
}
} // namespace ferro
