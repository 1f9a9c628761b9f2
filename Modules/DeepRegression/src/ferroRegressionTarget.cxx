#include "ferroRegressionTarget.h"

#include "ferroErrors.h"

#include <algorithm>
#include <sstream>
#include <utility>

namespace ferro
{
namespace
{
struct KnownTarget
{
  const char * name;
  TargetKind kind;
  const char * calibrated;
  const char * plain;
};
const KnownTarget KnownTargets[] = {{"px", TargetKind::VectorX, "px_pm", "px_px"},
                                    {"py", TargetKind::VectorY, "py_pm", "py_px"},
                                    {"a", TargetKind::EdgeA, "a_nm", "a_px"},
                                    {"b", TargetKind::EdgeB, "b_nm", "b_px"},
                                    {"gamma", TargetKind::Gamma, "gamma_deg", "gamma_deg"},
                                    {"area", TargetKind::Area, "area_nm2", "area_px2"}};

int
IndexOf(const std::vector<RegressionTarget> & targets, TargetKind kind)
{
  const auto found =
    std::find_if(targets.begin(), targets.end(), [kind](const auto & target) { return target.kind == kind; });
  return found == targets.end() ? -1 : static_cast<int>(found - targets.begin());
}
} // namespace

RegressionTarget
RegressionTarget::FromName(const std::string & name)
{
  for (const auto & known : KnownTargets)
  {
    if (name == known.name || name == known.calibrated || name == known.plain)
    {
      return {known.name, known.kind};
    }
  }
  return {name, TargetKind::Scalar};
}

std::string
RegressionTarget::GetColumn(bool calibrated) const
{
  for (const auto & known : KnownTargets)
  {
    if (kind == known.kind)
    {
      return calibrated ? known.calibrated : known.plain;
    }
  }
  return name;
}

double
RegressionTarget::GetColumnFactor(double pixelSizeNm, bool calibrated) const
{
  if (!calibrated)
  {
    return 1.0;
  }
  const bool vector = kind == TargetKind::VectorX || kind == TargetKind::VectorY;
  return this->GetScaling(pixelSizeNm) * (vector ? 1000.0 : 1.0);
}

double
RegressionTarget::GetScaling(double scale) const
{
  switch (kind)
  {
    case TargetKind::VectorX:
    case TargetKind::VectorY:
    case TargetKind::EdgeA:
    case TargetKind::EdgeB:
      return scale;
    case TargetKind::Area:
      return scale * scale;
    default:
      return 1.0;
  }
}

std::vector<RegressionTarget>
ParseTargets(const std::string & text)
{
  std::vector<RegressionTarget> targets;
  std::istringstream stream(text);
  std::string word;
  while (std::getline(stream, word, ','))
  {
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    const RegressionTarget target = RegressionTarget::FromName(word);
    const bool twice =
      std::any_of(targets.begin(), targets.end(), [&](const auto & t) { return t.name == target.name; });
    if (word.empty() || twice)
    {
      throw UsageError("--targets: found '" + text + "', expected different names with commas between: px,py,a,b");
    }
    targets.push_back(target);
  }
  if (targets.empty() || targets.size() > 64)
  {
    throw UsageError("--targets: found '" + text + "', expected 1 to 64 names with commas between: px,py");
  }
  for (const auto & [one, other] :
       {std::pair(TargetKind::VectorX, TargetKind::VectorY), std::pair(TargetKind::EdgeA, TargetKind::EdgeB)})
  {
    if ((IndexOf(targets, one) < 0) != (IndexOf(targets, other) < 0))
    {
      throw UsageError("--targets: found '" + text +
                       "', expected px and py, and a and b, only together: turning the "
                       "image turns one into the other");
    }
  }
  return targets;
}

void
SquareSymmetry::Mirror(const std::vector<RegressionTarget> & targets, float * values) const
{
  const int x = IndexOf(targets, TargetKind::VectorX);
  const int y = IndexOf(targets, TargetKind::VectorY);
  const int gamma = IndexOf(targets, TargetKind::Gamma);
  if (this->MirrorsX() && x >= 0)
  {
    values[x] = -values[x];
  }
  if (this->MirrorsY() && y >= 0)
  {
    values[y] = -values[y];
  }
  if (this->MirrorsX() != this->MirrorsY() && gamma >= 0)
  {
    values[gamma] = 180.0f - values[gamma];
  }
}

void
SquareSymmetry::Transpose(const std::vector<RegressionTarget> & targets, float * values) const
{
  if (!this->Transposes())
  {
    return;
  }
  for (const auto & [one, other] :
       {std::pair(TargetKind::VectorX, TargetKind::VectorY), std::pair(TargetKind::EdgeA, TargetKind::EdgeB)})
  {
    const int first = IndexOf(targets, one);
    const int second = IndexOf(targets, other);
    if (first >= 0 && second >= 0)
    {
      std::swap(values[first], values[second]);
    }
  }
}

void
SquareSymmetry::Apply(const std::vector<RegressionTarget> & targets, float * values) const
{
  this->Mirror(targets, values);
  this->Transpose(targets, values);
}

void
SquareSymmetry::Undo(const std::vector<RegressionTarget> & targets, float * values) const
{
  this->Transpose(targets, values);
  this->Mirror(targets, values);
}
} // namespace ferro
