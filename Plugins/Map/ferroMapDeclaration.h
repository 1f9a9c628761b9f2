#ifndef ferroMapDeclaration_h
#define ferroMapDeclaration_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroLatticeCalibration.h"
#include "ferroPolarizationFilter.h"

namespace ferro
{
CommandDeclaration DeclareMap();

/** Hands the parameters of the map to the filter. Throws UsageError for a region or material that makes no sense. */
void ConfigurePolarization(const CommandContext & context, PolarizationFilter & filter);

/** What --calibrate and its companions ask for; no name in the target: nothing. */
struct CalibrationRequest
{
  CalibrationTarget target;
  Eigen::Vector2d upperLeft = Eigen::Vector2d::Zero();
  Eigen::Vector2d lowerRight = Eigen::Vector2d::Zero();
  bool perAxis = false;
};
CalibrationRequest GetCalibrationRequest(const CommandContext & context);
} // namespace ferro

#endif
