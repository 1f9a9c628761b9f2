#ifndef ferroErrors_h
#define ferroErrors_h

#include "FerroscopeCoreExport.h"
#include "itkMacro.h"

#include <string>

namespace ferro
{
/** Exit status of the program for each kind of failure. */
enum class ExitStatus : int
{
  Done = 0,
  WrongUsage = 2,
  InputUnreadable = 3,
  AnalysisImpossible = 4,
  OutputNotWritable = 5,
  Interrupted = 130
};

/** \class Error
 * \brief A failure with one sentence for the user and the exit status that belongs to it.
 *
 * The sentence names what (file, parameter), where, what was found and what was expected. It carries
 * neither a source location nor the name of the program: whoever reports it adds the command's name.
 * GetDescription() and GetMessage() both give the sentence.
 */
class FerroscopeCore_EXPORT Error : public itk::ExceptionObject
{
public:
  Error(ExitStatus status, const std::string & message);
  ~Error() noexcept override;
  itkTypeMacro(Error, ExceptionObject);

  ExitStatus
  GetStatus() const
  {
    return m_Status;
  }
  const std::string &
  GetMessage() const
  {
    return m_Message;
  }

private:
  ExitStatus m_Status;
  std::string m_Message;
};

/** Wrong parameter or combination of parameters (status 2). */
class FerroscopeCore_EXPORT UsageError : public Error
{
public:
  explicit UsageError(const std::string & message);
  ~UsageError() noexcept override;
};

/** A file that is missing, of another format, damaged or unsupported (status 3). */
class FerroscopeCore_EXPORT InputError : public Error
{
public:
  explicit InputError(const std::string & message);
  ~InputError() noexcept override;
};

/** The data were read but do not permit the analysis (status 4). */
class FerroscopeCore_EXPORT AnalysisError : public Error
{
public:
  explicit AnalysisError(const std::string & message);
  ~AnalysisError() noexcept override;
};

/** A result cannot be written (status 5). */
class FerroscopeCore_EXPORT OutputError : public Error
{
public:
  explicit OutputError(const std::string & message);
  ~OutputError() noexcept override;
};
} // namespace ferro

#endif
