#include "ferroRunCommand.h"

#include "ferroCommandLine.h"
#include "ferroErrors.h"
#include "ferroHelp.h"
#include "ferroInterrupt.h"
#include "ferroOutputFolder.h"
#include "ferroSlicerXml.h"
#include "ferroSpelling.h"
#include "ferroTerminalContext.h"

#include "itkProcessObject.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>
#include <system_error>

namespace ferro
{
namespace
{
constexpr int InternalError = 1;

/** The sentence of an ITK exception without class, address and line breaks. */
std::string
CleanDescription(const itk::ExceptionObject & error)
{
  std::string text = error.GetDescription();
  text = std::regex_replace(text, std::regex("^\\s*(itk::ERROR|ITK ERROR): *"), "");
  text = std::regex_replace(text, std::regex("^[A-Za-z_0-9:<>, ]+\\(0x[0-9a-fA-F]+\\): *"), "");
  text = std::regex_replace(text, std::regex("\\s+"), " ");
  return text;
}

int
Report(const std::string & where, const std::string & sentence, int status)
{
  std::cerr << "ferroscope: " << (where.empty() ? "" : where + ": ") << sentence << std::endl;
  return status;
}

int
StatusOf(const itk::ExceptionObject & error)
{
  const std::string kind = error.GetNameOfClass();
  return kind == "ImageFileReaderException"   ? static_cast<int>(ExitStatus::InputUnreadable)
         : kind == "ImageFileWriterException" ? static_cast<int>(ExitStatus::OutputNotWritable)
                                              : InternalError;
}

/** 3D Slicer may add options that concern it alone. */
std::vector<std::string>
WithoutSlicerOptions(const std::vector<std::string> & words)
{
  std::vector<std::string> kept;
  for (std::size_t n = 0; n < words.size(); ++n)
  {
    if (words[n] == "--returnparameterfile" || words[n] == "--processinformationaddress")
    {
      ++n;
    }
    else
    {
      kept.push_back(words[n]);
    }
  }
  return kept;
}

bool
AsksForHelp(const std::vector<std::string> & words)
{
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--help") != end || std::find(words.begin(), end, "-h") != end;
}
} // namespace

int
ReportException(const std::string & where)
{
  try
  {
    throw;
  }
  catch (const Error & error)
  {
    return Report(where, error.GetMessage(), static_cast<int>(error.GetStatus()));
  }
  catch (const itk::ProcessAborted &)
  {
    return Report(where, "interrupted", static_cast<int>(ExitStatus::Interrupted));
  }
  catch (const itk::ExceptionObject & error)
  {
    return Report(where, CleanDescription(error), StatusOf(error));
  }
  catch (const std::bad_alloc &)
  {
    return Report(where, "not enough memory", static_cast<int>(ExitStatus::AnalysisImpossible));
  }
  catch (const std::exception & error)
  {
    return Report(where, std::string("internal error: ") + error.what(), InternalError);
  }
  catch (...)
  {
    return Report(where, "internal error of an unknown kind", InternalError);
  }
}

int
RunCommand(const PluginRegistry & registry, const std::vector<std::string> & words)
{
  const std::string & name = words.front();
  try
  {
    const PluginRegistry::Entry * const entry = registry.Find(name);
    if (entry == nullptr)
    {
      std::vector<std::string> known{"list", "run", "completion", "help"};
      for (const auto & command : registry.GetCommands())
      {
        known.push_back(command.declaration.name);
      }
      throw UsageError("there is no such command" + DidYouMean(name, known) + " ('ferroscope list' shows all)");
    }
    const std::vector<std::string> rest = WithoutSlicerOptions({words.begin() + 1, words.end()});
    if (!rest.empty() && rest.front() == "--xml")
    {
      std::cout << MakeSlicerXml(entry->declaration);
      return 0;
    }
    if (AsksForHelp(rest))
    {
      std::cout << MakeCommandHelp(entry->declaration);
      return 0;
    }
    ParameterValues values = ParseCommandLine(entry->declaration, rest);
    const auto command = PluginRegistry::Create(*entry);
    InstallInterruptHandler();
    ClearProtectedInputs();
    TerminalContext context(std::move(values));
    const InterruptTarget target(context);
    command->Run(context);
    context.Finish();
    context.CheckCancelled();
    return 0;
  }
  catch (...)
  {
    return ReportException(name);
  }
}

int
RunMacroFile(const PluginRegistry & registry, const std::string & file)
{
  try
  {
    std::ifstream stream(file, std::ios::binary);
    std::stringstream content;
    if (!stream || !(content << stream.rdbuf()))
    {
      throw InputError(file + ": cannot be read: " + std::generic_category().message(errno != 0 ? errno : EIO));
    }
    std::string text = content.str();
    if (const auto first = text.find_first_not_of(" \t\r\n"); first != std::string::npos && text[first] == '{')
    {
      const auto json = nlohmann::json::parse(text, nullptr, false);
      if (json.is_discarded() || !json.contains("macro") || !json["macro"].is_string())
      {
        throw InputError(file + ": is JSON but not a summary.json: it has no text 'macro'");
      }
      text = json["macro"].get<std::string>();
    }
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);)
    {
      const std::string place = file + ": line " + std::to_string(++number);
      std::vector<std::string> words;
      try
      {
        words = SplitMacroLine(line);
      }
      catch (const UsageError & error)
      {
        throw UsageError(place + ": " + error.GetMessage());
      }
      if (!words.empty() && words.front() == "ferroscope")
      {
        words.erase(words.begin());
      }
      if (words.empty())
      {
        continue;
      }
      const int status = RunCommand(registry, words);
      if (status != 0)
      {
        return Report("run", place + ": stopped here: " + line, status);
      }
    }
    return 0;
  }
  catch (...)
  {
    return ReportException("run");
  }
}
} // namespace ferro
