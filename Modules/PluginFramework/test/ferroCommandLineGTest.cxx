#include "ferroCommandLine.h"
#include "ferroErrors.h"
#include "ferroSpelling.h"
#include "ferroTestDeclaration.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace
{
using Words = std::vector<std::string>;

std::string
FailureOf(const Words & words)
{
  try
  {
    ferro::ParseCommandLine(MakeTestDeclaration(), words);
  }
  catch (const ferro::UsageError & error)
  {
    return error.GetMessage();
  }
  return "";
}

bool
Contains(const std::string & text, const std::string & part)
{
  return text.find(part) != std::string::npos;
}

double
Number(const ferro::ParameterValues & values, const std::string & name)
{
  return std::get<double>(values.Get(name));
}
} // namespace

TEST(CommandLine, BothSpellingsAndDefaults)
{
  const auto hyphens =
    ferro::ParseCommandLine(MakeTestDeclaration(), {"a.dm4", "--pixel-size-nm", "0.02", "--cutoff-pm=7"});
  const auto camel =
    ferro::ParseCommandLine(MakeTestDeclaration(), {"--pixelSizeNm", "0.02", "a.dm4", "--cutoffPm", "7"});
  for (const auto & values : {hyphens, camel})
  {
    EXPECT_EQ(std::get<std::string>(values.Get("image")), "a.dm4");
    EXPECT_DOUBLE_EQ(Number(values, "pixelSizeNm"), 0.02);
    EXPECT_DOUBLE_EQ(Number(values, "cutoffPm"), 7.0);
    EXPECT_FALSE(values.IsGiven("center"));
    EXPECT_EQ(std::get<std::string>(values.Get("center")), "B");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(values.Get("offset")));
    EXPECT_TRUE(std::get<bool>(values.Get("smooth")));
  }
}

TEST(CommandLine, CommonOptionsAsTheIssueNamesThem)
{
  const auto values = ferro::ParseCommandLine(MakeTestDeclaration(), {"a.dm4", "--image", "HAADF", "--frame", "mean",
                                                                      "--threads", "2", "--seed", "5", "--no-figures"});
  EXPECT_EQ(std::get<std::string>(values.Get("imageIndex")), "HAADF");
  EXPECT_EQ(std::get<std::string>(values.Get("frame")), "mean");
  EXPECT_EQ(std::get<long>(values.Get("threads")), 2);
  EXPECT_EQ(std::get<long>(values.Get("seed")), 5);
  EXPECT_TRUE(std::get<bool>(values.Get("noFigures")));
  EXPECT_EQ(std::get<std::string>(values.Get("image")), "a.dm4");
}

TEST(CommandLine, NegativeNumbersAndBooleans)
{
  const auto values =
    ferro::ParseCommandLine(MakeTestDeclaration(), {"a.dm4", "--offset", "-.5e1", "--swapSublattices", "--no-smooth"});
  EXPECT_DOUBLE_EQ(Number(values, "offset"), -5.0);
  EXPECT_TRUE(std::get<bool>(values.Get("swapSublattices")));
  EXPECT_FALSE(std::get<bool>(values.Get("smooth")));
  EXPECT_FALSE(std::get<bool>(ferro::ParseCommandLine(MakeTestDeclaration(), {"a", "--noSmooth"}).Get("smooth")));
}

TEST(CommandLine, MessagesNameParameterFoundAndAllowed)
{
  EXPECT_EQ(FailureOf({"a", "--cutoff-pm", "501"}), "--cutoff-pm: 501 pm is outside the allowed range, 0 to 500 pm");
  EXPECT_TRUE(Contains(FailureOf({"a", "--cutoff-pm", "7nm"}), "'7nm' is not a number"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--cutoff-pm", "nan"}), "'nan' is not a number"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--minimum-count", "2.5"}), "'2.5' is not a whole number (allowed: 1 to 10)"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--minimum-count", "99999999999999999999"}), "whole number"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--center", "bth"}), "not one of A, B, both, did you mean both?"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--cutof-pm", "3"}), "did you mean --cutoff-pm?"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--xyzzyplugh"}), "no such option (see"));
  EXPECT_TRUE(Contains(FailureOf({}), "IMAGE is missing"));
  EXPECT_TRUE(Contains(FailureOf({"a", "b", "c"}), "'c'"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--output", "--no-figures"}), "--output: a value is missing"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--output"}), "a value is missing"));
  EXPECT_TRUE(Contains(FailureOf({"a", "--note", "x", "--note", "y"}), "more than once"));
}

TEST(CommandLine, ResultNeverReplacesInput)
{
  const std::string name = ::testing::TempDir() + "ferro-input.csv";
  std::ofstream(name) << "data\n";
  EXPECT_TRUE(
    Contains(FailureOf({name, "--table-file", ::testing::TempDir() + "./ferro-input.csv"}), "is also the input"));
  EXPECT_EQ(FailureOf({name, "--table-file", name + ".other"}), "");
  std::filesystem::remove(name);
}

