#include "ferroChain.h"
#include "ferroNetworkCommands.h"

namespace ferro
{
CommandDeclaration
PredictCommand::Declare() const
{
  CommandDeclaration declaration;
  declaration.name = "predict";
  declaration.menu = "Network/Predict";
  declaration.title = "Predict polarization";
  declaration.help =
    "Runs a network over an image: displacements and other targets without finding atoms, with their errors "
    "and a measure of how unusual each place is for the network. The image is brought to the network's scale "
    "first. Writes tables, fields, figures and a report as 'map' does.";
  declaration.examples = {"ferroscope predict film.dm4 --model film.safetensors",
                          "ferroscope predict film.dm4 --model film.safetensors --compare film_map --novelty-sites 5",
                          "ferroscope predict film.dm4 --model paper.safetensors --cells film_map"};
  declaration.references = {
    "Nelson, Ghosh, Oxley, Zhang, Ziatdinov, Takeuchi, Kalinin, npj Comput. Mater. 7, 149 (2021)"};
  DeclareInputImage(declaration);
  DeclareOutputFolder(declaration);
  declaration.Add(ParameterType::Model, "model")
    .Label("Network")
    .Help("File that 'train' wrote, or TorchScript with a description. Default: the pretrained network, where there is "
          "one.")
    .Extensions({".safetensors", ".pt"});
  declaration.Add(ParameterType::File, "cells")
    .Label("Cells")
    .Help("Predict at the cells of a map (its folder or table) instead of everywhere.");
  declaration.Add(ParameterType::File, "compare")
    .Label("Compare with")
    .Help("Map of the same image (its folder or table): writes the difference and how well both agree.");
  declaration.Add(ParameterType::Integer, "stridePx")
    .Label("Step")
    .Help("Distance of neighbouring places in pixels of the network, a multiple or a divisor of its own; 0: that.")
    .Unit("px")
    .Default(0)
    .Range(0, 1024)
    .Advanced();
  declaration.Add(ParameterType::Integer, "noveltySites")
    .Label("Sites to visit")
    .Help("Lists so many of the most unusual places, where a microscope should look next.")
    .Default(0)
    .Range(0, 100000);
  declaration.Add(ParameterType::Boolean, "noNovelty")
    .Label("No novelty")
    .Help("Leave out novelty, which takes time.")
    .Advanced();
  declaration.Add(ParameterType::Boolean, "subtractBackground")
    .Label("Subtract the background")
    .Help(
      "Subtract the local mean where it varies by more than half as much as the lattice, for networks that have the "
      "lattice as their scale and did not learn from such images. The pretrained network always has it done.")
    .Advanced();
  declaration.Add(ParameterType::Number, "wheelRadiusPm")
    .Label("Radius of the colour wheel")
    .Help("Displacement at the rim of the colour wheel; 0: from the data.")
    .Unit("pm")
    .Default(0.0)
    .Range(0.0, 1000.0)
    .Advanced();
  declaration.Add(ParameterType::Text, "device").Label("Device").Help("cpu, cuda or cuda:n.").Default("cpu").Advanced();
  return declaration;
}
} // namespace ferro
