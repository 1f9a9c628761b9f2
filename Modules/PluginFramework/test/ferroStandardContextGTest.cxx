#include "ferroCommandLine.h"
#include "ferroOutputFolder.h"
#include "ferroStandardContext.h"
#include "ferroTestDeclaration.h"

#include "itkMedianImageFilter.h"
#include "itkProcessObject.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

namespace
{
/** Keeps what it is shown. */
class RecordingContext : public ferro::StandardContext
{
public:
  using ferro::StandardContext::StandardContext;
  std::vector<double> progress;
  std::vector<std::string> messages;
  double cancelAt = 2.0;

protected:
  void
  ShowProgress(const std::string &, double overall) override
  {
    progress.push_back(overall);
    if (overall >= cancelAt)
    {
      this->Cancel();
    }
  }
  void
  ShowMessage(Level, const std::string & message) override
  {
    messages.push_back(message);
  }
};

ferro::ParameterValues
Parse(const std::vector<std::string> & words)
{
  return ferro::ParseCommandLine(MakeTestDeclaration(), words);
}

ferro::MicrographType::Pointer
MakeImage()
{
  auto image = ferro::MicrographType::New();
  ferro::MicrographType::RegionType region;
  region.SetSize({{400, 400}});
  image->SetRegions(region);
  image->Allocate(true);
  return image;
}
} // namespace

TEST(StandardContext, GettersAndTheirErrors)
{
  RecordingContext context(Parse({"a.dm4", "--threads", "3", "--seed", "9", "--no-figures"}));
  EXPECT_EQ(context.GetThreads(), 3);
  EXPECT_EQ(context.GetSeed(), 9u);
  EXPECT_FALSE(context.GetMakeFigures());
  EXPECT_EQ(context.GetInteger("minimumCount"), 3);
  EXPECT_DOUBLE_EQ(context.GetNumber("minimumCount"), 3.0);
  EXPECT_EQ(context.GetPath("image"), "a.dm4");
  EXPECT_FALSE(context.Has("offset"));
  EXPECT_EQ(context.GetText("note"), "");
  EXPECT_THROW(context.GetNumber("offset"), std::logic_error);
  EXPECT_THROW(context.GetText("undeclared"), std::logic_error);
  EXPECT_THROW(context.Has("undeclared"), std::logic_error);
}

TEST(StandardContext, ProgressNeverFalls)
{
  RecordingContext context(Parse({"a.dm4"}));
  context.BeginStage("one", 0.0, 0.4);
  context.SetProgress(0.5);
  context.SetProgress(0.1);
  context.SetProgress(std::nan(""));
  context.BeginStage("two", 0.4, 1.0);
  context.SetProgress(1.0);
  EXPECT_EQ(context.progress, (std::vector<double>{0.0, 0.2, 0.2, 0.2, 0.4, 1.0}));
}

TEST(StandardContext, FilterProgressIsShownAndCancelStopsIt)
{
  using Median = itk::MedianImageFilter<ferro::MicrographType, ferro::MicrographType>;
  const auto image = MakeImage();
  {
    RecordingContext context(Parse({"a.dm4"}));
    context.BeginStage("median", 0.5, 1.0);
    auto filter = Median::New();
    filter->SetInput(image);
    context.Observe(filter);
    filter->Update();
    EXPECT_GT(context.progress.size(), 3u);
    EXPECT_DOUBLE_EQ(context.progress.back(), 1.0);
  }
  RecordingContext context(Parse({"a.dm4"}));
  context.cancelAt = 0.2;
  context.BeginStage("median", 0.0, 1.0);
  auto filter = Median::New();
  filter->SetInput(image);
  filter->SetRadius(3);
  context.Observe(filter);
  EXPECT_THROW(filter->Update(), itk::ProcessAborted);
  EXPECT_LT(context.progress.back(), 1.0);
  EXPECT_THROW(context.SetProgress(0.9), itk::ProcessAborted);
  EXPECT_THROW(context.BeginStage("next", 0.9, 1.0), itk::ProcessAborted);
}

TEST(StandardContext, ProvenanceHasTheAgreedKeys)
{
  const std::string file = ::testing::TempDir() + "ferro-provenance.txt";
  std::ofstream(file) << "abc";
  RecordingContext context(Parse({file, "--cutoff-pm", "20", "--threads", "1"}));
  context.AddInput(file);
  context.AddInput(file);
  context.BeginStage("one", 0.0, 1.0);
  context.Warn("doubtful");
  context.Debug("not shown at this level");
  const auto json = context.GetProvenance();
  EXPECT_EQ(json["program"], "ferroscope");
  EXPECT_EQ(json["command"], "map");
  EXPECT_EQ(json["macro"], "ferroscope map " + file + " --cutoff-pm 20 --threads 1");
  ASSERT_EQ(json["inputs"].size(), 1u);
  // SHA-256 of "abc", from FIPS 180-4.
  EXPECT_EQ(json["inputs"][0]["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(json["parameters"]["cutoffPm"], 20.0);
  EXPECT_TRUE(json["parameters"]["offset"].is_null());
  EXPECT_EQ(json["seed"], 0);
  EXPECT_EQ(json["threads"], 1);
  EXPECT_EQ(json["stages"][0]["name"], "one");
  EXPECT_EQ(json["warnings"][0], "doubtful");
  EXPECT_EQ(context.messages, std::vector<std::string>{"doubtful"});
  ferro::ClearProtectedInputs();
}
