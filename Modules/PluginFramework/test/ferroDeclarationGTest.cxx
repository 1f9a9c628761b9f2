#include "ferroDeclarationJson.h"
#include "ferroParameterValues.h"
#include "ferroPluginManifest.h"
#include "ferroPluginRegistry.h"
#include "ferroTestDeclaration.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

TEST(Declaration, ManifestKeepsEverything)
{
  ferro::PluginManifest manifest;
  manifest.abi = 7;
  manifest.version = "1.2.3";
  manifest.identity = "build-id-00";
  manifest.commands = {MakeTestDeclaration()};
  const auto read = ferro::ParseManifest(ferro::FormatManifest(manifest));
  EXPECT_EQ(read.abi, 7);
  EXPECT_EQ(read.version, "1.2.3");
  EXPECT_EQ(read.identity, "build-id-00");
  ASSERT_EQ(read.commands.size(), 1u);
  const auto & before = manifest.commands[0];
  const auto & after = read.commands[0];
  EXPECT_EQ(after.examples, before.examples);
  EXPECT_EQ(after.references, before.references);
  ASSERT_EQ(after.parameters.size(), before.parameters.size());
  for (std::size_t n = 0; n < before.parameters.size(); ++n)
  {
    const auto & a = before.parameters[n];
    const auto & b = after.parameters[n];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.type, b.type) << a.name;
    EXPECT_EQ(a.label, b.label);
    EXPECT_EQ(a.help, b.help);
    EXPECT_EQ(a.unit, b.unit);
    EXPECT_EQ(a.defaultValue, b.defaultValue) << a.name;
    EXPECT_EQ(a.minimum, b.minimum) << a.name;
    EXPECT_EQ(a.maximum, b.maximum) << a.name;
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.choices, b.choices);
    EXPECT_EQ(a.extensions, b.extensions);
    EXPECT_EQ(a.aliases, b.aliases);
    EXPECT_EQ(std::tie(a.required, a.output, a.advanced, a.positional, a.common),
              std::tie(b.required, b.output, b.advanced, b.positional, b.common));
  }
}

TEST(Declaration, RulesAreChecked)
{
  using Type = ferro::ParameterType;
  const auto broken = [](const auto & change)
  {
    ferro::CommandDeclaration declaration;
    declaration.name = "test";
    change(declaration);
    EXPECT_THROW(ferro::CheckDeclaration(declaration), std::logic_error);
  };
  broken([](auto & d) { d.name = "Has Blank"; });
  broken([](auto & d) { d.Add(Type::Number, "with-hyphen"); });
  broken([](auto & d) { d.Add(Type::Number, "x").Default(5.0).Range(0, 1); });
  broken([](auto & d) { d.Add(Type::Integer, "x").Default(5.5); });
  broken([](auto & d) { d.Add(Type::Choice, "x"); });
  broken([](auto & d) { d.Add(Type::Choice, "x").Choices({"a"}).Default("b"); });
  broken([](auto & d) { d.Add(Type::Text, "x").Default("b").Required(); });
  broken(
    [](auto & d)
    {
      d.Add(Type::Text, "x");
      d.Add(Type::Text, "x");
    });
  broken(
    [](auto & d)
    {
      d.Add(Type::File, "x").Positional();
      d.Add(Type::File, "y").Positional().Required();
    });
  EXPECT_NO_THROW(ferro::CheckDeclaration(MakeTestDeclaration()));
}

TEST(Declaration, ImageParametersBringTheirSelection)
{
  ferro::CommandDeclaration without;
  without.name = "test";
  EXPECT_EQ(ferro::WithCommonParameters(without).Find("frame"), nullptr);
  EXPECT_NE(ferro::WithCommonParameters(without).Find("seed"), nullptr);
  without.Add(ferro::ParameterType::Image, "result").Output();
  EXPECT_EQ(ferro::WithCommonParameters(without).Find("frame"), nullptr);
  EXPECT_NE(MakeTestDeclaration().Find("frame"), nullptr);
  // What a command declares itself stays as it is.
  without.Add(ferro::ParameterType::Integer, "seed").Default(42);
  const auto own = ferro::WithCommonParameters(without);
  EXPECT_EQ(std::get<long>(own.Find("seed")->defaultValue), 42);
}

TEST(Registry, NamesWhatCannotBeUsed)
{
  const fs::path folder = fs::path(::testing::TempDir()) / "ferro-registry-test";
  fs::create_directories(folder / "sub" / "deeper");
  std::ofstream(folder / "text.so") << "this is no library\n";
  std::ofstream(folder / "empty.so");
  std::ofstream(folder / "sub" / "elf.so") << "\x7f"
                                           << "ELF but then nothing";
  std::ofstream(folder / "sub" / "deeper" / "unseen.so") << "too deep\n";
  std::ofstream(folder / "text.json") << "{}";
  ferro::PluginRegistry registry;
  registry.Scan({folder, folder / "does-not-exist"});
  EXPECT_TRUE(registry.GetCommands().empty());
  ASSERT_EQ(registry.GetProblems().size(), 3u);
  EXPECT_NE(registry.GetProblems()[0].find("empty.so: is empty"), std::string::npos) << registry.GetProblems()[0];
  EXPECT_NE(registry.GetProblems()[1].find("elf.so: "), std::string::npos) << registry.GetProblems()[1];
  EXPECT_NE(registry.GetProblems()[2].find("text.so: is not a shared library"), std::string::npos);
  fs::remove_all(folder);
}
