#include "ferroStandardContext.h"

#include "ferroCommandLine.h"
#include "ferroDeclarationJson.h"
#include "ferroErrors.h"
#include "ferroMicrographReader.h"
#include "ferroOutputFolder.h"
#include "ferroSha256.h"
#include "ferroVersion.h"

#include "itkMultiThreaderBase.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace ferro
{
namespace
{
/** The value of a parameter with the type that the getter promises. */
template <class T>
const T &
Hold(const ParameterValues & values, const std::string & name)
{
  const T * const held = std::get_if<T>(&values.Get(name));
  if (held == nullptr)
  {
    throw std::logic_error("the parameter " + name + " of the command " + values.GetDeclaration().name +
                           " has no value of the type asked for");
  }
  return *held;
}
} // namespace

StandardContext::StandardContext(ParameterValues values)
  : m_Values(std::move(values)), m_StageStart(std::chrono::steady_clock::now())
{
  for (const auto & parameter : m_Values.GetDeclaration().parameters)
  {
    if (!parameter.output && IsPathType(parameter.type) && this->Has(parameter.name))
    {
      ProtectInput(this->GetPath(parameter.name));
    }
  }
  const std::string level = this->GetText("logLevel");
  m_Level = level == "error"     ? Level::Error
            : level == "warning" ? Level::Warning
            : level == "debug"   ? Level::Debug
                                 : Level::Info;
  const auto threads = static_cast<itk::ThreadIdType>(this->GetThreads());
  itk::MultiThreaderBase::SetGlobalMaximumNumberOfThreads(std::max<itk::ThreadIdType>(threads, 1));
  itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(threads);
}

StandardContext::~StandardContext() = default;

bool
StandardContext::Has(const std::string & name) const
{
  return !std::holds_alternative<std::monostate>(m_Values.Get(name));
}

bool
StandardContext::IsGiven(const std::string & name) const
{
  return m_Values.IsGiven(name);
}

double
StandardContext::GetNumber(const std::string & name) const
{
  const auto * integer = std::get_if<long>(&m_Values.Get(name));
  return integer != nullptr ? static_cast<double>(*integer) : Hold<double>(m_Values, name);
}

long
StandardContext::GetInteger(const std::string & name) const
{
  return Hold<long>(m_Values, name);
}

bool
StandardContext::GetBoolean(const std::string & name) const
{
  return Hold<bool>(m_Values, name);
}

std::string
StandardContext::GetText(const std::string & name) const
{
  return this->Has(name) ? Hold<std::string>(m_Values, name) : std::string();
}

int
StandardContext::GetThreads() const
{
  const long threads = this->GetInteger("threads");
  return threads > 0 ? static_cast<int>(threads) : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

unsigned long
StandardContext::GetSeed() const
{
  return static_cast<unsigned long>(this->GetInteger("seed"));
}

bool
StandardContext::GetMakeFigures() const
{
  return !this->GetBoolean("noFigures");
}

MicrographType::Pointer
StandardContext::ReadImage(const std::string & name)
{
  const std::filesystem::path file = this->GetPath(name);
  ImageSelection selection;
  selection.image = this->GetText("imageIndex");
  selection.frame = this->GetText("frame");
  if (this->Has("pixelSizeNm"))
  {
    selection.pixelSizeNm = this->GetNumber("pixelSizeNm");
  }
  auto image = ReadMicrograph(file, selection);
  this->AddInput(file);
  this->CheckCancelled();
  return image;
}

void
StandardContext::AddInput(const std::filesystem::path & file)
{
  ProtectInput(file);
  const std::lock_guard<std::recursive_mutex> lock(m_Mutex);
  const auto same = [&file](const Input & input) { return input.file == file.string(); };
  if (std::none_of(m_Inputs.begin(), m_Inputs.end(), same))
  {
    // Beside the analysis; of a large file (or one named with a place inside), which may have been opened for one
    // frame, only when somebody asks.
    constexpr std::uintmax_t large = std::uintmax_t{256} << 20;
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    const auto when = error || size > large ? std::launch::deferred : std::launch::async;
    m_Inputs.push_back({file.string(), std::async(when, [file] { return Sha256::HashFile(file); }).share()});
  }
}

void
StandardContext::BeginStage(const std::string & title, double from, double to)
{
  this->CheckCancelled();
  const std::lock_guard<std::recursive_mutex> lock(m_Mutex);
  const auto now = std::chrono::steady_clock::now();
  if (!m_Stages.empty())
  {
    m_Stages.back().seconds = std::chrono::duration<double>(now - m_StageStart).count();
  }
  m_StageStart = now;
  m_Stages.push_back({title, 0.0});
  m_From = std::clamp(from, 0.0, 1.0);
  m_To = std::clamp(to, m_From, 1.0);
  this->SetProgress(0.0);
}

void
StandardContext::SetProgress(double fraction)
{
  this->CheckCancelled();
  const std::lock_guard<std::recursive_mutex> lock(m_Mutex);
  if (fraction >= 0.0) // not for NaN
  {
    m_Overall = std::max(m_Overall, m_From + std::min(fraction, 1.0) * (m_To - m_From));
  }
  this->ShowProgress(m_Stages.empty() ? m_Values.GetDeclaration().title : m_Stages.back().name, m_Overall);
}

bool
StandardContext::IsCancelled() const
{
  return m_Cancelled;
}

void
StandardContext::Cancel()
{
  m_Cancelled = true;
}

void
StandardContext::Message(Level level, const std::string & message)
{
  if (level <= m_Level)
  {
    this->ShowMessage(level, message);
  }
}

void
StandardContext::Info(const std::string & message)
{
  const std::lock_guard<std::recursive_mutex> lock(m_Mutex);
  this->Message(Level::Info, message);
}

void
StandardContext::Warn(const std::string & message)
{
  const std::lock_guard<std::recursive_mutex> lock(m_Mutex);
  m_Warnings.push_back(message);
  this->Message(Level::Warning, message);
}

void
StandardContext::Debug(const std::string & message)
{
  const std::lock_guard<std::recursive_mutex> lock(m_Mutex);
  this->Message(Level::Debug, message);
}

std::ostream &
StandardContext::Out()
{
  return std::cout;
}

void
StandardContext::ShowProgress(const std::string &, double)
{
}

void
StandardContext::ShowMessage(Level, const std::string &)
{
}

nlohmann::json
StandardContext::GetProvenance() const
{
  const std::lock_guard<std::recursive_mutex> lock(m_Mutex);
  const CommandDeclaration & declaration = m_Values.GetDeclaration();
  nlohmann::json json{{"program", "ferroscope"},           {"version", GetVersion()},
                      {"command", declaration.name},       {"macro", MakeMacroLine(m_Values)},
                      {"inputs", nlohmann::json::array()}, {"parameters", nlohmann::json::object()},
                      {"seed", this->GetSeed()},           {"threads", this->GetThreads()},
                      {"stages", nlohmann::json::array()}, {"warnings", m_Warnings}};
  for (const auto & input : m_Inputs)
  {
    json["inputs"].push_back({{"file", input.file}, {"sha256", input.sha256.get()}});
  }
  for (const auto & parameter : declaration.parameters)
  {
    const bool elsewhere = parameter.common && parameter.advanced; // threads, seed, and what is only shown
    if (!elsewhere || parameter.name == "noFigures")
    {
      json["parameters"][parameter.name] = ValueToJson(m_Values.Get(parameter.name));
    }
  }
  for (const auto & stage : m_Stages)
  {
    const bool running = &stage == &m_Stages.back();
    const double seconds =
      running ? std::chrono::duration<double>(std::chrono::steady_clock::now() - m_StageStart).count() : stage.seconds;
    json["stages"].push_back({{"name", stage.name}, {"seconds", seconds}});
  }
  return json;
}
} // namespace ferro
