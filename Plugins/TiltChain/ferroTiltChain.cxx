#include "ferroTiltChain.h"

#include "ferroErrors.h"
#include "ferroTiltResponseFile.h"

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>

namespace ferro
{
namespace
{
/** "x0,y0,x1,y1" as two corners. */
std::array<Eigen::Vector2d, 2>
ParseRegion(const std::string & text)
{
  std::array<Eigen::Vector2d, 2> corners;
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  char comma[3] = {};
  stream >> corners[0].x() >> comma[0] >> corners[0].y() >> comma[1] >> corners[1].x() >> comma[2] >> corners[1].y();
  const bool complete = !stream.fail() && (stream >> std::ws).eof();
  if (!complete || comma[0] != ',' || comma[1] != ',' || comma[2] != ',' || (corners[1] - corners[0]).minCoeff() <= 0.0)
  {
    throw UsageError("--non-polar-region: found '" + text +
                     "', expected x0,y0,x1,y1 in pixels with x0 < x1 and y0 < y1, for example 0,400,511,511");
  }
  return corners;
}

bool
Given(const CommandContext & context, const char * name)
{
  return context.Has(name) && !context.GetText(name).empty();
}

TiltResponse
ReadTable(CommandContext & context, const char * name)
{
  const auto path = FindTiltResponse(context.GetText(name));
  TiltResponse response = ReadTiltResponse(path);
  context.AddInput(path);
  return response;
}

double
ThicknessOf(const CommandContext & context, const TiltResponse & response)
{
  if (context.Has("thicknessNm"))
  {
    return context.GetNumber("thicknessNm");
  }
  if (response.series.size() != 1)
  {
    std::ostringstream message;
    message << "--thickness-nm is needed: the response table of " << response.material << " holds "
            << response.series.size() << " thicknesses, from " << response.series.front().thicknessNm << " to "
            << response.series.back().thicknessNm << " nm";
    throw UsageError(message.str());
  }
  return response.series.front().thicknessNm;
}
} // namespace

void
DeclareTiltCorrection(CommandDeclaration & declaration, bool required)
{
  auto & response = declaration.Add(ParameterType::File, "tiltResponse")
                      .Label("Tilt response")
                      .Help("Response table of the film: apparent shifts of its columns against specimen tilt, from "
                            "simulation; a file, or the name of one that comes with the program (BiFeO3, SrTiO3). "
                            "With it the tilt is estimated and its false polarization taken out.")
                      .Extensions({".json"});
  if (required)
  {
    response.Required();
  }
  declaration.Add(ParameterType::File, "nonPolarResponse")
    .Label("Response of the non-polar region")
    .Help("Response table of the material in the non-polar region, file or name; default: that of the film.")
    .Extensions({".json"});
  declaration.Add(ParameterType::Number, "thicknessNm")
    .Label("Thickness")
    .Help("Thickness of the specimen along the beam; may be left out when the table holds only one.")
    .Unit("nm")
    .Range(0.4, 1000.0);
  declaration.Add(ParameterType::Number, "thicknessErrorNm")
    .Label("Error of the thickness")
    .Help("Standard deviation of the thickness. What it does to the response is added to the errors of tilt and "
          "polarization; 0: as if the thickness were exact.")
    .Unit("nm")
    .Default(0.0)
    .Range(0.0, 1000.0);
  declaration.Add(ParameterType::Text, "nonPolarRegion")
    .Label("Non-polar region")
    .Help(
      "Rectangle x0,y0,x1,y1 that is known not to be polar, such as the substrate. Without it the tilt follows from "
      "the domains alone.")
    .Unit("px");
  declaration.Add(ParameterType::Boolean, "oppositeDomains")
    .Label("Opposite domains")
    .Help("The film has two directions of polarization, one opposite to the other (180 degree walls). Without it the "
          "relation of two domains follows from the angle between them, which a strong tilt may hide.")
    .Default(false)
    .Advanced();
  declaration.Add(ParameterType::Boolean, "uniformTilt")
    .Label("Uniform tilt")
    .Help("One tilt for the whole image, in place of one that varies linearly over it.")
    .Default(false)
    .Advanced();
}

std::optional<TiltRequest>
GetTiltRequest(CommandContext & context)
{
  if (!Given(context, "tiltResponse"))
  {
    for (const auto & [name, option] : {std::make_pair("nonPolarResponse", "--non-polar-response"),
                                        std::make_pair("nonPolarRegion", "--non-polar-region")})
    {
      if (Given(context, name))
      {
        throw UsageError(std::string(option) + " needs --tilt-response FILE");
      }
    }
    return {};
  }
  TiltRequest request;
  if (Given(context, "nonPolarRegion"))
  {
    request.nonPolarRegion = ParseRegion(context.GetText("nonPolarRegion"));
  }
  request.film = ReadTable(context, "tiltResponse");
  if (Given(context, "nonPolarResponse"))
  {
    request.nonPolar = ReadTable(context, "nonPolarResponse");
  }
  request.thicknessNm = ThicknessOf(context, request.film);
  request.thicknessErrorNm = context.GetNumber("thicknessErrorNm");
  request.oppositeDomains = context.GetBoolean("oppositeDomains");
  request.uniform = context.GetBoolean("uniformTilt");
  return request;
}

void
ConfigureTiltCorrection(const TiltRequest & request, const UnitCellSet * cells, TiltCorrectionFilter & filter)
{
  std::vector<int> groups(cells->Size(), TiltSample::Ignored);
  for (std::size_t n = 0; n < groups.size(); ++n)
  {
    const Eigen::Vector2d & place = cells->GetCells()[n].position;
    const auto & region = request.nonPolarRegion;
    if (region && ((place - (*region)[0]).array() >= 0.0).all() && ((place - (*region)[1]).array() <= 0.0).all())
    {
      groups[n] = TiltSample::NonPolar;
    }
    else if (cells->GetCells()[n].domain > 0)
    {
      groups[n] = cells->GetCells()[n].domain;
    }
  }
  if (request.nonPolarRegion && std::count(groups.begin(), groups.end(), TiltSample::NonPolar) == 0)
  {
    throw AnalysisError("--non-polar-region: no unit cell lies in the rectangle");
  }
  TiltAssumptions assumptions;
  assumptions.gradient = !request.uniform;
  assumptions.oppositeDomains = request.oppositeDomains;
  filter.SetInput(cells);
  filter.SetGroups(std::move(groups));
  filter.SetFilmResponse(TiltPolarization(request.film, request.thicknessNm, request.thicknessErrorNm));
  filter.SetNonPolarResponse(TiltPolarization(request.nonPolar ? *request.nonPolar : request.film, request.thicknessNm,
                                              request.thicknessErrorNm));
  filter.SetAssumptions(assumptions);
}

void
WarnOfTilt(CommandContext & context, const TiltRequest & request, const TiltEstimate & estimate)
{
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(3);
  const double largest = TiltPolarization(request.film, request.thicknessNm).GetLargestTiltMrad();
  const double size = estimate.field.atCenterMrad.norm();
  constexpr double Significant = 0.05;
  if (size > largest)
  {
    text << "the estimated tilt of " << size << " mrad lies beyond the " << largest
         << " mrad of the response table: look for another reason of the asymmetry, or another table";
  }
  else if (estimate.chanceWithoutTilt > Significant)
  {
    text << "no significant tilt: an estimate this far from zero comes by chance with a probability of "
         << estimate.chanceWithoutTilt << "; what was subtracted lies within its error";
  }
  constexpr double Poor = 3.0;
  if (estimate.reducedChiSquare > Poor)
  {
    text << (text.str().empty() ? "" : "; ") << "patches of the map scatter " << std::sqrt(estimate.reducedChiSquare)
         << " times as much about the fitted tilt as their errors allow; the error of the tilt was raised by as much";
  }
  constexpr double Unlikely = 0.01;
  if (estimate.clueChance < Unlikely)
  {
    text << (text.str().empty() ? "" : "; ")
         << "the clues to the tilt disagree by more than their errors (such a disagreement comes by chance with a "
            "probability of "
         << estimate.clueChance << "): look at each of them in the report, the non-polar region and the table first";
  }
  if (!text.str().empty())
  {
    context.Warn(text.str());
  }
}
} // namespace ferro
