#include "ferroErrors.h"
#include "ferroPngPicture.h"
#include "ferroTestFolder.h"
#include "ferroTestMap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace
{
namespace fs = std::filesystem;
using ferro::ReadAll;

/** CIE lightness L*, 0..100: another space than the one in which the colours are computed. */
double
Lightness(const ferro::Rgb & color)
{
  double luminance = 0.0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t m = 0; m < 3; ++m)
  {
    const double v = color[m] / 255.0;
    luminance += weights[m] * (v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
  }
  return luminance > 0.008856 ? 116.0 * std::cbrt(luminance) - 16.0 : 903.3 * luminance;
}

std::set<std::string>
Names(const std::vector<ferro::Figure> & figures)
{
  std::set<std::string> names;
  for (const auto & figure : figures)
  {
    names.insert(figure.file);
  }
  return names;
}

/** The box of the first panel: the first long dark line of a page, down to where its left edge ends. */
struct Panel
{
  int left = 0, top = 0, right = 0, bottom = 0;
};

Panel
FindPanel(const ferro::PngPicture & picture)
{
  const auto dark = [&](int x, int y) { return picture.At(x, y)[0] < 60; };
  for (int y = 0; y < picture.Height(); ++y)
  {
    int run = 0;
    for (int x = 0; x < picture.Width(); ++x)
    {
      run = dark(x, y) ? run + 1 : 0;
      if (run > picture.Width() / 3)
      {
        Panel panel{x - run + 1, y, x, y};
        while (panel.right + 1 < picture.Width() && dark(panel.right + 1, y))
        {
          ++panel.right;
        }
        while (panel.bottom + 1 < picture.Height() && dark(panel.left, panel.bottom + 1))
        {
          ++panel.bottom;
        }
        return panel;
      }
    }
  }
  return {};
}

/** A map of one uniform polarization without any noise, and the colours of its picture. */
struct UniformMap
{
  ferro::TestFolder folder;
  ferro::MapResult result;
  explicit UniformMap(const Eigen::Vector2d & pm)
  {
    ferro::TestMap map;
    map.cellsX = 12;
    map.cellsY = 12;
    map.leftPm = map.rightPm = pm;
    map.noisePm = 0.0;
    result = map.Make();
    ferro::FigureOptions options;
    options.wheelRadiusPm = 50;
    options.widthPx = 1200;
    ferro::WriteMapFigures(result, folder.Path(), options);
  }
};
} // namespace

TEST(ColorMaps, LightnessOfTheSequentialMapRisesEvenly)
{
  double last = -1.0;
  for (int k = 0; k <= 20; ++k)
  {
    const double lightness = Lightness(ferro::ColorMaps::Sequential(k / 20.0));
    if (k > 0)
    {
      EXPECT_GT(lightness - last, 1.5) << k;
      EXPECT_LT(lightness - last, 7.0) << k;
    }
    last = lightness;
  }
}

TEST(ColorMaps, TheWheelIsWhiteInTheMiddleAndEvenlyLightAtTheRim)
{
  EXPECT_EQ(ferro::ColorMaps::Wheel(123.0, 0.0), (ferro::Rgb{{255, 255, 255}}));
  EXPECT_EQ(ferro::ColorMaps::Wheel(0.0, 1.0), ferro::ColorMaps::Wheel(360.0, 1.0));
  EXPECT_EQ(ferro::ColorMaps::Wheel(30.0, 1.0), ferro::ColorMaps::Wheel(30.0, 7.0));
  std::set<ferro::Rgb> colors;
  for (int angle = 0; angle < 360; angle += 15)
  {
    const ferro::Rgb c = ferro::ColorMaps::Wheel(angle, 1.0);
    EXPECT_NEAR(Lightness(c), 63.0, 5.0) << angle;
    colors.insert(c);
  }
  EXPECT_EQ(colors.size(), 24U);
}

