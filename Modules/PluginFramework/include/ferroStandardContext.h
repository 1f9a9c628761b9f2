#ifndef ferroStandardContext_h
#define ferroStandardContext_h

#include "ferroCommandContext.h"
#include "ferroParameterValues.h"

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace ferro
{
/** \class StandardContext
 * \brief The part of a command's context that all front ends share: parameters, reading of inputs,
 * overall progress, and the record of the run. A front end adds how progress and messages are shown.
 */
class FerroscopePluginFramework_EXPORT StandardContext : public CommandContext
{
public:
  enum class Level
  {
    Error,
    Warning,
    Info,
    Debug
  };

  /** Sets ITK's number of threads; declares all input files as protected (ProtectInput). */
  explicit StandardContext(ParameterValues values);
  ~StandardContext() override;

  bool Has(const std::string & name) const override;
  bool IsGiven(const std::string & name) const override;
  double GetNumber(const std::string & name) const override;
  long GetInteger(const std::string & name) const override;
  bool GetBoolean(const std::string & name) const override;
  std::string GetText(const std::string & name) const override;

  int GetThreads() const override;
  unsigned long GetSeed() const override;
  bool GetMakeFigures() const override;

  MicrographType::Pointer ReadImage(const std::string & name) override;
  void AddInput(const std::filesystem::path & file) override;

  void BeginStage(const std::string & title, double from, double to) override;
  void SetProgress(double fraction) override;
  bool IsCancelled() const override;
  /** Asks the run to stop; may be called from any thread. */
  void Cancel();

  void Info(const std::string & message) override;
  void Warn(const std::string & message) override;
  void Debug(const std::string & message) override;
  std::ostream & Out() override;

  nlohmann::json GetProvenance() const override;

  const ParameterValues &
  GetValues() const
  {
    return m_Values;
  }

protected:
  /** Called with the stage's title and the progress of the whole, 0..1, never falling; one call at a time. */
  virtual void ShowProgress(const std::string & stage, double overall);
  /** A message that passed the parameter logLevel; one call at a time. */
  virtual void ShowMessage(Level level, const std::string & message);

private:
  struct Input
  {
    std::string file;
    std::shared_future<std::string> sha256; ///< computed beside the analysis
  };
  struct Stage
  {
    std::string name;
    double seconds = 0.0;
  };
  void Message(Level level, const std::string & message);

  ParameterValues m_Values;
  Level m_Level = Level::Info;
  std::atomic<bool> m_Cancelled{false};
  mutable std::recursive_mutex m_Mutex;
  std::vector<Input> m_Inputs;
  std::vector<Stage> m_Stages;
  std::vector<std::string> m_Warnings;
  std::chrono::steady_clock::time_point m_StageStart;
  double m_From = 0.0;
  double m_To = 1.0;
  double m_Overall = 0.0;
};
} // namespace ferro

#endif
