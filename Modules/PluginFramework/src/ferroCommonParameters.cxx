#include "ferroCommonParameters.h"

#include <algorithm>

namespace ferro
{
CommandDeclaration
WithCommonParameters(CommandDeclaration declaration)
{
  CommandDeclaration common;
  const auto & own = declaration.parameters;
  const bool readsImage = std::any_of(own.begin(), own.end(),
                                      [](const Parameter & parameter)
                                      { return parameter.type == ParameterType::Image && !parameter.output; });
  if (readsImage)
  {
    common.Add(ParameterType::Text, "imageIndex")
      .Label("Image in the file")
      .Help("Which image of a file that holds several: its number in 'ferroscope info', or its title")
      .Alias("image");
    common.Add(ParameterType::Text, "frame")
      .Label("Frame")
      .Help("Which frame of a stack: its number, counted from 0, or 'mean' for the mean of all");
    common.Add(ParameterType::Number, "pixelSizeNm")
      .Label("Pixel size")
      .Help("Size of a pixel, instead of the file's own calibration")
      .Unit("nm")
      .Range(1e-6, 1e6);
  }
  common.Add(ParameterType::Integer, "threads")
    .Label("Threads")
    .Help("Number of threads; 0 means one for each processor. Results do not depend on it")
    .Default(0)
    .Range(0, 1024)
    .Advanced();
  common.Add(ParameterType::Integer, "seed")
    .Label("Random seed")
    .Help("Start of every random number sequence; the same seed gives the same result")
    .Default(0)
    .Range(0, 2147483647) // what 3D Slicer can hold
    .Advanced();
  common.Add(ParameterType::Choice, "logLevel")
    .Label("Messages")
    .Help("Which messages to show")
    .Choices({"error", "warning", "info", "debug"})
    .Default("info")
    .Advanced();
  common.Add(ParameterType::Boolean, "noFigures")
    .Label("No figures")
    .Help("Draw no figures and write no report")
    .Advanced();
  common.Add(ParameterType::Choice, "progress")
    .Label("Progress")
    .Help("How to show progress: auto is a line on a terminal and nothing elsewhere, slicer is 3D Slicer's protocol")
    .Choices({"auto", "none", "slicer"})
    .Default("auto")
    .Advanced();
  for (auto & parameter : common.parameters)
  {
    if (declaration.Find(parameter.name) == nullptr)
    {
      parameter.common = true;
      declaration.parameters.push_back(parameter);
    }
  }
  return declaration;
}
} // namespace ferro