TEST(MapFigures, AllFiguresWithTheirNamesAndSizes)
{
  const ferro::TestFolder folder;
  ferro::TestMap map;
  map.flagShare = 0.02;
  std::vector<double> progress;
  const auto figures = ferro::WriteMapFigures(map.Make(), folder.Path(), {},
                                              [&progress](double fraction) { progress.push_back(fraction); });
  const std::set<std::string> expected{"01_image.png",         "02_columns.png",     "03_polarization.png",
                                       "04_deviation_A.png",   "05_deviation_B.png", "06_uncertainty_histograms.png",
                                       "07_uncertainty_P.png", "08_a.png",           "09_b.png",
                                       "10_gamma.png",         "11_area.png",        "12_joint_distributions.png",
                                       "13_strain.png",        "15_directions.png"};
  EXPECT_EQ(Names(figures), expected);
  for (const auto & figure : figures)
  {
    const ferro::PngPicture picture(folder / figure.file);
    EXPECT_GE(picture.Width(), 900) << figure.file;
    EXPECT_LE(picture.Width(), 1600) << figure.file;
    EXPECT_GE(picture.Height(), 600) << figure.file;
    EXPECT_LE(picture.Height(), 1700) << figure.file;
    // White corners, and something on the page.
    EXPECT_EQ(picture.At(0, 0), (ferro::Rgb{{255, 255, 255}})) << figure.file;
    EXPECT_EQ(picture.At(picture.Width() - 1, picture.Height() - 1), (ferro::Rgb{{255, 255, 255}})) << figure.file;
    EXPECT_LT(picture.Count({{255, 255, 255}}, 2), 0.93 * picture.Width() * picture.Height()) << figure.file;
    EXPECT_FALSE(figure.title.empty());
    EXPECT_FALSE(figure.caption.empty());
  }
  // Nothing but the figures is left in the folder.
  EXPECT_EQ(static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.Path()), fs::directory_iterator())),
            expected.size());
  ASSERT_GE(progress.size(), 2U);
  EXPECT_EQ(progress.front(), 0.0);
  EXPECT_EQ(progress.back(), 1.0);
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
}

TEST(MapFigures, SameBytesTwice)
{
  const ferro::TestFolder folder;
  const auto result = ferro::TestMap().Make();
  ferro::FigureOptions options;
  options.widthPx = 800;
  const auto first = ferro::WriteMapFigures(result, folder / "1", options);
  const auto second = ferro::WriteMapFigures(result, folder / "2", options);
  ASSERT_EQ(Names(first), Names(second));
  for (const auto & figure : first)
  {
    const std::string bytes = ReadAll(folder / "1" / figure.file);
    EXPECT_GT(bytes.size(), 1000U);
    EXPECT_EQ(bytes, ReadAll(folder / "2" / figure.file)) << figure.file;
  }
}

TEST(MapFigures, WithoutADisplay)
{
  // Neither a missing nor a wrong DISPLAY matters.
  const ferro::TestFolder folder;
  const char * display = std::getenv("DISPLAY");
  const std::string before = display ? display : "";
  ferro::FigureOptions options;
  options.widthPx = 600;
  const auto result = ferro::TestMap().Make();
  unsetenv("DISPLAY");
  EXPECT_EQ(ferro::WriteMapFigures(result, folder / "none", options).size(), 14U);
  setenv("DISPLAY", "nowhere.invalid:77", 1);
  EXPECT_EQ(ferro::WriteMapFigures(result, folder / "invalid", options).size(), 14U);
  display ? setenv("DISPLAY", before.c_str(), 1) : unsetenv("DISPLAY");
  EXPECT_EQ(ReadAll(folder / "none" / "03_polarization.png"), ReadAll(folder / "invalid" / "03_polarization.png"));
}

