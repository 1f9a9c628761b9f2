#include "ferroMapFrames.h"

#include "ferroErrors.h"
#include "ferroMicrographReader.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();

double
Median(std::vector<double> values)
{
  if (values.empty())
  {
    return NotKnown;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

long
NumberOfFrames(const std::filesystem::path & file, const std::string & title)
{
  const FileInfo info = InspectFile(file);
  const ImageInfo * chosen = nullptr;
  for (const auto & image : info.images)
  {
    const bool named = title.empty() || title == image.title || title == std::to_string(image.index);
    if (image.readable && named && !chosen)
    {
      chosen = &image;
    }
  }
  return chosen && chosen->shape.size() == 3 ? chosen->shape[0] : 1;
}

/** "all" or "first:last". */
std::pair<long, long>
ParseFrames(const std::string & text, long count)
{
  if (text == "all")
  {
    return {0, count - 1};
  }
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  long first = -1;
  long last = -1;
  char colon = 0;
  stream >> first >> colon >> last;
  if (stream.fail() || !(stream >> std::ws).eof() || colon != ':' || first < 0 || last <= first || last >= count)
  {
    throw UsageError("--frames: found '" + text +
                     "', expected all, or first:last within 0:" + std::to_string(count - 1));
  }
  return {first, last};
}
} // namespace

void
DeclareFrames(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Text, "frames")
    .Label("Frames")
    .Help("Frames of a stack that are registered by translation and averaged: all, or first:last, counted from 0. The "
          "scatter of the columns between the frames checks the stated errors.");
}

FrameStack::FrameStack(CommandContext & context)
{
  const std::string text = context.GetText("frames");
  if (text.empty())
  {
    return;
  }
  if (!context.GetText("frame").empty())
  {
    throw UsageError("--frames and --frame exclude each other");
  }
  const std::filesystem::path file = context.GetPath("image");
  ImageSelection selection;
  selection.image = context.GetText("imageIndex");
  if (context.Has("pixelSizeNm"))
  {
    selection.pixelSizeNm = context.GetNumber("pixelSizeNm");
  }
  const long count = NumberOfFrames(file, selection.image);
  if (count < 2)
  {
    throw UsageError("--frames: " + file.string() + " holds a single frame, expected a stack");
  }
  const auto [first, last] = ParseFrames(text, count);
  context.AddInput(file);
  for (long frame = first; frame <= last; ++frame)
  {
    selection.frame = std::to_string(frame);
    m_Frames.push_back(ReadMicrograph(file, selection));
    m_Numbers.push_back(frame);
    context.SetProgress(static_cast<double>(frame - first + 1) / static_cast<double>(last - first + 1));
  }
}

MicrographType::Pointer
FrameStack::GetMean()
{
  auto filter = FrameAveragingImageFilter::New();
  for (std::size_t k = 0; k < m_Frames.size(); ++k)
  {
    filter->SetInput(static_cast<unsigned int>(k), m_Frames[k]);
  }
  filter->SetShifts(m_Shifts);
  filter->Update();
  m_Shifts = filter->GetShifts();
  m_UpperLeft = filter->GetCommonUpperLeft();
  m_LowerRight = filter->GetCommonLowerRight();
  return filter->GetOutput();
}

bool
FrameStack::Improve(const AtomColumnSet & columns, const GaussianRefinementFilter & refinement)
{
  const auto & container = columns.GetColumns();
  std::vector<std::vector<Eigen::Vector2d>> places(m_Frames.size()); // in the first frame, NaN where not fitted
  double largest = 0.0;
  for (std::size_t k = 0; k < m_Frames.size(); ++k)
  {
    auto start = AtomColumnSet::New();
    start->Graft(&columns);
    for (auto & column : start->GetColumns())
    {
      column.position += m_Shifts[k];
    }
    auto fit = GaussianRefinementFilter::New();
    fit->SetWindowSigmas(refinement.GetWindowSigmas());
    fit->SetIsotropic(refinement.GetIsotropic());
    fit->SetInput(m_Frames[k]);
    fit->SetColumns(start);
    fit->Update();
    const auto & found = fit->GetOutput()->GetColumns();
    places[k].assign(container.size(), Eigen::Vector2d::Constant(NotKnown));
    std::vector<double> off[2];
    for (std::size_t n = 0; n < found.size() && n < container.size(); ++n)
    {
      if (container[n].flags == FlagNone && found[n].flags == FlagNone)
      {
        const Eigen::Vector2d difference = found[n].position - m_Shifts[k] - container[n].position;
        places[k][n] = difference;
        off[0].push_back(difference.x());
        off[1].push_back(difference.y());
      }
    }
    if (off[0].empty())
    {
      throw AnalysisError("frame " + std::to_string(m_Numbers[k]) + ": no column could be fitted");
    }
    const Eigen::Vector2d common(Median(off[0]), Median(off[1]));
    for (auto & place : places[k])
    {
      place -= common;
    }
    if (k > 0)
    {
      m_Shifts[k] += common;
      largest = std::max(largest, common.norm());
    }
  }
  m_Variances.assign(container.size(), Eigen::Vector2d::Constant(NotKnown));
  constexpr double Fewest = 3.0;
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    Eigen::Vector2d squares = Eigen::Vector2d::Zero();
    double count = 0.0;
    for (const auto & frame : places)
    {
      if (frame[n].allFinite())
      {
        sum += frame[n];
        squares += frame[n].cwiseAbs2();
        count += 1.0;
      }
    }
    if (count >= Fewest)
    {
      m_Variances[n] = (squares - sum.cwiseAbs2() / count).cwiseMax(0.0) / (count - 1.0) / count;
    }
  }
  constexpr double Enough = 0.03;
  return largest > Enough;
}

