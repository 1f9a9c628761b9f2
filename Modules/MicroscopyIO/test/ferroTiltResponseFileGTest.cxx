#include "ferroErrors.h"
#include "ferroTestFiles.h"
#include "ferroTiltResponseFile.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace
{
ferro::TiltResponse
Example()
{
  ferro::TiltResponse response;
  response.material = "BiFeO3";
  response.estimator = "2-D Gaussian, radius 2.7 sigma";
  response.recipe = "a line";
  response.voltageKv = 200.0;
  response.semiAngleMrad = 30.0;
  response.detectorInnerMrad = 65.0;
  response.detectorOuterMrad = 250.0;
  response.sourceSizeNm = 0.04;
  response.fourfold = true;
  response.series = {{10.0, {{{0, 0}, {0, 0}, {0, 0}, 0.0}, {{10.5, -3}, {-12.25, 4}, {-6, 1.5}, 0.3}}},
                     {20.0, {{{5, 5}, {-3, -3}, {-1, -1}, 0.2}}}};
  return response;
}

std::string
Text(const std::filesystem::path & path)
{
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}
} // namespace

TEST(TiltResponseFile, ComesBackAsItWas)
{
  const ferrotest::TestFolder folder;
  const auto path = folder.Path() / "response.json";
  ferro::WriteTiltResponse(Example(), path);
  const auto read = ferro::ReadTiltResponse(path);
  const auto expected = Example();
  EXPECT_EQ(read.material, expected.material);
  EXPECT_EQ(read.estimator, expected.estimator);
  EXPECT_EQ(read.recipe, expected.recipe);
  EXPECT_EQ(read.voltageKv, 200.0);
  EXPECT_EQ(read.semiAngleMrad, 30.0);
  EXPECT_EQ(read.detectorInnerMrad, 65.0);
  EXPECT_EQ(read.detectorOuterMrad, 250.0);
  EXPECT_EQ(read.sourceSizeNm, 0.04);
  EXPECT_TRUE(read.fourfold);
  ASSERT_EQ(read.series.size(), 2U);
  ASSERT_EQ(read.series[0].points.size(), 2U);
  EXPECT_EQ(read.series[1].thicknessNm, 20.0);
  EXPECT_EQ(read.series[0].points[1].tiltMrad, Eigen::Vector2d(10.5, -3));
  EXPECT_EQ(read.series[0].points[1].shiftAPm, Eigen::Vector2d(-12.25, 4));
  EXPECT_EQ(read.series[0].points[1].shiftBPm, Eigen::Vector2d(-6, 1.5));
  EXPECT_EQ(read.series[0].points[1].errorPm, 0.3);
}

TEST(TiltResponseFile, SaysWhatIsWrong)
{
  const ferrotest::TestFolder folder;
  const auto good = folder.Path() / "good.json";
  ferro::WriteTiltResponse(Example(), good);
  const std::string text = Text(good);
  const auto expectRefusal = [&](std::string from, const std::string & to, const std::string & word)
  {
    std::string changed = text;
    const auto at = changed.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    const auto path = folder.Path() / "bad.json";
    std::ofstream(path) << changed;
    try
    {
      ferro::ReadTiltResponse(path);
      ADD_FAILURE() << "taken: " << to;
    }
    catch (const ferro::InputError & error)
    {
      EXPECT_NE(error.GetMessage().find(word), std::string::npos) << error.GetMessage();
      EXPECT_NE(error.GetMessage().find("bad.json"), std::string::npos) << error.GetMessage();
    }
  };
  expectRefusal("ferroscope tilt response", "another thing", "not a response table");
  expectRefusal("\"version\": 1", "\"version\": 2", "version");
  expectRefusal("\"voltage_kv\": 200.0", "\"voltage_kv\": \"200\"", "voltage_kv");
  expectRefusal("\"thickness_nm\": 20.0", "\"thickness_nm\": 5.0", "ascending");
  expectRefusal("\"tilt_x_mrad\": 10.5,", "", "series 1, point 2: tilt_x_mrad");
  expectRefusal("\"series\": [", "\"series\": [], \"other\": [", "series");
  expectRefusal("{", "", "not a response table");
  EXPECT_THROW(ferro::ReadTiltResponse(folder.Path() / "none.json"), ferro::InputError);
  EXPECT_THROW(ferro::ReadTiltResponse(folder.Path()), ferro::InputError);
  EXPECT_THROW(ferro::WriteTiltResponse(Example(), folder.Path() / "no" / "such.json"), ferro::OutputError);
}
