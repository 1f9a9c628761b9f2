#include "ferroCramerRaoBound.h"

#include "ferroPointLocator.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr std::size_t MostSamples = 40;

class Bound
{
public:
  explicit Bound(const SyntheticTruth::Values & truth)
    : m_Truth(truth), m_Cell(truth.parameters.latticeNm / truth.parameters.pixelSizeNm), m_Locator(Positions(truth))
  {
  }

  // Mean over both axes of the smallest variance of the position of a column, pixel^2.
  double
  Variance(std::size_t index) const
  {
    const auto & columns = m_Truth.columns;
    const auto & center = columns[index];
    std::vector<std::size_t> contributing;
    Eigen::Index free = 0; // the first ones have free parameters; the column itself is the very first
    for (const auto & match : m_Locator.Within(center.position, 1.4 * m_Cell + 6.0 * center.sigma))
    {
      contributing.push_back(match.first);
      free += match.second < 1.21 * m_Cell * m_Cell;
    }
    const Eigen::Index parameters = 3 * free + 1;
    Eigen::MatrixXd information = Eigen::MatrixXd::Zero(parameters, parameters);
    Eigen::VectorXd gradient(parameters);
    // A sampling four times finer than sigma gives the sum of all pixels to many digits.
    const double step = std::max(1.0, std::floor(center.sigma / 4.0));
    const double radius = 1.4 * m_Cell;
    const double dose = m_Truth.parameters.doseCounts;
    for (double y = std::ceil(center.position.y() - radius); y <= center.position.y() + radius; y += step)
    {
      for (double x = std::ceil(center.position.x() - radius); x <= center.position.x() + radius; x += step)
      {
        const Eigen::Vector2d pixel(x, y);
        if ((pixel - center.position).norm() > radius || !this->IsInside(pixel))
        {
          continue;
        }
        double mean = SyntheticBackground(m_Truth.parameters, x, y);
        for (std::size_t n = 0; n < contributing.size(); ++n)
        {
          const auto & column = columns[contributing[n]];
          const double inverse = 1.0 / (column.sigma * column.sigma);
          const Eigen::Vector2d d = pixel - column.position;
          const double shape = std::exp(-0.5 * inverse * d.squaredNorm());
          mean += column.amplitude * shape;
          const auto k = static_cast<Eigen::Index>(n);
          if (k < free)
          {
            gradient.segment<2>(3 * k) = column.amplitude * shape * inverse * d;
            gradient(3 * k + 2) = shape;
          }
        }
        gradient(parameters - 1) = 1.0;
        if (mean > 0.0)
        {
          information.selfadjointView<Eigen::Lower>().rankUpdate(gradient, dose * step * step / mean);
        }
      }
    }
    const Eigen::LDLT<Eigen::MatrixXd> solver(information);
    Eigen::MatrixXd position = Eigen::MatrixXd::Zero(parameters, 2);
    position.topRows<2>().setIdentity();
    return 0.5 * solver.solve(position).topRows<2>().trace();
  }

  // Root mean square over columns of one kind, pm.
  double
  Typical(Sublattice sublattice, SpecimenRegion region) const
  {
    std::vector<std::size_t> kind;
    for (std::size_t n = 0; n < m_Truth.columns.size(); ++n)
    {
      const auto & column = m_Truth.columns[n];
      if (column.sublattice == sublattice && column.region == region && column.amplitude > 0.0 &&
          this->IsInside(column.position, m_Cell))
      {
        kind.push_back(n);
      }
    }
    if (kind.empty())
    {
      return std::numeric_limits<double>::quiet_NaN();
    }
    const std::size_t samples = std::min(kind.size(), MostSamples);
    double sum = 0.0;
    for (std::size_t n = 0; n < samples; ++n)
    {
      sum += this->Variance(kind[n * kind.size() / samples]);
    }
    return 1e3 * m_Truth.parameters.pixelSizeNm * std::sqrt(sum / static_cast<double>(samples));
  }

private:
  static std::vector<Eigen::Vector2d>
  Positions(const SyntheticTruth::Values & truth)
  {
    std::vector<Eigen::Vector2d> positions;
    for (const auto & column : truth.columns)
    {
      positions.push_back(column.position);
    }
    return positions;
  }
  bool
  IsInside(const Eigen::Vector2d & place, double border = 0.0) const
  {
    return place.x() >= border && place.y() >= border &&
           place.x() <= static_cast<double>(m_Truth.parameters.width - 1) - border &&
           place.y() <= static_cast<double>(m_Truth.parameters.height - 1) - border;
  }

  const SyntheticTruth::Values & m_Truth;
  double m_Cell;
  PointLocator m_Locator;
};
} // namespace

std::optional<CramerRaoBound>
ComputeCramerRaoBound(const SyntheticTruth::Values & truth)
{
  if (!(truth.parameters.doseCounts > 0.0) || !truth.parameters.AreColumnsRound())
  {
    return std::nullopt;
  }
  const Bound bound(truth);
  CramerRaoBound result;
  result.filmA = bound.Typical(Sublattice::A, SpecimenRegion::Film);
  result.filmB = bound.Typical(Sublattice::B, SpecimenRegion::Film);
  result.substrateA = bound.Typical(Sublattice::A, SpecimenRegion::Substrate);
  result.substrateB = bound.Typical(Sublattice::B, SpecimenRegion::Substrate);
  result.filmDisplacement = std::hypot(result.filmB, 0.5 * result.filmA);
  return result;
}
} // namespace ferro
