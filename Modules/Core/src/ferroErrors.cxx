#include "ferroErrors.h"

namespace ferro
{
Error::Error(ExitStatus status, const std::string & message)
  : itk::ExceptionObject("", 0, message.c_str(), ""), m_Status(status), m_Message(message)
{
}

// Out of line, so that the type information lives in this library alone and crosses plugins.
Error::~Error() noexcept = default;

UsageError::UsageError(const std::string & message) : Error(ExitStatus::WrongUsage, message)
{
}
UsageError::~UsageError() noexcept = default;

InputError::InputError(const std::string & message) : Error(ExitStatus::InputUnreadable, message)
{
}
InputError::~InputError() noexcept = default;

AnalysisError::AnalysisError(const std::string & message) : Error(ExitStatus::AnalysisImpossible, message)
{
}
AnalysisError::~AnalysisError() noexcept = default;

OutputError::OutputError(const std::string & message) : Error(ExitStatus::OutputNotWritable, message)
{
}
OutputError::~OutputError() noexcept = default;
} // namespace ferro
