#include "ferroColorMaps.h"
#include "ferroErrors.h"
#include "ferroFilterGrid.h"
#include "ferroPngPicture.h"
#include "ferroTestFolder.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace
{
/** Pixels of exactly that colour. */
int
Count(const ferro::PngPicture & picture, const ferro::Rgb & color)
{
  int count = 0;
  for (int y = 0; y < picture.Height(); ++y)
  {
    for (int x = 0; x < picture.Width(); ++x)
    {
      count += picture.At(x, y)[0] == color[0] && picture.At(x, y)[1] == color[1] && picture.At(x, y)[2] == color[2];
    }
  }
  return count;
}
} // namespace

TEST(FilterGrid, TilesShareOneRange)
{
  const ferro::TestFolder folder;
  ferro::FilterGridOptions options;
  options.title = "Activations";
  options.valueLabel = "activation";
  options.tileWidth = 3.0;
  options.widthPx = 800;
  // Half of what the other one has everywhere: another colour, unless each had its own range.
  std::vector<ferro::FilterTile> tiles{{"filter 0", 4, 4, std::vector<float>(16, 0.F)},
                                       {"filter 1", 4, 4, std::vector<float>(16, 1.F)},
                                       {"filter 2", 4, 4, std::vector<float>(16, 2.F)}};
  ferro::WriteFilterGrid(folder / "grid.png", tiles, options);
  const ferro::PngPicture picture(folder / "grid.png");
  const int low = Count(picture, ferro::ColorMaps::Sequential(0.0));
  EXPECT_GT(low, 2000);
  EXPECT_NEAR(Count(picture, ferro::ColorMaps::Sequential(128 / 255.0)), low, 0.1 * low);
  EXPECT_NEAR(Count(picture, ferro::ColorMaps::Sequential(1.0)), low, 0.1 * low);
}

TEST(FilterGrid, RowsMayHaveTheirOwnRanges)
{
  const ferro::TestFolder folder;
  ferro::FilterGridOptions options;
  options.rangePerRow = true;
  options.columns = 2;
  options.rowLabels = {"conv1", "conv2"};
  options.widthPx = 800;
  options.gray = true;
  const std::vector<float> zero(9, 0.F);
  std::vector<ferro::FilterTile> tiles{{"a", 3, 3, zero},
                                       {"b", 3, 3, std::vector<float>(9, 1.F)},
                                       {"c", 3, 3, zero},
                                       {"d", 3, 3, std::vector<float>(9, 50.F)}};
  ferro::WriteFilterGrid(folder / "rows.png", tiles, options);
  const ferro::PngPicture rows(folder / "rows.png");
  options.rangePerRow = false;
  ferro::WriteFilterGrid(folder / "one.png", tiles, options);
  const ferro::PngPicture one(folder / "one.png");
  // With one range the tile of ones is nearly black.
  const ferro::Rgb nearlyBlack{{5, 5, 5}};
  EXPECT_EQ(Count(rows, nearlyBlack), 0);
  EXPECT_GT(Count(one, nearlyBlack), 2000);
}

TEST(FilterGrid, OddInputIsDrawnOrRefused)
{
  const ferro::TestFolder folder;
  ferro::FilterGridOptions options;
  options.widthPx = 400;
  EXPECT_NO_THROW(ferro::WriteFilterGrid(folder / "none.png", {}, options));
  EXPECT_NO_THROW(ferro::WriteFilterGrid(folder / "empty.png", {{"a", 0, 0, {}}, {"b", 1, 1, {3.F}}}, options));
  EXPECT_NO_THROW(ferro::WriteFilterGrid(folder / "flat.png", {{"a", 300, 2, std::vector<float>(600, 7.F)}}, options));
  const std::vector<ferro::FilterTile> many(128, {"filter 100", 5, 5, std::vector<float>(25, 1.F)});
  EXPECT_NO_THROW(ferro::WriteFilterGrid(folder / "many.png", many, options));
  EXPECT_THROW(ferro::WriteFilterGrid("/nonexistent/x.png", many, options), ferro::OutputError);
}
