#include "ferroCompletion.h"
#include "ferroErrors.h"
#include "ferroHelp.h"
#include "ferroPluginManifest.h"
#include "ferroPluginRegistry.h"
#include "ferroRunCommand.h"
#include "ferroSpelling.h"
#include "ferroVersion.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace
{
using Words = std::vector<std::string>;

/** ferroscope-map is the command map: 3D Slicer wants one executable for each module. */
Words
GetWords(int argc, char ** argv)
{
  Words words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::string prefix = "ferroscope-";
  const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "";
  if (name.size() > prefix.size() && name.compare(0, prefix.size(), prefix) == 0)
  {
    words.insert(words.begin(), name.substr(prefix.size()));
  }
  return words;
}

int
WriteManifestOf(const Words & words)
{
  if (words.size() != 2)
  {
    throw ferro::UsageError("--write-manifest takes one plugin library");
  }
  try
  {
    const auto manifest = ferro::PluginRegistry::Inspect(words[1]);
    if (!ferro::WriteManifest(ferro::GetManifestPath(words[1]), manifest))
    {
      throw ferro::OutputError(ferro::GetManifestPath(words[1]).string() + ": cannot be written");
    }
  }
  catch (const std::runtime_error & error)
  {
    throw ferro::InputError(words[1] + ": " + error.what());
  }
  catch (const std::logic_error & error)
  {
    throw ferro::InputError(words[1] + ": " + error.what());
  }
  return 0;
}

void
CheckWords(const Words & words, std::size_t least, std::size_t most, const std::string & usage)
{
  if (words.size() < least || words.size() > most)
  {
    throw ferro::UsageError("expected: ferroscope " + usage);
  }
}

/** The status, or another one when what was printed did not arrive. A reader that has gone away has read enough. */
int
CheckOutput(int status)
{
  errno = 0;
  if (std::cout.flush() || status != 0)
  {
    return status;
  }
  if (errno == 0)
  {
    // It failed earlier and the reason is forgotten: ask for it again.
    [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, "\n", 1);
  }
  if (errno == EPIPE)
  {
    return 0;
  }
  std::cerr << "ferroscope: cannot write to standard output: " << std::generic_category().message(errno) << std::endl;
  return static_cast<int>(ferro::ExitStatus::OutputNotWritable);
}

int
Dispatch(const Words & words)
{
  const std::string first = words.empty() ? "" : words.front();
  if (first == "--version")
  {
    std::cout << "ferroscope " << ferro::GetVersion() << "\n";
    return 0;
  }
  if (first == "--write-manifest")
  {
    return WriteManifestOf(words);
  }
  if (first == "completion")
  {
    CheckWords(words, 2, 2, "completion bash|zsh|fish");
    std::cout << ferro::MakeCompletionScript(words[1]);
    return 0;
  }
  ferro::PluginRegistry registry;
  registry.Scan(ferro::PluginRegistry::GetDefaultFolders());
  if (first == "__complete")
  {
    std::cout << ferro::Complete(registry, {words.begin() + 1, words.end()});
    return 0;
  }
  const bool describes = words.size() > 1 && words[1] == "--xml";
  if (!describes)
  {
    for (const auto & problem : registry.GetProblems())
    {
      std::cerr << "ferroscope: warning: plugin skipped: " << problem << std::endl;
    }
  }
  if (first.empty() || first == "--help" || first == "-h" || (first == "help" && words.size() == 1))
  {
    (words.empty() ? std::cerr : std::cout) << ferro::MakeProgramHelp(registry);
    return words.empty() ? static_cast<int>(ferro::ExitStatus::WrongUsage) : 0;
  }
  if (first == "help")
  {
    return ferro::RunCommand(registry, {words[1], "--help"});
  }
  if (first == "list")
  {
    const bool json = words.size() == 2 && words[1] == "--json";
    CheckWords(words, 1, json ? 2 : 1, "list [--json]");
    std::cout << ferro::MakeCommandList(registry, json);
    return 0;
  }
  if (first == "run")
  {
    CheckWords(words, 2, 2, "run FILE");
    return ferro::RunMacroFile(registry, words[1]);
  }
  if (first.front() == '-')
  {
    throw ferro::UsageError(first + ": there is no such option" + ferro::DidYouMean(first, {"--help", "--version"}) +
                            "; a command comes first ('ferroscope list' shows all)");
  }
  return ferro::RunCommand(registry, words);
}
} // namespace

int
main(int argc, char ** argv)
{
  // A reader that goes away must not keep a command from finishing and cleaning up.
  std::signal(SIGPIPE, SIG_IGN);
  const Words words = GetWords(argc, argv);
  int status = 0;
  try
  {
    status = Dispatch(words);
  }
  catch (...)
  {
    status = ferro::ReportException(words.empty() || words.front().front() == '-' ? "" : words.front());
  }
  return CheckOutput(status);
}
