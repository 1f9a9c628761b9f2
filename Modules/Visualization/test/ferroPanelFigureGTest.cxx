#include "ferroErrors.h"
#include "ferroPanelFigure.h"
#include "ferroPngPicture.h"
#include "ferroTestFolder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
using ferro::MicrographType;
using ferro::PanelFigure;

constexpr ferro::Rgb Blue{{0, 114, 178}};
constexpr ferro::Rgb Orange{{213, 94, 0}};
constexpr ferro::Rgb Yellow{{255, 210, 0}};

/** A ramp from 0 to a highest value along x. */
MicrographType::Pointer
MakeRamp(double highest)
{
  constexpr unsigned int side = 40;
  auto image = MicrographType::New();
  image->SetRegions(MicrographType::SizeType{{side, side}});
  image->SetSpacing(0.02);
  image->Allocate();
  for (unsigned int n = 0; n < side * side; ++n)
  {
    image->GetBufferPointer()[n] = static_cast<float>(highest * (n % side) / (side - 1));
  }
  return image;
}

PanelFigure
MakeFigure(double errorPm)
{
  PanelFigure figure;
  figure.title = "A tilt series";
  figure.intensity = "fraction of the beam";
  const double heights[] = {1.0, 0.5};
  for (int n = 0; n < 2; ++n)
  {
    PanelFigure::Image image;
    image.image = MakeRamp(heights[n]).GetPointer();
    image.name = n == 0 ? "0 mrad" : "30 mrad";
    image.color = n;
    image.marks = {{"Bi", {{10.0, 20.0}}, false}, {"Fe", {{20.0, 20.0}}, true}};
    figure.images.push_back(image);
  }
  PanelFigure::Row row;
  row.sameScale = true;
  for (int axis = 0; axis < 2; ++axis)
  {
    PanelFigure::Chart chart{axis == 0 ? "along x" : "along y", "tilt (mrad)", "shift (pm)", {}};
    for (int k = 0; k < 2; ++k)
    {
      PanelFigure::Series series;
      series.name = k == 0 ? "Bi" : "Fe";
      series.points = {{0.0, 0.0}, {10.0, -4.0 / (1 + k)}, {20.0, std::nan("")}, {30.0, -12.0 / (1 + k)}};
      series.errors = {errorPm, errorPm, errorPm, errorPm};
      series.color = k;
      series.marks = true;
      series.hollow = k == 1;
      chart.series.push_back(series);
    }
    // Holds the range of the axis, whatever the error bars.
    PanelFigure::Series wide;
    wide.name = "P";
    wide.points = {{0.0, -20.0}, {30.0, 20.0}};
    wide.color = 2;
    chart.series.push_back(wide);
    row.charts.push_back(chart);
  }
  figure.rows = {row};
  return figure;
}
} // namespace

TEST(PanelFigure, ImagesShareOneGrayScale)
{
  ferro::TestFolder folder;
  const auto file = folder.Path() / "panel.png";
  ferro::WritePanelFigure(MakeFigure(1.0), file, 1000);
  const ferro::PngPicture picture(file);
  EXPECT_EQ(picture.Width(), 1000);
  EXPECT_GT(picture.Height(), 500);
  // The brightest of the second image is half as bright as that of the first: white appears in the page and the scale,
  // but right of the first image's right edge only mid gray. Find the images by their frames: rows at a quarter height.
  // Image 1 begins at 28 units, is 460 units wide; image 2 begins 14 units after it; a unit is 1000 / 1600 px.
  const double unit = 1000.0 / 1600.0;
  const int y = static_cast<int>((84.0 + 44.0 + 60.0) * unit);
  const auto first = picture.At(static_cast<int>((28.0 + 450.0) * unit), y);
  const auto second = picture.At(static_cast<int>((28.0 + 460.0 + 14.0 + 450.0) * unit), y);
  EXPECT_GT(first[0], 235);
  EXPECT_NEAR(second[0], 0.5 * first[0], 12.0);
  // Marks of both kinds, on both images and in the legend.
  EXPECT_GT(picture.Count(Yellow, 30), 60);
}

TEST(PanelFigure, ErrorBarsAndLines)
{
  ferro::TestFolder folder;
  const auto with = folder.Path() / "with.png";
  const auto without = folder.Path() / "without.png";
  ferro::WritePanelFigure(MakeFigure(3.0), with);
  ferro::WritePanelFigure(MakeFigure(std::nan("")), without);
  const ferro::PngPicture one(with);
  const ferro::PngPicture other(without);
  // Blue lies below orange where the two meet.
  EXPECT_GT(other.Count(Blue, 40), 600);
  EXPECT_GT(other.Count(Orange, 40), 600);
  EXPECT_GT(one.Count(Orange, 40), other.Count(Orange, 40) + 300);
  EXPECT_THROW(ferro::WritePanelFigure(MakeFigure(1.0), folder.Path() / "no" / "such" / "folder" / "x.png"),
               ferro::OutputError);
}

// A title that is too long becomes smaller: the margin right of it stays white.
TEST(PanelFigure, LongTitle)
{
  ferro::TestFolder folder;
  PanelFigure figure;
  figure.title = std::string(80, 'M');
  figure.rows.resize(1);
  ferro::WritePanelFigure(figure, folder.Path() / "long.png", 800);
  const ferro::PngPicture picture(folder.Path() / "long.png");
  long dark = 0;
  for (int y = 0; y < 40; ++y)
  {
    for (int x = 0; x < 800; ++x)
    {
      const bool ink = picture.At(x, y)[0] < 200;
      dark += ink;
      EXPECT_FALSE(ink && x >= 792) << x << " " << y;
    }
  }
  EXPECT_GT(dark, 200);
}

// Nothing to draw is an empty frame, not a crash.
TEST(PanelFigure, Empty)
{
  ferro::TestFolder folder;
  PanelFigure figure;
  figure.rows.resize(1);
  figure.rows[0].charts.resize(2);
  figure.rows[0].charts[1].series.resize(1);
  ferro::WritePanelFigure(figure, folder.Path() / "empty.png", 500);
  EXPECT_EQ(ferro::PngPicture(folder.Path() / "empty.png").Width(), 500);
}
