#ifndef ferroTerminalContext_h
#define ferroTerminalContext_h

#include "ferroStandardContext.h"

#include <chrono>
#include <string>

namespace ferro
{
/** \class TerminalContext
 * \brief A command's context on the command line: messages on standard error, progress as a line on a
 * terminal or in the protocol of 3D Slicer.
 */
class TerminalContext : public StandardContext
{
public:
  explicit TerminalContext(ParameterValues values);
  ~TerminalContext() override;

  std::ostream & Out() override;
  /** Removes the progress line, ends Slicer's current stage. */
  void Finish();

protected:
  void ShowProgress(const std::string & stage, double overall) override;
  void ShowMessage(Level level, const std::string & message) override;

private:
  using Clock = std::chrono::steady_clock;
  void ShowLine(const std::string & stage, double overall);
  void ShowSlicer(const std::string & stage, double overall);
  void EndSlicerStage();
  void ClearLine();

  enum class Mode
  {
    None,
    Line,
    Slicer
  };
  Mode m_Mode = Mode::None;
  bool m_LineShown = false;
  Clock::time_point m_Start;
  Clock::time_point m_StageStart;
  Clock::time_point m_LastShown;
  std::string m_Stage;
  double m_Shown = -1.0;
};

/** "0:07", "12:30", "1:02:03". */
std::string FormatDuration(double seconds);
} // namespace ferro

#endif
