#include "ferroTerminalContext.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace ferro
{
namespace
{
double
Seconds(std::chrono::steady_clock::duration duration)
{
  return std::chrono::duration<double>(duration).count();
}

std::string
EscapeXml(const std::string & text)
{
  std::string escaped;
  for (const char c : text)
  {
    escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return escaped;
}
} // namespace

std::string
FormatDuration(double seconds)
{
  const long whole = std::lround(std::clamp(seconds, 0.0, 1e6));
  char text[40];
  if (whole >= 3600)
  {
    std::snprintf(text, sizeof(text), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  }
  else
  {
    std::snprintf(text, sizeof(text), "%ld:%02ld", whole / 60, whole % 60);
  }
  return text;
}

TerminalContext::TerminalContext(ParameterValues values) : StandardContext(std::move(values)), m_Start(Clock::now())
{
  const std::string progress = this->GetText("progress");
  if (progress == "slicer")
  {
    m_Mode = Mode::Slicer;
  }
  else if (progress == "auto" && ::isatty(STDERR_FILENO) != 0)
  {
    m_Mode = Mode::Line;
  }
}

TerminalContext::~TerminalContext()
{
  this->Finish();
}

std::ostream &
TerminalContext::Out()
{
  this->ClearLine();
  return std::cout;
}

void
TerminalContext::Finish()
{
  this->ClearLine();
  this->EndSlicerStage();
}

void
TerminalContext::ClearLine()
{
  if (m_LineShown)
  {
    std::cerr << "\r\033[K" << std::flush;
    m_LineShown = false;
  }
}

void
TerminalContext::ShowProgress(const std::string & stage, double overall)
{
  if (m_Mode == Mode::Line)
  {
    this->ShowLine(stage, overall);
  }
  else if (m_Mode == Mode::Slicer)
  {
    this->ShowSlicer(stage, overall);
  }
}

void
TerminalContext::ShowLine(const std::string & stage, double overall)
{
  const auto now = Clock::now();
  if (stage == m_Stage && m_LineShown && Seconds(now - m_LastShown) < 0.1)
  {
    return;
  }
  m_Stage = stage;
  m_LastShown = now;
  const double elapsed = Seconds(now - m_Start);
  char percent[16];
  std::snprintf(percent, sizeof(percent), "%3.0f %%", std::floor(100.0 * overall));
  std::string times = FormatDuration(elapsed) + " elapsed";
  // An estimate from the first instants would only confuse.
  if (elapsed > 1.0 && overall > 0.02)
  {
    times += ", " + FormatDuration(elapsed * (1.0 - overall) / overall) + " remaining";
  }
  std::string line = stage + "  " + percent + "  " + times;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 && line.size() >= size.ws_col)
  {
    line.resize(size.ws_col - 1u);
  }
  std::cerr << "\r\033[K" << line << std::flush;
  m_LineShown = true;
}

void
TerminalContext::ShowSlicer(const std::string & stage, double overall)
{
  const std::string & name = this->GetValues().GetDeclaration().name;
  if (m_Shown < 0.0 || stage != m_Stage)
  {
    this->EndSlicerStage();
    m_Stage = stage;
    m_StageStart = Clock::now();
    std::cout << "<filter-start>\n<filter-name>" << name << "</filter-name>\n<filter-comment> \"" << EscapeXml(stage)
              << "\" </filter-comment>\n</filter-start>\n";
  }
  else if (overall < m_Shown + 0.005 && overall < 1.0)
  {
    return;
  }
  char number[16];
  std::snprintf(number, sizeof(number), "%.3f", overall);
  std::cout << "<filter-progress>" << number << "</filter-progress>\n" << std::flush;
  m_Shown = overall;
}

void
TerminalContext::EndSlicerStage()
{
  if (m_Mode == Mode::Slicer && m_Shown >= 0.0)
  {
    char seconds[24];
    std::snprintf(seconds, sizeof(seconds), "%.3f", Seconds(Clock::now() - m_StageStart));
    std::cout << "<filter-end>\n<filter-name>" << this->GetValues().GetDeclaration().name
              << "</filter-name>\n<filter-time>" << seconds << "</filter-time>\n</filter-end>\n"
              << std::flush;
    m_Shown = -1.0;
  }
}

void
TerminalContext::ShowMessage(Level level, const std::string & message)
{
  this->ClearLine();
  const std::string & name = this->GetValues().GetDeclaration().name;
  std::cerr << "ferroscope: " << name << ": " << (level == Level::Warning ? "warning: " : "") << message << std::endl;
}
} // namespace ferro
