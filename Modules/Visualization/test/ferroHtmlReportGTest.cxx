#include "ferroErrors.h"
#include "ferroHtmlReport.h"
#include "ferroTestFolder.h"
#include "ferroTestMap.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <nlohmann/json.hpp>

namespace
{
namespace fs = std::filesystem;

using ferro::ReadAll;

std::size_t
CountOf(const std::string & text, const std::string & what)
{
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size()))
  {
    ++count;
  }
  return count;
}

nlohmann::json
Summary()
{
  return nlohmann::json::parse(R"({
    "program": "ferroscope", "version": "0.1.0", "command": "map",
    "macro": "ferroscope map \"a <script>alert(1)</script>.dm4\" --output out",
    "inputs": [{"file": "x/a.dm4", "sha256": "00ff"}],
    "parameters": {"center": "B", "pixelSizeNm": 0.0125}, "seed": 7,
    "stages": [{"name": "refine", "seconds": 0.5}],
    "warnings": ["<b>bold</b> & \"quoted\""],
    "image": {"file": "x/<script>alert(1)</script>.dm4", "title": "HAADF <i>", "width_px": 512, "height_px": 256,
              "calibrated": true, "pixel_size_nm": [0.0125, 0.0125]},
    "columns": {"total": 201, "A": 101, "B": 100, "other": 0, "flagged": 3},
    "cells": {"total": 90, "flagged": 2},
    "lattice": {"kind": "perovskite-100", "description": "Two sublattices", "a_nm": 0.3951, "b_nm": 0.3962,
                "gamma_deg": 89.9, "rms_deviation_A_pm": [9.71, 8.6], "rms_deviation_B_pm": [14.6, 12.1]},
    "polarization": {"defined": true, "mean_pm": [3.14159, -12.3456], "mean_error_pm": [0.123, 0.456], "rms_pm": 25.0,
                     "median_magnitude_pm": 22.2, "median_error_pm": 3.1},
    "noise": {"gain": 1.0, "offset": 2.0}})");
}
} // namespace

TEST(HtmlReport, HoldsEverythingAndEscapesIt)
{
  const ferro::TestFolder folder;
  ferro::FigureOptions options;
  options.widthPx = 600;
  auto figures = ferro::WriteMapFigures(ferro::TestMap().Make(), folder.Path(), options);
  figures.front().title = "Image of <script>";
  ferro::WriteHtmlReport(folder / "report.html", Summary(), figures, folder.Path());
  const std::string html = ReadAll(folder / "report.html");
  EXPECT_EQ(CountOf(html, "<img "), figures.size());
  EXPECT_EQ(CountOf(html, "src=\"data:image/png;base64,iVBORw0KGgo"), figures.size()); // the signature of PNG
  for (const auto & figure : figures)
  {
    EXPECT_NE(html.find(figure.file), std::string::npos);
  }
  // Nothing that a browser would run or fetch.
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("://"), std::string::npos);
  EXPECT_EQ(html.find("url("), std::string::npos);
  EXPECT_EQ(html.find("<b>bold"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(html.find("&lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot;"), std::string::npos);
  // Numbers to the precision that their errors permit.
  EXPECT_NE(html.find("3.14 ± 0.12 pm"), std::string::npos);
  EXPECT_NE(html.find("−12.35 ± 0.46 pm"), std::string::npos);
  EXPECT_NE(html.find("9.71 / 8.60 pm"), std::string::npos);
  EXPECT_NE(html.find("101 on sublattice A, 100 on sublattice B"), std::string::npos);
  EXPECT_NE(html.find("pixel 12.50 pm"), std::string::npos);
  EXPECT_NE(html.find("00ff"), std::string::npos);
  // The picture inside is as long as base64 makes the file.
  const std::size_t start = html.find("base64,") + 7;
  const std::size_t length = html.find('"', start) - start;
  const std::string file = ReadAll(folder / "03_polarization.png"); // the map comes first
  EXPECT_EQ(length, (file.size() + 2) / 3 * 4);
}

TEST(HtmlReport, SaysWhenPolarizationIsNotDefined)
{
  auto summary = Summary();
  summary["polarization"] = {{"defined", false}};
  summary["cells"] = {{"total", 0}, {"flagged", 0}};
  summary["image"]["calibrated"] = false;
  summary["image"]["pixel_size_nm"] = nullptr;
  summary["lattice"] = {{"kind", "other"}, {"rms_deviation_A_px", {0.5, 0.25}}};
  const ferro::TestFolder folder;
  const fs::path file = folder / "ferro-undefined.html";
  ferro::WriteHtmlReport(file, summary, {}, ".");
  const std::string html = ReadAll(file);
  EXPECT_NE(html.find("Polarization is not defined"), std::string::npos);
  EXPECT_NE(html.find("no pixel size"), std::string::npos);
  EXPECT_NE(html.find("0.500 / 0.250 px"), std::string::npos);
  EXPECT_EQ(html.find("Mean P"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
}

TEST(HtmlReport, TakesTheWordsAndTablesOfOtherCommands)
{
  auto summary = Summary();
  summary["report"] = nlohmann::json::parse(R"({"title": "Evaluation of <x>", "lead": "All is well.",
    "tables": [{"title": "Errors & more", "text": "In pm.", "columns": ["target", "<RMSE>"],
                "rows": [["Px", 4.5], ["Py", null]]}]})");
  const ferro::TestFolder folder;
  ferro::WriteHtmlReport(folder / "report.html", summary, {}, ".");
  const std::string html = ReadAll(folder / "report.html");
  for (const char * part :
       {"<title>Evaluation of &lt;x&gt;</title>", "All is well.", "<h2>Errors &amp; more</h2>", "<p>In pm.</p>",
        "<th>&lt;RMSE&gt;</th>", "<td>Px</td><td>4.5</td>", "<td>Py</td><td>–</td>"})
  {
    EXPECT_NE(html.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(html.find("atom columns were found"), std::string::npos);
}

TEST(HtmlReport, SurvivesASummaryOfAnotherShape)
{
  const ferro::TestFolder folder;
  const fs::path file = folder / "ferro-odd.html";
  for (const char * text : {"{}", "[]", "null", R"({"image": 3, "columns": "x", "stages": [1], "inputs": [null],
       "parameters": {"a": [1, "b", null]}, "warnings": [4], "polarization": {"mean_pm": [1, "x"]}})",
                            R"({"report": {"tables": "x"}})", R"({"report": {"tables": [1, {"rows": [2, "y"]}]}})"})
  {
    EXPECT_NO_THROW(ferro::WriteHtmlReport(file, nlohmann::json::parse(text), {}, ".")) << text;
    EXPECT_NE(ReadAll(file).find("</html>"), std::string::npos);
  }
}

TEST(HtmlReport, MissingPictureAndMissingFolderAreOutputErrors)
{
  const ferro::TestFolder folder;
  const fs::path file = folder / "ferro-missing.html";
  EXPECT_THROW(ferro::WriteHtmlReport(file, Summary(), {{"nothing.png", "t", "c"}}, folder.Path()), ferro::OutputError);
  EXPECT_THROW(ferro::WriteHtmlReport("/nonexistent/report.html", Summary(), {}, "."), ferro::OutputError);
}
