#ifndef ferroChain_h
#define ferroChain_h

#include "ferroAtomColumnSet.h"
#include "ferroAtomFindingImageFilter.h"
#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroGaussianRefinementFilter.h"

#include <filesystem>
#include <string>

namespace ferro
{
/** Adds the input image, positional. */
void DeclareInputImage(CommandDeclaration & declaration);
/** Adds --output; empty: a folder or file named after the image. */
void DeclareOutputFolder(CommandDeclaration & declaration);
/** Adds the advanced parameters of the finder and of the refinement, and hands them over. */
void DeclareFinding(CommandDeclaration & declaration);
void ConfigureFinding(const CommandContext & context, AtomFindingImageFilter & finder);
void DeclareRefinement(CommandDeclaration & declaration);
void ConfigureRefinement(const CommandContext & context, GaussianRefinementFilter & refinement);

/** What --output says, or <stem of the image><ending> in the present folder. */
std::filesystem::path OutputPath(const CommandContext & context, const std::string & ending);

/** A warning when the image has no calibration. */
void WarnWithoutCalibration(CommandContext & context, const ImageGeometry & geometry);
/** Reads a rectangle "x0,y0,x1,y1" of an option into its corners, pixels; throws UsageError. */
void ParseRegion(const std::string & option, const std::string & text, Eigen::Vector2d & upperLeft,
                 Eigen::Vector2d & lowerRight);
} // namespace ferro

#endif