TEST(CommandLine, MacroLineGivesTheSameValues)
{
  const std::vector<Words> cases = {
    {"a.dm4"},
    {"it's here.dm4", "--note", "a \"b\" $HOME `x` \\ # ; | & * ? ~ !"},
    {"-strange.dm4", "cols.csv", "--offset", "-0.1"},
    {"a", "--cutoff-pm", "0.1", "--no-smooth", "--swap-sublattices", "--center", "A", "--image", "2", "--seed", "7"},
    {"a", "--note", "tab\there\nnew line"},
    {"\xc3\xa9t\xc3\xa9.dm4", "--note", "-x"},
  };
  for (const auto & words : cases)
  {
    Words given = words;
    if (given.front().front() == '-')
    {
      given.insert(given.begin(), "--");
      std::rotate(given.begin(), given.begin() + 3, given.end()); // options first, then --, then the names
    }
    const auto values = ferro::ParseCommandLine(MakeTestDeclaration(), given);
    const std::string line = ferro::MakeMacroLine(values);
    Words again = ferro::SplitMacroLine(line);
    ASSERT_GE(again.size(), 2u) << line;
    EXPECT_EQ(again[0], "ferroscope");
    EXPECT_EQ(again[1], "map");
    again.erase(again.begin(), again.begin() + 2);
    const auto reread = ferro::ParseCommandLine(MakeTestDeclaration(), again);
    EXPECT_EQ(ferro::MakeMacroLine(reread), line);
    for (const auto & parameter : MakeTestDeclaration().parameters)
    {
      if (words.front().front() != '-' || parameter.name != "image")
      {
        EXPECT_EQ(values.Get(parameter.name), reread.Get(parameter.name)) << parameter.name << " in " << line;
      }
    }
  }
}

TEST(CommandLine, MacroLineHoldsOnlyWhatMatters)
{
  const auto values = ferro::ParseCommandLine(
    MakeTestDeclaration(), {"a.dm4", "--progress", "none", "--log-level", "debug", "--center", "B", "--output", "out"});
  EXPECT_EQ(ferro::MakeMacroLine(values), "ferroscope map a.dm4 --output out");
}

TEST(CommandLine, ARealShellReadsTheQuotingAlike)
{
  const Words words = {"plain", "with blank", "it's", "$HOME", "a\\b", "*", "", "\"q\""};
  std::string line = "printf '%s\\n'";
  for (const auto & word : words)
  {
    line += " " + ferro::QuoteForShell(word);
  }
  FILE * const shell = ::popen(line.c_str(), "r");
  ASSERT_NE(shell, nullptr);
  std::string out;
  for (int c = 0; (c = std::fgetc(shell)) != EOF;)
  {
    out += static_cast<char>(c);
  }
  ::pclose(shell);
  std::string expected;
  for (const auto & word : words)
  {
    expected += word + "\n";
  }
  EXPECT_EQ(out, expected);
}

TEST(CommandLine, SplitMacroLine)
{
  EXPECT_EQ(ferro::SplitMacroLine("  map 'a b'\"c\" d\\ e # comment"), (Words{"map", "a bc", "d e"}));
  EXPECT_EQ(ferro::SplitMacroLine("# only a comment"), Words{});
  EXPECT_EQ(ferro::SplitMacroLine("x '' y#z\r"), (Words{"x", "", "y#z"}));
  EXPECT_THROW(ferro::SplitMacroLine("map 'open"), ferro::UsageError);
}

TEST(Spelling, DistanceAndSuggestion)
{
  EXPECT_EQ(ferro::EditDistance("map", "map"), 0u);
  EXPECT_EQ(ferro::EditDistance("mpa", "map"), 1u);
  EXPECT_EQ(ferro::EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(ferro::EditDistance("", "abc"), 3u);
  const Words commands = {"convert", "find", "info", "map", "refine", "synthesize"};
  EXPECT_EQ(ferro::SuggestSpelling("mpa", commands), "map");
  EXPECT_EQ(ferro::SuggestSpelling("refien", commands), "refine");
  EXPECT_EQ(ferro::SuggestSpelling("synthesise", commands), "synthesize");
  EXPECT_EQ(ferro::SuggestSpelling("synth", commands), "synthesize");
  EXPECT_EQ(ferro::SuggestSpelling("zzzzzz", commands), "");
}

TEST(Spelling, KebabCase)
{
  EXPECT_EQ(ferro::ToKebabCase("pixelSizeNm"), "pixel-size-nm");
  EXPECT_EQ(ferro::ToKebabCase("ABRatio"), "ab-ratio");
  EXPECT_EQ(ferro::ToKebabCase("minimumX"), "minimum-x");
  EXPECT_EQ(ferro::ToKebabCase("order2D"), "order2-d");
  EXPECT_EQ(ferro::ToKebabCase("seed"), "seed");
}
