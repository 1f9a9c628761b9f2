#ifndef ferroEvaluateDeclaration_h
#define ferroEvaluateDeclaration_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"

#include <Eigen/Core>
#include <optional>
#include <utility>

namespace ferro
{
CommandDeclaration DeclareEvaluate();

/** Corners (upper left, lower right) of --train-region. Throws UsageError. */
std::optional<std::pair<Eigen::Vector2d, Eigen::Vector2d>> GetTrainRegion(const CommandContext & context);
} // namespace ferro

#endif
