#include "ferroTiltChain.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <map>

namespace ferro
{
namespace
{
double
Rounded(double value, double step)
{
  const double inverse = std::round(1.0 / step);
  return std::round(value * inverse) / inverse + 0.0;
}

nlohmann::json
Pair(const Eigen::Vector2d & value, double step)
{
  return {Rounded(value.x(), step), Rounded(value.y(), step)};
}

/** Mean polarization of a group before and after, pm. */
struct Means
{
  Eigen::Vector2d before = Eigen::Vector2d::Zero();
  Eigen::Vector2d after = Eigen::Vector2d::Zero();
  Eigen::Vector2d tiltVariance = Eigen::Vector2d::Zero(); ///< of what was subtracted
  double cells = 0.0;
};

/** Components of a clue; null where it does not tell them. */
nlohmann::json
Told(const TiltClue & clue, const Eigen::Vector2d & value, std::size_t first, double step)
{
  nlohmann::json pair = Pair(value, step);
  for (std::size_t n = 0; n < 2; ++n)
  {
    if (!clue.told[first + n])
    {
      pair[n] = nullptr;
    }
  }
  return pair;
}

nlohmann::json
DescribeClue(const TiltClue & clue)
{
  const char * name = clue.kind == TiltClue::Kind::NonPolarRegion   ? "non_polar_region"
                      : clue.kind == TiltClue::Kind::UnequalDomains ? "unequal_domains"
                                                                    : "relative_shift_pattern";
  const TiltField & field = clue.field;
  const Eigen::Matrix<double, 6, 1> errors = field.covariance.diagonal().cwiseSqrt();
  nlohmann::json json = {{"name", name},
                         {"cells", clue.cells},
                         {"at_nm", Pair(field.centerNm, 1e-4)},
                         {"tilt_mrad", Told(clue, field.atCenterMrad, 0, 1e-4)},
                         {"tilt_error_mrad", Told(clue, errors.head<2>(), 0, 1e-4)},
                         {"gradient_mrad_per_nm", nlohmann::json::array()},
                         {"gradient_error_mrad_per_nm", nlohmann::json::array()}};
  for (Eigen::Index axis = 0; axis < 2; ++axis)
  {
    const auto first = static_cast<std::size_t>(2 + 2 * axis);
    json["gradient_mrad_per_nm"].push_back(Told(clue, field.gradientMradPerNm.row(axis).transpose(), first, 1e-6));
    json["gradient_error_mrad_per_nm"].push_back(Told(clue, errors.segment<2>(2 + 2 * axis), first, 1e-6));
  }
  return json;
}

/** What each clue says by itself, for the report. */
nlohmann::json
MakeClueTable(const nlohmann::json & tilt)
{
  const auto number = [](const nlohmann::json & value, const nlohmann::json & error)
  {
    if (value.is_null())
    {
      return std::string("not told");
    }
    char text[64];
    std::snprintf(text, sizeof text, "%+.2f ± %.2f", value.get<double>(), error.get<double>());
    return std::string(text);
  };
  nlohmann::json table = {
    {"title", "What tells the tilt"},
    {"columns", {"clue", "cells", "tilt x (mrad)", "tilt y (mrad)", "dtx/dx (mrad/nm)", "dtx/dy", "dty/dx", "dty/dy"}},
    {"rows", nlohmann::json::array()}};
  const std::map<std::string, std::string> names = {
    {"non_polar_region", "non-polar region measures zero"},
    {"unequal_domains", "domains are equal but for direction"},
    {"relative_shift_pattern", "shift of B against A is the same within a domain"}};
  for (const auto & clue : tilt["clues"])
  {
    nlohmann::json row = {names.at(clue["name"].get<std::string>()), clue["cells"]};
    for (std::size_t n = 0; n < 2; ++n)
    {
      row.push_back(number(clue["tilt_mrad"][n], clue["tilt_error_mrad"][n]));
    }
    for (std::size_t n = 0; n < 4; ++n)
    {
      row.push_back(
        number(clue["gradient_mrad_per_nm"][n / 2][n % 2], clue["gradient_error_mrad_per_nm"][n / 2][n % 2]));
    }
    table["rows"].push_back(row);
  }
  std::string text = "Each clue by itself, at the middle of its cells; the tilt above combines them by inverse "
                     "variance, with the errors of the "
                     "response tables, which they share. The pattern of shifts within domains tells how the tilt "
                     "varies, not a tilt that is the same everywhere.";
  const auto & agreement = tilt["clue_agreement"];
  if (agreement["degrees_of_freedom"] != 0)
  {
    char numbers[160];
    std::snprintf(numbers, sizeof numbers,
                  " They agree to chi squared %.1f with %d degrees of freedom (by chance as much or more: %.2g).",
                  agreement["chi_square"].get<double>(), agreement["degrees_of_freedom"].get<int>(),
                  agreement["chance"].get<double>());
    text += numbers;
  }
  table["text"] = text;
  return table;
}

std::string
Vector(const nlohmann::json & pair)
{
  char text[64];
  std::snprintf(text, sizeof text, "(%+.2f, %+.2f)", pair[0].get<double>(), pair[1].get<double>());
  return text;
}
} // namespace

nlohmann::json
DescribeTilt(const TiltRequest & request, const TiltEstimate & estimate, const UnitCellSet & before,
             const UnitCellSet & after)
{
  const Eigen::Vector2d scale = before.GetGeometry().VectorScale();
  Means inside;
  Means outside;
  std::array<const std::vector<double> *, 2> errors{};
  for (const auto & [name, values] : after.GetExtraColumns())
  {
    errors[0] = name == "err_p_tilt_x_pm" ? &values : errors[0];
    errors[1] = name == "err_p_tilt_y_pm" ? &values : errors[1];
  }
  for (std::size_t n = 0; n < before.Size(); ++n)
  {
    const UnitCell & cell = before.GetCells()[n];
    if (cell.flags != FlagNone || !cell.polarization.allFinite())
    {
      continue;
    }
    const auto & region = request.nonPolarRegion;
    const bool nonPolar = region && ((cell.position - (*region)[0]).array() >= 0.0).all() &&
                          ((cell.position - (*region)[1]).array() <= 0.0).all();
    Means & means = nonPolar ? inside : outside;
    means.before += cell.polarization.cwiseProduct(scale);
    means.after += after.GetCells()[n].polarization.cwiseProduct(scale);
    means.tiltVariance += Eigen::Vector2d((*errors[0])[n], (*errors[1])[n]).cwiseAbs2();
    means.cells += 1.0;
  }
  const auto describe = [](const Means & means)
  {
    const double count = std::max(1.0, means.cells);
    return nlohmann::json{{"cells", static_cast<long>(means.cells)},
                          {"mean_before_pm", Pair(means.before / count, 1e-4)},
                          {"mean_after_pm", Pair(means.after / count, 1e-4)},
                          {"subtracted_error_pm", Pair((means.tiltVariance / count).cwiseMax(0.0).cwiseSqrt(), 1e-4)}};
  };
  const TiltField & field = estimate.field;
  nlohmann::json json = {
    {"material", request.film.material},
    {"estimator", request.film.estimator},
    {"thickness_nm", request.thicknessNm},
    {"thickness_error_nm", request.thicknessErrorNm},
    {"tilt_mrad", Pair(field.atCenterMrad, 1e-4)},
    {"tilt_error_mrad", Pair(field.covariance.diagonal().head<2>().cwiseSqrt(), 1e-4)},
    {"at_nm", Pair(field.centerNm, 1e-4)},
    {"gradient_mrad_per_nm",
     {Pair(field.gradientMradPerNm.row(0).transpose(), 1e-6), Pair(field.gradientMradPerNm.row(1).transpose(), 1e-6)}},
    {"gradient_error_mrad_per_nm",
     {Pair(field.covariance.diagonal().segment<2>(2).cwiseSqrt(), 1e-6),
      Pair(field.covariance.diagonal().segment<2>(4).cwiseSqrt(), 1e-6)}},
    {"chance_without_tilt", estimate.chanceWithoutTilt},
    {"reduced_chi_square", Rounded(estimate.reducedChiSquare, 1e-4)},
    {"non_polar_cells", estimate.nonPolarCells},
    {"domain_cells", estimate.domainCells},
    {"opposite_pairs", estimate.oppositePairs},
    {"equal_size_pairs", estimate.equalPairs},
    {"film", describe(outside)}};
  json["clues"] = nlohmann::json::array();
  for (const auto & clue : estimate.clues)
  {
    json["clues"].push_back(DescribeClue(clue));
  }
  json["clue_agreement"] = {{"chi_square", Rounded(estimate.clueChiSquare, 1e-4)},
                            {"degrees_of_freedom", estimate.clueFreedom},
                            {"chance", estimate.clueChance}};
  if (request.nonPolarRegion)
  {
    json["non_polar"] = describe(inside);
  }
  return json;
}

nlohmann::json
MakeTiltTables(const nlohmann::json & tilt)
{
  char chance[32];
  std::snprintf(chance, sizeof chance, "%.2g", tilt["chance_without_tilt"].get<double>());
  nlohmann::json tiltTable = {
    {"title", "Specimen tilt"},
    {"text",
     "The tilt that fits best what is known of non-polar region and domains, with the response of " +
       tilt["material"].get<std::string>() + " at a thickness of " + tilt["thickness_nm"].dump() +
       " nm; positions by " + tilt["estimator"].get<std::string>() +
       ". Components along x (to the right) and y (down). An estimate this far from zero comes by chance with a "
       "probability of " +
       chance + "."},
    {"columns", {"quantity", "(x, y)", "standard error"}},
    {"rows",
     {{"tilt in the middle (mrad)", Vector(tilt["tilt_mrad"]), Vector(tilt["tilt_error_mrad"])},
      {"change of the x component (mrad/nm)", Vector(tilt["gradient_mrad_per_nm"][0]),
       Vector(tilt["gradient_error_mrad_per_nm"][0])},
      {"change of the y component (mrad/nm)", Vector(tilt["gradient_mrad_per_nm"][1]),
       Vector(tilt["gradient_error_mrad_per_nm"][1])}}}};
  nlohmann::json means = {{"title", "Polarization before and after"},
                          {"text",
                           "Mean polar displacement in pm. The error is that of what was subtracted; it is part "
                           "of the errors of the cells."},
                          {"columns", {"region", "cells", "before", "after", "error of the correction"}},
                          {"rows", nlohmann::json::array()}};
  for (const auto & [key, name] : {std::make_pair("non_polar", "non-polar region"), std::make_pair("film", "the rest")})
  {
    if (tilt.contains(key) && tilt[key]["cells"] != 0)
    {
      const auto & part = tilt[key];
      means["rows"].push_back({name, part["cells"], Vector(part["mean_before_pm"]), Vector(part["mean_after_pm"]),
                               Vector(part["subtracted_error_pm"])});
    }
  }
  return {tiltTable, MakeClueTable(tilt), means};
}
} // namespace ferro