void
FrameStack::SetFrameErrors(AtomColumnSet & columns) const
{
  auto & container = columns.GetColumns();
  for (std::size_t n = 0; n < container.size() && n < m_Variances.size(); ++n)
  {
    container[n].frameError = m_Variances[n].cwiseSqrt();
    const double margin = columns.GetColumnSigma();
    if ((container[n].position - m_UpperLeft).minCoeff() < margin ||
        (m_LowerRight - container[n].position).minCoeff() < margin)
    {
      container[n].flags |= FlagEdge;
    }
  }
}

nlohmann::json
FrameStack::Describe(const AtomColumnSet & columns) const
{
  const ImageGeometry & geometry = columns.GetGeometry();
  const auto rounded = [](double value)
  { return std::isfinite(value) ? nlohmann::json(std::round(value * 1e4) / 1e4) : nlohmann::json(); };
  nlohmann::json json;
  json["count"] = m_Frames.size();
  json["shifts_px"] = nlohmann::json::array();
  for (const auto & shift : m_Shifts)
  {
    json["shifts_px"].push_back({rounded(shift.x()), rounded(shift.y())});
  }
  // Variances, not their roots: these are unbiased with any number of frames.
  Eigen::Vector2d frames = Eigen::Vector2d::Zero();
  Eigen::Vector2d fit = Eigen::Vector2d::Zero();
  Eigen::Vector2d stated = Eigen::Vector2d::Zero();
  double count = 0.0;
  // The frames scatter as they were scanned: shifts of lines that were taken off the mean are still in them.
  const ScanLines * lines = columns.GetScanLines();
  const bool corrected = lines && lines->IsCorrected();
  for (std::size_t n = 0; n < columns.Size(); ++n)
  {
    const AtomColumn & column = columns.GetColumns()[n];
    if (column.flags == FlagNone && column.frameError.allFinite())
    {
      frames += column.frameError.cwiseAbs2();
      stated += column.covariance.diagonal();
      for (const auto axis : {ScanLines::X, ScanLines::Y})
      {
        stated[axis] +=
          corrected ? lines->axes[static_cast<std::size_t>(axis)].variance - columns.ScanCovariance(axis, n, n) : 0.0;
      }
      fit += column.covariance.diagonal() - column.scanVariance;
      count += 1.0;
    }
  }
  if (count > 0.0)
  {
    const Eigen::Vector2d scale = geometry.VectorScale();
    const std::string unit = geometry.calibrated ? "_pm" : "_px";
    const auto pair = [&](const Eigen::Vector2d & v) {
      return nlohmann::json::array({rounded(v.x()), rounded(v.y())});
    };
    const Eigen::Vector2d overFit = frames.cwiseQuotient(fit).cwiseSqrt();
    const Eigen::Vector2d overError = frames.cwiseQuotient(stated).cwiseSqrt();
    json["columns"] = static_cast<long>(count);
    json["error_by_frames" + unit] = pair((frames / count).cwiseSqrt().cwiseProduct(scale));
    json["error_by_fit" + unit] = pair((fit / count).cwiseSqrt().cwiseProduct(scale));
    json["error_stated" + unit] = pair((stated / count).cwiseSqrt().cwiseProduct(scale));
    json["frames_over_fit"] = pair(overFit);
    json["frames_over_error"] = pair(overError);
    std::ostringstream text;
    text.precision(2);
    text << std::fixed << "The mean of " << m_Frames.size() << " frames, registered by translation. The scatter of "
         << static_cast<long>(count) << " columns between the frames gives an error of the mean position that is "
         << overFit.x() << " (x) and " << overFit.y() << " (y) times that by the noise of the pixels, and "
         << overError.x() << " and " << overError.y() << " times the whole stated error "
         << (corrected ? "before the shifts of scan lines were taken off " : "") << "(RMS).";
    json["sentence"] = text.str();
  }
  return json;
}
} // namespace ferro
