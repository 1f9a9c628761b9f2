#include "ferroTiltEstimate.h"

#include "ferroErrors.h"
#include "ferroTiltBlocks.h"
#include "ferroTiltFit.h"

#include <algorithm>

namespace ferro
{
Eigen::Vector2d
TiltField::At(const Eigen::Vector2d & positionNm) const
{
  return atCenterMrad + gradientMradPerNm * (positionNm - centerNm);
}

Eigen::Matrix2d
TiltField::CovarianceAt(const Eigen::Vector2d & positionNm) const
{
  const auto row = TiltFieldRow(positionNm - centerNm);
  return row * covariance * row.transpose();
}

TiltPolarization
TiltEstimate::Adjusted(const TiltPolarization & response, bool nonPolar) const
{
  return response.Shifted(nonPolar ? nonPolarDeviations : filmDeviations);
}

Eigen::Matrix2d
TiltEstimate::CovarianceOfApparent(const TiltPolarization & adjusted, bool nonPolar, const Eigen::Vector2d & positionNm,
                                   const Eigen::Vector2d & polarizationPm) const
{
  const auto row = TiltFieldRow(positionNm - field.centerNm);
  const Eigen::Vector2d tilt = field.At(positionNm);
  const Eigen::Matrix2Xd modes = adjusted.EvaluateModes(tilt, polarizationPm);
  const Eigen::Index own = modes.cols() - 1;
  Eigen::Matrix2Xd derivative = Eigen::Matrix2Xd::Zero(2, covariance.rows());
  derivative.leftCols<6>() = adjusted.Derivative(tilt, polarizationPm) * row;
  derivative.middleCols(6 + (nonPolar ? 0 : nonPolarDeviations.size() - 1), own) = modes.leftCols(own);
  derivative.rightCols<1>() = modes.col(own);
  return derivative * covariance * derivative.transpose();
}

TiltEstimate
EstimateTilt(const std::vector<TiltSample> & samples, const TiltPolarization * nonPolar, const TiltPolarization * film,
             const TiltAssumptions & assumptions)
{
  std::vector<TiltBlock> blocks = AverageBlocks(samples);
  blocks.erase(std::remove_if(blocks.begin(), blocks.end(),
                              [&](const TiltBlock & b) { return b.group == TiltSample::NonPolar ? !nonPolar : !film; }),
               blocks.end());
  const bool hasNonPolar =
    std::any_of(blocks.begin(), blocks.end(), [](const TiltBlock & b) { return b.group == TiltSample::NonPolar; });
  TiltFit fit(std::move(blocks), nonPolar, film, assumptions);
  TiltEstimate estimate = fit.Solve();
  if (!hasNonPolar && estimate.oppositePairs + estimate.equalPairs == 0)
  {
    throw AnalysisError("nothing tells the tilt from polarization: neither a non-polar region nor two domains of "
                        "different direction were found (" +
                        std::to_string(estimate.domains.size()) +
                        " domains); name a region that is not polar, or leave the map as it is");
  }
  return estimate;
}
} // namespace ferro
