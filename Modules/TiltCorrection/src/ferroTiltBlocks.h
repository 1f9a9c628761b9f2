#ifndef ferroTiltBlocks_h
#define ferroTiltBlocks_h

#include "ferroTiltEstimate.h"

namespace ferro
{
/** Mean of neighbouring cells of one group. */
struct TiltBlock
{
  int group = TiltSample::Ignored;
  std::size_t cells = 0;
  Eigen::Vector2d positionNm = Eigen::Vector2d::Zero();
  Eigen::Vector2d polarizationPm = Eigen::Vector2d::Zero();
  Eigen::Matrix2d covariancePm2 = Eigen::Matrix2d::Zero();
};

/** Averages the cells of each group over compact patches of about equal number; robust against single outliers. Groups
 * of fewer than four cells are left out. The covariance of a patch allows for what its cells share: A columns, and the
 * scan lines. */
std::vector<TiltBlock> AverageBlocks(const std::vector<TiltSample> & samples);
} // namespace ferro

#endif
