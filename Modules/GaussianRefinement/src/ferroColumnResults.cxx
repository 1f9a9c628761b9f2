// What ColumnRefiner gives back: residuals, parameters, covariances and flags of the columns.

#include "ferroCircle.h"
#include "ferroColumnRefiner.h"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

namespace ferro
{
void
ColumnRefiner::MeasureResiduals()
{
  constexpr std::size_t Chunk = 64;
  m_Parallel((m_States.size() + Chunk - 1) / Chunk,
             [&](std::size_t chunk)
             {
               FitPixels pixels;
               for (std::size_t n = chunk * Chunk; n < std::min(m_States.size(), (chunk + 1) * Chunk); ++n)
               {
                 State & state = m_States[n];
                 this->CollectPixels(state, false, pixels);
                 double squares = 0.0;
                 for (std::size_t k = 0; k < pixels.value.size(); ++k)
                 {
                   const double residual = pixels.value[k] - state.parameters.amplitude * pixels.gauss.Data()[k];
                   squares += pixels.weight[k] > 0.0F ? residual * residual : 0.0;
                 }
                 state.fit.residualRms = m_Scale * std::sqrt(squares / static_cast<double>(std::max(1L, pixels.count)));
               }
             });
}

void
ColumnRefiner::Store(AtomColumnSet & columns) const
{
  auto & container = columns.GetColumns();
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const State & state = m_States[n];
    const GaussianParameters & p = state.parameters;
    AtomColumn & column = container[n];
    column.flags &= ~static_cast<std::uint32_t>(FlagEdge | FlagOverlap | FlagFitFailed);
    column.position = {p.x, p.y};
    column.amplitude = m_Scale * p.amplitude;
    column.background = m_Scale * p.background;
    Eigen::Matrix2d q;
    q << p.qa, p.qb, p.qb, p.qc;
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(q); // eigenvalues ascend: the first is the longer axis
    column.sigmaMajor = 1.0 / std::sqrt(solver.eigenvalues()[0]);
    column.sigmaMinor = 1.0 / std::sqrt(solver.eigenvalues()[1]);
    const Eigen::Vector2d axis = solver.eigenvectors().col(0);
    double rotation = std::atan2(axis.y(), axis.x());
    if (rotation <= -0.5 * 3.14159265358979323846)
    {
      rotation += 3.14159265358979323846;
    }
    else if (rotation > 0.5 * 3.14159265358979323846)
    {
      rotation -= 3.14159265358979323846;
    }
    column.rotation = rotation;
    column.residualRms = state.fit.residualRms;
    if (state.failed)
    {
      column.flags |= FlagFitFailed;
      // Nothing better is known than that the column is there.
      column.covariance = 0.25 * m_Sigma * m_Sigma * Eigen::Matrix2d::Identity();
    }
    else
    {
      column.covariance = m_CorrelatedPixels * state.fit.covariance;
    }
    long inside = 0;
    ForWindow(p.x, p.y, state.radius, m_Width, m_Height, [&inside](long, long) { ++inside; });
    if (static_cast<double>(inside) < 0.85 * 3.14159265358979323846 * state.radius * state.radius)
    {
      column.flags |= FlagEdge;
    }
    if (m_NearestDistance[n] < 2.0 * m_Sigma)
    {
      column.flags |= FlagOverlap;
    }
  }
  columns.SetColumnSigma(m_Sigma);
  columns.SetNoiseGain(m_Scale * m_Noise.gain);
  columns.SetNoiseOffset(m_Scale * m_Scale * m_Noise.offset);
}
} // namespace ferro
