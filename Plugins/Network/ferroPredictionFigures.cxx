#include "ferroPredictionFigures.h"

#include "ferroErrors.h"
#include "ferroLattice.h"
#include "ferroMapFigures.h"
#include "ferroScalarMap.h"

namespace ferro
{
namespace
{
ScalarMap
MakeMap(const std::string & title, const std::string & label, const std::vector<Eigen::Vector2d> & places,
        const Eigen::Matrix2d & steps)
{
  ScalarMap map;
  map.title = title;
  map.label = label;
  const Eigen::Matrix2d half = 0.5 * steps;
  for (const auto & p : places)
  {
    map.outlines.push_back({p - half.col(0) - half.col(1), p + half.col(0) - half.col(1), p + half.col(0) + half.col(1),
                            p - half.col(0) + half.col(1)});
  }
  return map;
}

/** The figures of 'map' that make sense without columns. */
std::vector<Figure>
DrawField(const PredictionFigures & what, const std::filesystem::path & folder, CommandContext & context)
{
  MapResult result;
  result.image = what.image;
  const auto columns = AtomColumnSet::New();
  columns->SetGeometry(what.prediction->geometry);
  columns->SetTranslations(what.prediction->steps);
  result.columns = columns;
  Lattice::Values values;
  values.kind = LatticeKind::Perovskite100;
  values.a = what.prediction->steps.col(0);
  values.b = what.prediction->steps.col(1);
  const auto lattice = Lattice::New();
  lattice->Set(values);
  result.lattice = lattice;
  result.cells = what.cells;
  FigureOptions options;
  options.wheelRadiusPm = what.wheelRadiusPm;
  options.columns = false;
  return WriteMapFigures(result, folder, options, [&context](double fraction) { context.SetProgress(fraction); });
}
} // namespace

std::vector<Figure>
DrawPrediction(const PredictionFigures & what, const std::filesystem::path & folder, CommandContext & context)
{
  const ImageGeometry & geometry = what.prediction->geometry;
  std::vector<Figure> figures;
  try
  {
    figures = DrawField(what, folder, context);
    if (what.novelty != nullptr)
    {
      ScalarMap map = MakeMap("Novelty", "novelty", what.novelty->places, what.novelty->steps);
      for (std::size_t k = 0; k < what.novelty->places.size(); ++k)
      {
        map.values.push_back(what.novelty->Novelty(k));
      }
      map.low = 0.0;
      map.high = 2.0;
      for (const auto & site : *what.sites)
      {
        map.marks.push_back(site.place);
      }
      WriteScalarMap(geometry, map, folder / "30_novelty.png");
      figures.push_back({"30_novelty.png", "Novelty",
                         "How unusual each place is for the network: 1 is as far from the training data as one of "
                         "their places in two hundred. Values above 2 have the colour of 2."});
    }
    if (what.agreement != nullptr)
    {
      const std::string unit = geometry.calibrated ? "pm" : "px";
      ScalarMap map =
        MakeMap("Prediction minus map", "|ΔP| (" + unit + ")", what.agreement->places, what.prediction->steps);
      for (std::size_t k = 0; k < what.agreement->places.size(); ++k)
      {
        map.values.push_back((what.agreement->predicted[k] - what.agreement->measured[k]).norm());
      }
      WriteScalarMap(geometry, map, folder / "31_difference.png");
      figures.push_back({"31_difference.png", "Prediction minus map",
                         "Length of the difference between the network's displacement and that of the map, at the "
                         "cells of the map."});
    }
  }
  catch (const OutputError & error)
  {
    context.Warn("no figures: " + error.GetMessage());
    figures.clear();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored); // the last one may be half of one
  }
  return figures;
}
} // namespace ferro
