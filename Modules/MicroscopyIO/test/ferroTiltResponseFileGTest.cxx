#include "ferroErrors.h"
#include "ferroTestFiles.h"
#include "ferroTiltResponseFile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
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
  response.series = {{10.0, {-22.5, 3}, {{{0, 0}, {0, 0}, {0, 0}, 0.0}, {{10.5, -3}, {-12.25, 4}, {-6, 1.5}, 0.3}}},
                     {20.0, {0, 0}, {{{5, 5}, {-3, -3}, {-1, -1}, 0.2}}}};
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
  EXPECT_EQ(read.series[0].polarizationPm, expected.series[0].polarizationPm);
  EXPECT_EQ(read.series[1].polarizationPm, Eigen::Vector2d(0, 0));
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
  expectRefusal("-22.5,", "", "polarization_pm");
  expectRefusal("{", "", "not a response table");
  EXPECT_THROW(ferro::ReadTiltResponse(folder.Path() / "none.json"), ferro::InputError);
  EXPECT_THROW(ferro::ReadTiltResponse(folder.Path()), ferro::InputError);
  EXPECT_THROW(ferro::WriteTiltResponse(Example(), folder.Path() / "no" / "such.json"), ferro::OutputError);
}

// Whoever names a material gets the table of that material, with what it was made for and errors that are known.
TEST(TiltResponseFile, TablesThatComeWithTheProgram)
{
  const auto names = ferro::GetTiltResponseNames();
  for (const std::string name : {"BiFeO3", "SrTiO3"})
  {
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
    const auto table = ferro::ReadTiltResponse(ferro::FindTiltResponse(name));
    EXPECT_EQ(table.material, name);
    EXPECT_EQ(table.estimator, "2-D Gaussian, radius 2.7 sigma"); // that of map
    EXPECT_TRUE(table.fourfold);
    EXPECT_GE(table.series.size(), 4U);
    EXPECT_LE(table.series.front().thicknessNm, 10.0);
    EXPECT_GE(table.series.back().thicknessNm, 30.0);
    for (const auto & series : table.series)
    {
      for (const auto & point : series.points)
      {
        EXPECT_EQ(point.errorPm > 0.0, point.tiltMrad.norm() > 0.0);
        EXPECT_LE(point.tiltMrad.norm(), 30.0 + 1e-9);
      }
    }
  }
  EXPECT_EQ(ferro::FindTiltResponse("srtio3"), ferro::FindTiltResponse("SrTiO3"));
}

TEST(TiltResponseFile, FilesComeBeforeNamesAndFoldersCanBeAdded)
{
  const ferrotest::TestFolder folder;
  const auto path = folder.Path() / "Another.json";
  ferro::WriteTiltResponse(Example(), path);
  EXPECT_EQ(ferro::FindTiltResponse(path.string()), path);
  try
  {
    ferro::FindTiltResponse("Another");
    ADD_FAILURE() << "found without its folder";
  }
  catch (const ferro::InputError & error)
  {
    EXPECT_NE(error.GetMessage().find("Another: neither a file nor a response table"), std::string::npos);
    EXPECT_NE(error.GetMessage().find("BiFeO3"), std::string::npos) << error.GetMessage();
  }
  ::setenv("FERROSCOPE_TILT_RESPONSES", folder.Path().c_str(), 1);
  EXPECT_EQ(ferro::FindTiltResponse("another"), path);
  ::unsetenv("FERROSCOPE_TILT_RESPONSES");
}
