#include "ferroMapPair.h"

#include "ferroChain.h"
#include "ferroErrors.h"
#include "ferroImageShift.h"
#include "ferroMicrographReader.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
/** What the image would show had it been taken along the axes of the first one. */
MicrographType::Pointer
TurnImageBack(const MicrographType & image, int turns)
{
  const auto size = image.GetBufferedRegion().GetSize();
  const auto width = static_cast<long>(size[0]);
  const auto height = static_cast<long>(size[1]);
  auto turned = MicrographType::New();
  MicrographType::SizeType turnedSize;
  turnedSize[0] = size[1];
  turnedSize[1] = size[0];
  turned->SetRegions(turnedSize);
  turned->Allocate();
  for (long y = 0; y < width; ++y)
  {
    for (long x = 0; x < height; ++x)
    {
      // Counter-clockwise: what was to the right is above.
      const MicrographType::IndexType from =
        turns > 0 ? MicrographType::IndexType{{y, height - 1 - x}} : MicrographType::IndexType{{width - 1 - y, x}};
      turned->SetPixel({{x, y}}, image.GetPixel(from));
    }
  }
  return turned;
}
} // namespace

void
DeclarePair(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::File, "pair")
    .Label("Second scan")
    .Help(
      "Image of the same area whose fast scan axis was turned by 90 degrees, of the same pixel size: drift and jitter "
      "of both scans are found from the columns that both have, and taken off.");
}

PairedScan::PairedScan(CommandContext & context)
{
  if (!context.Has("pair") || context.GetText("pair").empty())
  {
    return;
  }
  if (context.IsGiven("scanCorrection") && context.GetText("scanCorrection") != "automatic" &&
      context.GetText("scanCorrection") != "none")
  {
    throw UsageError("--pair corrects the scan by itself: leave out --scan-correction");
  }
  const std::filesystem::path file = context.GetPath("pair");
  ImageSelection selection;
  selection.image = context.GetText("imageIndex");
  selection.frame = context.GetText("frame");
  m_Image = ReadMicrograph(file, selection);
  context.AddInput(file);
}

AtomColumnSet::Pointer
PairedScan::Combine(CommandContext & context, const MicrographType & first, const AtomColumnSet & columns)
{
  ImageShift best;
  for (const int turns : {1, -1})
  {
    const ImageShift found = FindImageShift(first, *TurnImageBack(*m_Image, turns));
    if (m_Turns == 0 || found.correlation > best.correlation)
    {
      best = found;
      m_Turns = turns;
    }
    context.CheckCancelled();
  }
  m_Correlation = best.correlation;
  m_Image->SetSpacing(first.GetSpacing());
  auto finder = AtomFindingImageFilter::New();
  ConfigureFinding(context, *finder);
  finder->SetInput(m_Image);
  auto refinement = GaussianRefinementFilter::New();
  ConfigureRefinement(context, *refinement);
  refinement->SetInput(m_Image);
  refinement->SetColumns(finder->GetOutput());
  refinement->DropOutsideOn();
  finder->Update();
  context.CheckCancelled();
  refinement->Update();
  m_Pair = CombineScanPair(columns, *refinement->GetOutput(), m_Turns, best.shift);
  return m_Pair.columns;
}

void
PairedScan::ReturnToImage(AtomColumnSet & columns) const
{
  auto & container = columns.GetColumns();
  for (std::size_t n = 0; n < container.size() && n < m_Pair.drift.size(); ++n)
  {
    container[n].driftShift = m_Pair.drift[n];
    container[n].position += m_Pair.drift[n];
  }
  columns.Modified();
}

nlohmann::json
PairedScan::Describe(const ImageGeometry & geometry) const
{
  const auto rounded = [](double value)
  { return std::isfinite(value) ? nlohmann::json(std::round(value * 1e4) / 1e4) : nlohmann::json(); };
  const auto pair = [&](const Eigen::Vector2d & v) { return nlohmann::json::array({rounded(v.x()), rounded(v.y())}); };
  const Eigen::Vector2d scale = geometry.VectorScale();
  const std::string unit = geometry.calibrated ? "_pm" : "_px";
  nlohmann::json json;
  json["turned"] = m_Turns > 0 ? "counter-clockwise" : "clockwise";
  json["correlation"] = rounded(m_Correlation);
  json["columns_in_both"] = m_Pair.matched;
  json["difference_before" + unit] = pair(m_Pair.before.cwiseProduct(scale));
  json["difference_after" + unit] = pair(m_Pair.after.cwiseProduct(scale));
  json["difference_over_error"] = rounded(m_Pair.z);
  for (std::size_t k = 0; k < 2; ++k)
  {
    const std::string which = k == 0 ? "first" : "second";
    json["jitter_sd_" + which + unit] = pair(m_Pair.jitter[k].cwiseProduct(scale));
    json["drift_" + which + "_px"] = pair(m_Pair.span[k]);
  }
  std::ostringstream text;
  text.precision(2);
  text << std::fixed << "Two scans a quarter turn apart (" << json["turned"].get<std::string>() << ", correlation "
       << m_Correlation << ") were combined by " << m_Pair.matched << " columns of both: their positions differed by "
       << (m_Pair.before.cwiseProduct(scale)).norm() / std::sqrt(2.0) << (geometry.calibrated ? " pm" : " px")
       << " before and by " << (m_Pair.after.cwiseProduct(scale)).norm() / std::sqrt(2.0)
       << (geometry.calibrated ? " pm" : " px") << " after the distortions were taken off (RMS per axis), " << m_Pair.z
       << " times the error by the noise of the pixels. The first scan drifted by (" << m_Pair.span[0].x() << ", "
       << m_Pair.span[0].y() << ") px from its first line to its last, the second by (" << m_Pair.span[1].x() << ", "
       << m_Pair.span[1].y() << ") px, along the axes of the first image.";
  json["sentence"] = text.str();
  return json;
}
} // namespace ferro