TEST(MapFigures, CellsHaveTheColourOfTheirDirection)
{
  struct Case
  {
    Eigen::Vector2d pm;
    double angleDeg;
  };
  // +Py is down on the image, hence -90 degrees.
  for (const Case & c : {Case{{30, 0}, 0}, Case{{0, -30}, 90}, Case{{-30, 0}, 180}, Case{{0, 30}, -90}})
  {
    const UniformMap map(c.pm);
    const ferro::PngPicture picture(map.folder / "03_polarization.png");
    const Panel panel = FindPanel(picture);
    ASSERT_GT(panel.right - panel.left, 500);
    const ferro::Rgb expected = ferro::ColorMaps::Wheel(c.angleDeg, 30.0 / 50.0);
    // Most of the panel is that colour; a third at most goes to arrows and the empty border.
    EXPECT_GT(picture.Count(expected, 2), 0.5 * (panel.right - panel.left) * (panel.bottom - panel.top));
    for (const double other : {0.0, 90.0, 180.0, -90.0})
    {
      if (other != c.angleDeg)
      {
        EXPECT_LT(picture.Count(ferro::ColorMaps::Wheel(other, 30.0 / 50.0), 2), 2000) << c.angleDeg << " " << other;
      }
    }
  }
}

TEST(MapFigures, ArrowsPointDownWherePyIsPositive)
{
  const UniformMap map({0, 30});
  const ferro::PngPicture picture(map.folder / "03_polarization.png");
  const Panel panel = FindPanel(picture);
  const auto & geometry = map.result.columns->GetGeometry();
  ASSERT_GT(panel.right - panel.left, 500);
  const double scaleX = static_cast<double>(panel.right - panel.left) / static_cast<double>(geometry.width);
  const double scaleY = static_cast<double>(panel.bottom - panel.top) / static_cast<double>(geometry.height);
  EXPECT_NEAR(scaleX, scaleY, 0.02 * scaleX);
  // The head of an arrow is wider than its tail: rows of black below the middle of a cell are longer than above.
  for (const ferro::UnitCell & cell : map.result.cells->GetCells())
  {
    const int cx = static_cast<int>(panel.left + (cell.position.x() + 0.5) * scaleX);
    const int cy = static_cast<int>(panel.top + (cell.position.y() + 0.5) * scaleY);
    const int reach = static_cast<int>(8 * scaleY);
    long above = 0;
    long below = 0;
    for (int y = -reach; y <= reach; ++y)
    {
      for (int x = -reach; x <= reach; ++x)
      {
        const bool black = picture.At(cx + x, cy + y)[0] < 60;
        above += black && y < 0;
        below += black && y > 0;
      }
    }
    EXPECT_GT(static_cast<double>(below), 1.08 * static_cast<double>(above)) << cell.i << " " << cell.j;
    EXPECT_GT(above, 10);
  }
}

TEST(MapFigures, OnlyWhatMakesSenseWithoutCells)
{
  const ferro::TestFolder folder;
  ferro::TestMap map;
  map.withCells = false;
  const auto figures = ferro::WriteMapFigures(map.Make(), folder.Path());
  EXPECT_EQ(Names(figures), (std::set<std::string>{"01_image.png", "02_columns.png", "04_deviation_A.png",
                                                   "05_deviation_B.png", "06_uncertainty_histograms.png"}));
  auto bare = map.Make();
  auto columns = ferro::AtomColumnSet::New();
  columns->SetGeometry(bare.columns->GetGeometry());
  bare.columns = columns;
  bare.lattice = nullptr;
  EXPECT_EQ(Names(ferro::WriteMapFigures(bare, folder / "bare")),
            (std::set<std::string>{"01_image.png", "02_columns.png"}));
}

TEST(MapFigures, NarrowTallAndUncalibratedImages)
{
  const ferro::TestFolder folder;
  for (const bool wide : {true, false})
  {
    ferro::TestMap map;
    map.cellsX = wide ? 80 : 12;
    map.cellsY = wide ? 12 : 80;
    map.calibrated = false;
    const auto figures = ferro::WriteMapFigures(map.Make(), folder.Path());
    EXPECT_EQ(figures.size(), 14U);
    for (const auto & figure : figures)
    {
      EXPECT_EQ(figure.caption.find(" pm"), std::string::npos) << figure.caption;
      EXPECT_EQ(figure.caption.find(" nm"), std::string::npos) << figure.caption;
    }
    const ferro::PngPicture picture(folder / "03_polarization.png");
    EXPECT_LE(picture.Width(), 1600);
    EXPECT_LE(picture.Height(), 1600);
  }
}

