#include "ferroHtmlReport.h"

#include "ferroFigureScales.h"
#include "ferroHtmlPage.h"
#include "ferroWriteFile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace ferro
{
namespace
{
using Json = nlohmann::json;
constexpr double None = std::numeric_limits<double>::quiet_NaN();

/** A member of an object, or null. */
const Json &
Member(const Json & object, const std::string & name)
{
  static const Json null;
  if (!object.is_object())
  {
    return null;
  }
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

/** A number, or NaN where there is none. */
double
Number(const Json & value)
{
  return value.is_number() ? value.get<double>() : None;
}

std::string
Text(const Json & value)
{
  if (value.is_string())
  {
    return value.get<std::string>();
  }
  if (value.is_null())
  {
    return "–";
  }
  if (value.is_boolean())
  {
    return value.get<bool>() ? "yes" : "no";
  }
  // Lists without brackets and quotes.
  if (value.is_array())
  {
    std::string list;
    for (const Json & item : value)
    {
      list += (list.empty() ? "" : ", ") + Text(item);
    }
    return list.empty() ? "–" : list;
  }
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/** A quantity of a section that is stored as name_pm or, without calibration, name_px (or _nm). */
struct Quantity
{
  double x = None;
  double y = None;
  std::string unit;
  explicit operator bool() const
  {
    return std::isfinite(x);
  }
};

Quantity
Find(const Json & section, const std::string & name, const std::string & unit)
{
  for (const std::string & candidate : {unit, std::string("px")})
  {
    const Json & value = Member(section, name + "_" + candidate);
    Quantity quantity;
    quantity.unit = candidate;
    if (value.is_array() && value.size() == 2)
    {
      quantity.x = Number(value[0]);
      quantity.y = Number(value[1]);
    }
    else
    {
      quantity.x = Number(value);
    }
    if (quantity)
    {
      return quantity;
    }
  }
  return {};
}

/** A value to the second digit of its error, and the error. */
std::string
WithError(double value, double error, const std::string & unit)
{
  if (!(error > 0))
  {
    return Significant(value, 3) + " " + unit;
  }
  const double step = std::pow(10.0, std::floor(std::log10(error)) - 1);
  return Label(value, step) + " ± " + Label(error, step) + " " + unit;
}

std::string
Count(const Json & section, const std::string & name)
{
  const Json & value = Member(section, name);
  return value.is_number() ? Text(value) : "";
}

/** The first sentence: what was found. */
std::string
LeadSentence(const Json & summary)
{
  const Json & image = Member(summary, "image");
  const Json & columns = Member(summary, "columns");
  const Json & cells = Member(summary, "cells");
  std::string sentence;
  if (!Count(columns, "total").empty())
  {
    sentence = Count(columns, "total") + " atom columns were found";
    if (!Count(columns, "A").empty() && !Count(columns, "B").empty())
    {
      sentence += ": " + Count(columns, "A") + " on sublattice A, " + Count(columns, "B") + " on sublattice B";
      if (Number(Member(columns, "other")) > 0)
      {
        sentence += ", " + Count(columns, "other") + " on neither";
      }
    }
    sentence += ". ";
    if (!Count(columns, "flagged").empty())
    {
      sentence += (Count(columns, "flagged") == "0" ? "None of them carries a flag. "
                                                    : Count(columns, "flagged") + " of them carry a flag. ");
    }
  }
  if (Number(Member(cells, "total")) > 0)
  {
    sentence += "They make " + Count(cells, "total") + " unit cells";
    sentence += Count(cells, "flagged").empty() ? ". " : ", " + Count(cells, "flagged") + " of them flagged. ";
  }
  if (Member(Member(summary, "polarization"), "defined") == Json(false))
  {
    sentence += "Polarization is not defined for this image. ";
  }
  // A description that is also a warning stands right below.
  const Json & description = Member(Member(summary, "lattice"), "description");
  const Json & warnings = Member(summary, "warnings");
  const bool warned = std::find(warnings.begin(), warnings.end(), description) != warnings.end();
  if (description.is_string() && !Text(description).empty() && !warned)
  {
    sentence += Text(description) + (Text(description).back() == '.' ? " " : ". ");
  }
  if (Member(image, "calibrated") == Json(false))
  {
    sentence += "The image has no pixel size, so lengths are in pixels. ";
  }
  return sentence;
}

void
AddFacts(HtmlPage & page, const Json & summary)
{
  const Json & image = Member(summary, "image");
  const Json & lattice = Member(summary, "lattice");
  const Json & polarization = Member(summary, "polarization");
  page.Raw("<dl class=\"facts\">\n");
  const Quantity mean = Find(polarization, "mean", "pm");
  const Quantity error = Find(polarization, "mean_error", "pm");
  if (mean)
  {
    page.Fact("Mean P to the right", WithError(mean.x, error.x, mean.unit));
    page.Fact("Mean P downwards", WithError(mean.y, error.y, mean.unit));
    const double degrees = std::atan2(-mean.y, mean.x) * 180.0 / 3.14159265358979323846;
    page.Fact("Length of mean P", Significant(std::hypot(mean.x, mean.y), 3) + " " + mean.unit,
              "direction " + Label(degrees, 1.0) + "°, counter-clockwise from the right");
  }
  if (const Quantity median = Find(polarization, "median_magnitude", "pm"))
  {
    const Quantity rms = Find(polarization, "rms", "pm");
    page.Fact("Typical |P| of a cell", Significant(median.x, 3) + " " + median.unit,
              rms ? "median; RMS " + Significant(rms.x, 3) + " " + rms.unit : "median");
  }
  if (const Quantity median = Find(polarization, "median_error", "pm"))
  {
    page.Fact("Uncertainty of P of a cell", Significant(median.x, 2) + " " + median.unit, "median standard deviation");
  }
  for (const char * sublattice : {"A", "B"})
  {
    const Quantity rms = Find(lattice, std::string("rms_deviation_") + sublattice, "pm");
    if (rms && std::hypot(rms.x, rms.y) > 0)
    {
      page.Fact(std::string("RMS deviation of ") + sublattice,
                Significant(rms.x, 3) + " / " + Significant(rms.y, 3) + " " + rms.unit,
                "along x / y, from the uniform lattice");
    }
  }
  if (const Quantity a = Find(lattice, "a", "nm"))
  {
    const Quantity b = Find(lattice, "b", "nm");
    const double gamma = Number(Member(lattice, "gamma_deg"));
    page.Fact("Cell a, b", Significant(a.x, 4) + ", " + Significant(b.x, 4) + " " + a.unit,
              std::isfinite(gamma) ? "γ " + Significant(gamma, 4) + "°" : "");
  }
  if (!Count(image, "width_px").empty())
  {
    const Json & pixel = Member(image, "pixel_size_nm");
    const bool known = pixel.is_array() && pixel.size() == 2;
    const double x = known ? Number(pixel[0]) : None;
    const double y = known ? Number(pixel[1]) : None;
    std::string size = "pixel size not known";
    if (known)
    {
      size = "pixel " + Significant(1000 * x, 4) +
             (std::abs(x - y) > 1e-9 * std::abs(x) ? " x " + Significant(1000 * y, 4) : "") + " pm";
    }
    page.Fact("Image", Count(image, "width_px") + " × " + Count(image, "height_px") + " px", size);
  }
  page.Raw("</dl>\n");
}

/** What the scan did, whether the errors hold, and whether the mean of P is more than error. */
void
AddScan(HtmlPage & page, const Json & summary)
{
  const Json & scan = Member(summary, "scan");
  const Json & test = Member(summary, "null_test");
  if (Member(test, "sentence").is_string())
  {
    page.Element("h2", "Is the mean of P more than error?");
    page.Element("p", Text(Member(test, "sentence")));
    page.Raw("<table><thead><tr><th></th><th class=\"number\">x</th><th class=\"number\">y</th></tr></thead><tbody>\n");
    for (const auto & [name, title] : {std::make_pair("mean", "mean P"), std::make_pair("error", "its error"),
                                       std::make_pair("error_fit", "by the noise of the pixels"),
                                       std::make_pair("error_scan_lines", "by shifts of scan lines"),
                                       std::make_pair("error_own_scatter", "by the own scatter of the columns"),
                                       std::make_pair("cell_scatter", "scatter of single cells"),
                                       std::make_pair("cell_error", "stated error of single cells")})
    {
      if (const Quantity value = Find(test, name, "pm"))
      {
        page.Raw("<tr><th scope=\"row\">" + HtmlPage::Escape(title) + "</th><td class=\"number\">" +
                 HtmlPage::Escape(Significant(value.x, 3) + " " + value.unit) + "</td><td class=\"number\">" +
                 HtmlPage::Escape(Significant(value.y, 3) + " " + value.unit) + "</td></tr>\n");
      }
    }
    page.Raw("</tbody></table>\n");
  }
  if (Member(scan, "reason").is_string())
  {
    page.Element("h2", "Scan and errors");
    page.Element("p", Text(Member(scan, "reason")));
    page.Element("p", Text(Member(scan, "errors_judged")));
    for (const char * more : {"frames", "pair"})
    {
      if (Member(Member(summary, more), "sentence").is_string())
      {
        page.Element("p", Text(Member(Member(summary, more), "sentence")));
      }
    }
  }
}

void
AddTables(HtmlPage & page, const Json & summary)
{
  const Json & inputs = Member(summary, "inputs");
  if (inputs.is_array() && !inputs.empty())
  {
    page.Element("h3", "Inputs");
    page.Raw("<table><thead><tr><th>File</th><th>SHA-256</th></tr></thead><tbody>\n");
    for (const Json & input : inputs)
    {
      page.Raw("<tr><td>" + HtmlPage::Escape(Text(Member(input, "file"))) + "</td><td><code>" +
               HtmlPage::Escape(Text(Member(input, "sha256"))) + "</code></td></tr>\n");
    }
    page.Raw("</tbody></table>\n");
  }
  const Json & parameters = Member(summary, "parameters");
  if (parameters.is_object() && !parameters.empty())
  {
    page.Element("h3", "Parameters");
    page.Raw("<table><tbody>\n");
    for (const auto & [name, value] : parameters.items())
    {
      page.Row(name, Text(value));
    }
    if (!Member(summary, "seed").is_null())
    {
      page.Row("seed", Text(Member(summary, "seed")));
    }
    page.Raw("</tbody></table>\n");
  }
  const Json & noise = Member(summary, "noise");
  const double gain = Number(Member(noise, "gain"));
  const double offset = Number(Member(noise, "offset"));
  if (std::abs(gain) > 0 || std::abs(offset) > 0)
  {
    std::string formula = gain == 0.0 ? "" : Significant(gain, 3) + " v" + (offset < 0 ? " − " : " + ");
    formula += Significant(gain == 0.0 ? offset : std::abs(offset), 3);
    page.Element("h3", "Noise of the image");
    page.Element("p", "Variance of a pixel of value v: " + formula + " (squared units of the image).");
  }
  const Json & stages = Member(summary, "stages");
  if (stages.is_array() && !stages.empty())
  {
    page.Element("h3", "Stages");
    page.Raw("<table><tbody>\n");
    double total = 0;
    for (const Json & stage : stages)
    {
      const double seconds = Number(Member(stage, "seconds"));
      total += std::isfinite(seconds) ? seconds : 0;
      page.Row(Text(Member(stage, "name")), Label(seconds, 0.01) + " s", true);
    }
    page.Row("total", Label(total, 0.01) + " s", true);
    page.Raw("</tbody></table>\n");
  }
}

/** Tables of results that a command other than map brings along. */
void
AddResultTables(HtmlPage & page, const Json & tables)
{
  for (const Json & table : tables)
  {
    page.Element("h2", Text(Member(table, "title")));
    if (Member(table, "text").is_string())
    {
      page.Element("p", Text(Member(table, "text")));
    }
    page.Raw("<table class=\"results\"><thead><tr>");
    for (const Json & name : Member(table, "columns"))
    {
      page.Raw("<th>" + HtmlPage::Escape(Text(name)) + "</th>");
    }
    page.Raw("</tr></thead><tbody>\n");
    for (const Json & row : Member(table, "rows"))
    {
      page.Raw("<tr>");
      for (const Json & value : row)
      {
        page.Raw("<td>" + HtmlPage::Escape(Text(value)) + "</td>");
      }
      page.Raw("</tr>\n");
    }
    page.Raw("</tbody></table>\n");
  }
}
} // namespace

void
WriteHtmlReport(const std::filesystem::path & file, const nlohmann::json & summary, const std::vector<Figure> & figures,
                const std::filesystem::path & figureFolder)
{
  const Json & image = Member(summary, "image");
  const std::string path = Text(Member(image, "file"));
  const std::string name = std::filesystem::path(path).filename().string();
  const std::string imageTitle = Member(image, "title").is_string() ? Text(Member(image, "title")) : "";
  const bool undefined = Member(Member(summary, "polarization"), "defined") == Json(false);
  const Json & report = Member(summary, "report");
  const bool ownReport = Member(report, "title").is_string(); // of a command that is not about one map
  const std::string title =
    ownReport ? Text(Member(report, "title")) : (undefined ? "Atom columns of " : "Polarization map of ") + name;

  HtmlPage page(title);
  page.Element("h1", title);
  std::string from = imageTitle.empty() || imageTitle == name ? "" : "Image “" + imageTitle + "”. ";
  from += "Made by " + Text(Member(summary, "program")) + " " + Text(Member(summary, "version")) + ".";
  page.Element("p class=\"from\"", from);
  page.Element("p class=\"lead\"", ownReport ? Text(Member(report, "lead")) : LeadSentence(summary));
  const Json & warnings = Member(summary, "warnings");
  if (warnings.is_array() && !warnings.empty())
  {
    page.Raw("<section class=\"warnings\">\n<h2>Warnings</h2>\n<ul>\n");
    for (const Json & warning : warnings)
    {
      page.Element("li", Text(warning));
    }
    page.Raw("</ul>\n</section>\n");
  }
  AddFacts(page, summary);
  AddResultTables(page, Member(report, "tables"));

  if (!figures.empty())
  {
    page.Element("h2", "Figures");
    // The map is what the reader came for.
    std::vector<Figure> ordered = figures;
    std::stable_partition(ordered.begin(), ordered.end(),
                          [ownReport](const Figure & figure)
                          { return !ownReport && figure.file.rfind("03_", 0) == 0; });
    for (const Figure & figure : ordered)
    {
      page.Picture(figureFolder / figure.file, figure.title, figure.caption);
    }
  }
  AddScan(page, summary);
  page.Element("h2", "How this was made");
  if (Member(summary, "macro").is_string())
  {
    page.Element("p",
                 "This line makes the same results again; it can also stand in a macro file for “ferroscope run”.");
    page.Raw("<pre>" + HtmlPage::Escape(Text(Member(summary, "macro"))) + "</pre>\n");
  }
  AddTables(page, summary);
  page.Raw("</body>\n</html>\n");
  WriteFile(file, page.Html().data(), page.Html().size());
}
} // namespace ferro
