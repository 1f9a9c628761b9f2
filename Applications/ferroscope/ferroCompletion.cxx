#include "ferroCompletion.h"

#include "ferroCommandLine.h"
#include "ferroDeclarationJson.h"
#include "ferroErrors.h"
#include "ferroSpelling.h"

#include <algorithm>

namespace ferro
{
namespace
{
const char * const BashScript = R"(# bash completion for ferroscope:  source <(ferroscope completion bash)
_ferroscope()
{
  local line word="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      @files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word") ;;
      @folders) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ferroscope ferroscope
)";

const char * const ZshScript = R"(#compdef ferroscope
# zsh completion for ferroscope:  source <(ferroscope completion zsh)
_ferroscope()
{
  local line
  local -a candidates
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case "$line" in
      '') ;;
      @files) _files ;;
      @folders) _files -/ ;;
      *) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  (( ${#candidates} )) && _describe 'ferroscope' candidates
}
compdef _ferroscope ferroscope
)";

const char * const FishScript = R"(# fish completion for ferroscope:  ferroscope completion fish | source
function __ferroscope_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
    switch $line
      case @files
        __fish_complete_path (commandline -ct)
      case @folders
        __fish_complete_directories (commandline -ct)
      case '*'
        echo $line
    end
  end
end
complete -c ferroscope -f -a '(__ferroscope_complete)'
)";

/** Lines with the prefix of the word being typed. */
class Candidates
{
public:
  explicit Candidates(std::string prefix) : m_Prefix(std::move(prefix))
  {
  }
  void
  Add(const std::string & word, const std::string & description)
  {
    if (word.compare(0, m_Prefix.size(), m_Prefix) == 0)
    {
      m_Text += word + "\t" + description + "\n";
    }
  }
  void
  AddPaths(const Parameter & parameter)
  {
    m_Text += parameter.type == ParameterType::Folder ? "@folders\n" : "@files\n";
  }
  const std::string &
  Get() const
  {
    return m_Text;
  }

private:
  std::string m_Prefix;
  std::string m_Text;
};

void
AddValues(Candidates & candidates, const Parameter & parameter)
{
  for (const auto & choice : parameter.choices)
  {
    candidates.Add(choice, parameter.label);
  }
  if (IsPathType(parameter.type))
  {
    candidates.AddPaths(parameter);
  }
}

void
CompleteCommand(Candidates & candidates, const CommandDeclaration & declaration, const std::vector<std::string> & words)
{
  // The option before the last word, if it takes a value, decides what the last word is.
  std::size_t positionalsGiven = 0;
  const Parameter * awaiting = nullptr;
  for (std::size_t n = 1; n + 1 < words.size(); ++n)
  {
    if (awaiting != nullptr)
    {
      awaiting = nullptr;
      continue;
    }
    if (words[n].compare(0, 2, "--") != 0)
    {
      ++positionalsGiven;
      continue;
    }
    for (const auto & parameter : declaration.parameters)
    {
      const auto names = GetOptionNames(declaration, parameter);
      if (parameter.type != ParameterType::Boolean && std::find(names.begin(), names.end(), words[n]) != names.end())
      {
        awaiting = &parameter;
      }
    }
  }
  if (awaiting != nullptr)
  {
    AddValues(candidates, *awaiting);
    return;
  }
  const bool option = words.back().compare(0, 1, "-") == 0;
  std::size_t position = 0;
  for (const auto & parameter : declaration.parameters)
  {
    if (parameter.positional && position++ == positionalsGiven && !option)
    {
      AddValues(candidates, parameter);
    }
    const auto off = GetNegatedOptionNames(declaration, parameter);
    const auto names = GetOptionNames(declaration, parameter);
    if (option && !names.empty() && !parameter.positional)
    {
      candidates.Add(off.empty() ? names.front() : off.front(), parameter.label);
    }
  }
  if (option)
  {
    candidates.Add("--help", "What the command does, with all its options");
  }
}
} // namespace

std::string
MakeCompletionScript(const std::string & shell)
{
  if (shell == "bash")
  {
    return BashScript;
  }
  if (shell == "zsh")
  {
    return ZshScript;
  }
  if (shell == "fish")
  {
    return FishScript;
  }
  throw UsageError("'" + shell + "' is not one of bash, zsh, fish" + DidYouMean(shell, {"bash", "zsh", "fish"}));
}

std::string
Complete(const PluginRegistry & registry, const std::vector<std::string> & words)
{
  Candidates candidates(words.empty() ? "" : words.back());
  if (words.size() < 2)
  {
    for (const auto & entry : registry.GetCommands())
    {
      candidates.Add(entry.declaration.name, entry.declaration.title);
    }
    candidates.Add("list", "List the commands");
    candidates.Add("run", "Run the macro lines in a file");
    candidates.Add("completion", "Print a completion script");
    candidates.Add("--help", "Show the help");
    candidates.Add("--version", "Print the version");
    return candidates.Get();
  }
  if (const auto * entry = registry.Find(words.front()))
  {
    CompleteCommand(candidates, entry->declaration, words);
  }
  else if (words.front() == "run" && words.size() == 2)
  {
    return "@files\n";
  }
  else if (words.front() == "list")
  {
    candidates.Add("--json", "As JSON");
  }
  else if (words.front() == "completion" && words.size() == 2)
  {
    for (const char * shell : {"bash", "zsh", "fish"})
    {
      candidates.Add(shell, "Completion script");
    }
  }
  return candidates.Get();
}
} // namespace ferro
