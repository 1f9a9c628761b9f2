// What ColumnRefiner learns for a column from those around it: the shape to expect and the slope of the background.

#include "ferroColumnRefiner.h"

#include "ferroPointLocator.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
double
Median(std::vector<double> values)
{
  if (values.empty())
  {
    return 0.0;
  }
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}
} // namespace

void
ColumnRefiner::UpdateExpectedShape()
{
  std::vector<double> sigmas;
  std::vector<Eigen::Vector2d> positions;
  std::vector<std::size_t> sound;
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    if (!m_States[n].failed)
    {
      sigmas.push_back(m_States[n].parameters.Sigma());
      positions.emplace_back(m_States[n].parameters.x, m_States[n].parameters.y);
      sound.push_back(n);
    }
  }
  const double median = Median(std::move(sigmas));
  if (median > 0.0)
  {
    m_Sigma = median;
  }
  // Columns of one sublattice share their shape, and brightness tells which they are: of those around, the likest.
  constexpr std::size_t Around = 24;
  constexpr std::size_t Like = 9;
  const PointLocator locator(positions);
  constexpr std::size_t Chunk = 256;
  std::vector<ShapePrior> shapes(m_States.size());
  m_Parallel((m_States.size() + Chunk - 1) / Chunk,
             [&](std::size_t chunk)
             {
               for (std::size_t n = chunk * Chunk; n < std::min(m_States.size(), (chunk + 1) * Chunk); ++n)
               {
                 const GaussianParameters & p = m_States[n].parameters;
                 std::vector<std::pair<double, std::size_t>> like;
                 for (const auto & match : locator.Nearest({p.x, p.y}, Around))
                 {
                   const std::size_t other = sound[match.first];
                   like.emplace_back(std::abs(std::log(m_States[other].parameters.amplitude / p.amplitude)), other);
                 }
                 std::sort(like.begin(), like.end());
                 like.resize(std::min(like.size(), Like));
                 const auto typical = [&](double GaussianParameters::*member)
                 {
                   std::vector<double> values;
                   for (const auto & entry : like)
                   {
                     values.push_back(m_States[entry.second].parameters.*member);
                   }
                   return Median(std::move(values));
                 };
                 shapes[n] = {typical(&GaussianParameters::qa), typical(&GaussianParameters::qb),
                              typical(&GaussianParameters::qc), 0.0};
               }
             });
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    if (shapes[n].qa * shapes[n].qc > shapes[n].qb * shapes[n].qb)
    {
      m_States[n].shape = shapes[n];
    }
  }
}

void
ColumnRefiner::UpdateBackgroundSlopes()
{
  std::vector<Eigen::Vector2d> positions;
  std::vector<double> backgrounds;
  for (const auto & state : m_States)
  {
    if (!state.failed)
    {
      positions.emplace_back(state.parameters.x, state.parameters.y);
      backgrounds.push_back(state.parameters.background);
    }
  }
  constexpr std::size_t Around = 25;
  if (positions.size() < Around)
  {
    return;
  }
  const PointLocator locator(positions);
  constexpr std::size_t Chunk = 256;
  m_Parallel((m_States.size() + Chunk - 1) / Chunk,
             [&](std::size_t chunk)
             {
               for (std::size_t n = chunk * Chunk; n < std::min(m_States.size(), (chunk + 1) * Chunk); ++n)
               {
                 State & state = m_States[n];
                 const Eigen::Vector2d center(state.start.x, state.start.y);
                 Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
                 Eigen::Vector3d right = Eigen::Vector3d::Zero();
                 for (const auto & match : locator.Nearest(center, Around))
                 {
                   const Eigen::Vector2d d = positions[match.first] - center;
                   const Eigen::Vector3d row(1.0, d.x(), d.y());
                   normal += row * row.transpose();
                   right += row * backgrounds[match.first];
                 }
                 const Eigen::Vector3d plane = normal.ldlt().solve(right);
                 if (plane.allFinite())
                 {
                   state.slope = plane.tail<2>();
                 }
               }
             });
}
} // namespace ferro