TEST(MapFigures, DomainsWallsAndTopologyWhereTheyAreKnown)
{
  const ferro::TestFolder folder;
  auto result = ferro::TestMap().Make();
  auto cells = ferro::UnitCellSet::New();
  cells->Graft(result.cells);
  auto topology = ferro::FieldTopology::New();
  ferro::FieldTopology::Values field;
  for (auto & cell : cells->GetCells())
  {
    cell.domain = 2 * cell.i < 20 ? 1 : 2;
    field.derivatives.push_back({0.01 * (cell.i % 3 - 1), 0.002, 0.02, 0.002});
  }
  ferro::FieldVortex vortex;
  vortex.winding = 1;
  vortex.position = {100, 100};
  field.vortices.push_back(vortex);
  topology->Set(field);
  auto domains = ferro::DomainMap::New();
  ferro::DomainMap::Values map;
  map.variants.resize(2);
  map.variants[0].mean = {30, 0};
  map.variants[1].mean = {0, 30};
  map.domains.resize(2);
  map.domains[0].center = {80, 160};
  map.domains[1].center = {250, 160};
  map.domains[1].variant = 1;
  map.walls.resize(1);
  map.walls[0].first = 1;
  map.walls[0].second = 2;
  map.walls[0].points = {{168, 20}, {168, 310}};
  map.description = "2 domains of 2 directions, 1 wall";
  domains->Set(map);
  result.cells = cells;
  result.domains = domains;
  result.topology = topology;
  result.averaged = cells;
  const auto names = Names(ferro::WriteMapFigures(result, folder.Path()));
  for (const char * name : {"14_domains.png", "15_directions.png", "16_topology.png", "17_averaged.png"})
  {
    EXPECT_EQ(names.count(name), 1U) << name;
  }
  // The two domains have the colours of their directions, and the wall between them is black.
  const ferro::PngPicture picture(folder / "14_domains.png");
  const Panel panel = FindPanel(picture);
  const int y = panel.top + (panel.bottom - panel.top) / 3;
  const auto at = [&](double share)
  { return picture.At(panel.left + static_cast<int>(share * (panel.right - panel.left)), y); };
  const auto left = ferro::ColorMaps::Wheel(0.0, 0.75);
  const auto right = ferro::ColorMaps::Wheel(-90.0, 0.75);
  for (std::size_t m = 0; m < 3; ++m)
  {
    EXPECT_NEAR(at(0.2)[m], left[m], 2);
    EXPECT_NEAR(at(0.8)[m], right[m], 2);
    EXPECT_LT(at(0.5)[m], 110); // the line may end within the pixel
  }
}

TEST(MapFigures, NumbersThatAreNoneDoNotDisturb)
{
  ferro::TestMap map;
  const auto result = map.Make();
  auto cells = ferro::UnitCellSet::New();
  cells->SetGeometry(result.cells->GetGeometry());
  auto list = result.cells->GetCells();
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t k = 0; k < list.size(); k += 2)
  {
    list[k].polarization.setConstant(none);
    list[k].a = list[k].gamma = list[k].strainXX = none;
    list[k].covariance.setConstant(none);
    list[k].position.setConstant(k % 4 == 0 ? none : 1e30);
  }
  list[1].corners = {{1000000, 0, 0, 0}};
  cells->SetCells(list);
  auto changed = result;
  changed.cells = cells;
  const ferro::TestFolder folder;
  EXPECT_EQ(ferro::WriteMapFigures(changed, folder.Path()).size(), 14U);
}

TEST(MapFigures, CancelStopsAtOnce)
{
  const ferro::TestFolder folder;
  int calls = 0;
  EXPECT_THROW(ferro::WriteMapFigures(ferro::TestMap().Make(), folder.Path(), {},
                                      [&calls](double)
                                      {
                                        if (++calls == 3)
                                        {
                                          throw std::runtime_error("cancelled");
                                        }
                                      }),
               std::runtime_error);
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(fs::exists(folder / "03_polarization.png"));
}

TEST(MapFigures, AFolderThatCannotBeMadeIsAnOutputError)
{
  EXPECT_THROW(ferro::WriteMapFigures(ferro::TestMap().Make(), "/dev/null/figures"), ferro::OutputError);
}
