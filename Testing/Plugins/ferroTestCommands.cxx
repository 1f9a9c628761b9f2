// Commands for the tests of the plugin framework: one with every type of parameter, one that takes long.
#include "ferroErrors.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <new>
#include <ostream>
#include <stdexcept>
#include <thread>

namespace
{
/** Prints its provenance, or fails in the way it is told to. */
class EchoCommand : public ferro::Command
{
public:
  ferro::CommandDeclaration
  Declare() const override
  {
    using Type = ferro::ParameterType;
    ferro::CommandDeclaration declaration;
    declaration.name = "test-echo";
    declaration.menu = "Testing/Echo";
    declaration.title = "Print the parameters";
    declaration.help = "Prints what it was given & nothing <else>.";
    declaration.examples = {"ferroscope test-echo words.txt --width-nm 2"};
    declaration.references = {"A. Author, Journal 1 (2000) 1"};
    declaration.Add(Type::File, "table").Label("Table").Help("Any file").Positional().Required();
    declaration.Add(Type::File, "second").Label("Second file").Help("Another file").Positional();
    declaration.Add(Type::Number, "widthNm")
      .Label("Width")
      .Help("A width")
      .Unit("nm")
      .Default(1)
      .Range(0, 10)
      .Step(0.1);
    declaration.Add(Type::Number, "limit").Label("Limit").Help("A number without default");
    declaration.Add(Type::Integer, "count").Label("Count").Help("A whole number").Default(3).Range(1, 9).Advanced();
    declaration.Add(Type::Boolean, "swapSublattices").Label("Swap").Help("Swap them");
    declaration.Add(Type::Boolean, "smooth").Label("Smooth").Help("Smooth first").Default(true);
    declaration.Add(Type::Choice, "center").Label("Center").Help("Which one").Choices({"A", "B", "both"}).Default("B");
    declaration.Add(Type::Text, "note").Label("Note").Help("Free text");
    declaration.Add(Type::Text, "fail").Label("Fail").Help("How to fail").Advanced();
    declaration.Add(Type::Folder, "output").Label("Output").Help("Folder of the results").Output();
    return declaration;
  }

  void
  Run(ferro::CommandContext & context) override
  {
    const std::string fail = context.GetText("fail");
    if (fail == "usage")
    {
      throw ferro::UsageError("wrong in the command's eyes");
    }
    if (fail == "input")
    {
      throw ferro::InputError(context.GetText("table") + ": not what was expected");
    }
    if (fail == "analysis")
    {
      throw ferro::AnalysisError("looked for a lattice, found none");
    }
    if (fail == "itk")
    {
      itkGenericExceptionMacro("something inside ITK");
    }
    if (fail == "memory")
    {
      throw std::bad_alloc();
    }
    if (fail == "standard")
    {
      throw std::runtime_error("unforeseen");
    }
    if (fail == "undeclared")
    {
      context.GetNumber("nobodyDeclaredThis");
    }
    context.AddInput(context.GetPath("table"));
    context.BeginStage("First & foremost", 0.0, 0.5);
    context.SetProgress(0.5);
    context.BeginStage("Second", 0.5, 1.0);
    context.SetProgress(1.0);
    context.Warn("a warning");
    const std::string text = context.GetProvenance().dump(1) + "\n";
    if (context.Has("output"))
    {
      ferro::OutputFolder folder(context.GetPath("output"));
      std::ofstream(folder.Path("summary.json")) << text;
      folder.Commit();
    }
    context.Out() << text;
  }
};

/** Writes into an output folder for as long as it is told; deaf with --deaf to cancelling. */
class SlowCommand : public ferro::Command
{
public:
  ferro::CommandDeclaration
  Declare() const override
  {
    using Type = ferro::ParameterType;
    ferro::CommandDeclaration declaration;
    declaration.name = "test-slow";
    declaration.menu = "Testing/Slow";
    declaration.title = "Take long";
    declaration.help = "Takes as long as it is told.";
    declaration.Add(Type::Folder, "output").Help("Folder of the results").Output().Required();
    declaration.Add(Type::Number, "seconds").Help("How long").Unit("s").Default(20.0).Range(0, 1000);
    declaration.Add(Type::Boolean, "deaf").Help("Never ask whether to stop");
    return declaration;
  }

  void
  Run(ferro::CommandContext & context) override
  {
    ferro::OutputFolder folder(context.GetPath("output"));
    const auto start = std::chrono::steady_clock::now();
    const double seconds = context.GetNumber("seconds");
    context.BeginStage("Waiting", 0.0, 1.0);
    for (int n = 0;; ++n)
    {
      const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (elapsed > seconds)
      {
        break;
      }
      if (!context.GetBoolean("deaf"))
      {
        context.SetProgress(elapsed / seconds);
      }
      std::ofstream(folder.Path("part" + std::to_string(n % 50) + ".txt")) << "half a result\n";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    folder.Commit();
  }
};
} // namespace

FERROSCOPE_PLUGIN(EchoCommand, SlowCommand);
