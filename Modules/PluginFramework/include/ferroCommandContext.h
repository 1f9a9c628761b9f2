#ifndef ferroCommandContext_h
#define ferroCommandContext_h

#include "FerroscopePluginFrameworkExport.h"
#include "ferroImageGeometry.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <iosfwd>
#include <memory>
#include <string>

namespace itk
{
class ProcessObject;
}

namespace ferro
{
class OutputFolder;

/** \class CommandContext
 * \brief What a running command sees of the world: parameters, inputs, outputs, progress, cancel, log.
 *
 * Front ends (command line, window, Python) derive from it; plugins only use it. All getters throw
 * std::logic_error for a name that the command did not declare.
 */
class FerroscopePluginFramework_EXPORT CommandContext
{
public:
  CommandContext();
  virtual ~CommandContext();
  CommandContext(const CommandContext &) = delete;
  CommandContext & operator=(const CommandContext &) = delete;

  /** \name Parameters
   * @{ */
  /** Whether the parameter has a value, given or by default. */
  virtual bool Has(const std::string & name) const = 0;
  /** Whether the user gave it. */
  virtual bool IsGiven(const std::string & name) const = 0;
  virtual double GetNumber(const std::string & name) const = 0;
  virtual long GetInteger(const std::string & name) const = 0;
  virtual bool GetBoolean(const std::string & name) const = 0;
  /** Text, Choice, and every kind of file. */
  virtual std::string GetText(const std::string & name) const = 0;
  std::filesystem::path GetPath(const std::string & name) const;
  /** @} */

  /** \name Common options, the same for every command
   * @{ */
  virtual int GetThreads() const = 0; ///< number of threads to use, at least 1
  virtual unsigned long GetSeed() const = 0;
  virtual bool GetMakeFigures() const = 0; ///< false with --no-figures
  /** @} */

  /** Reads the image that an Image parameter names, with the options imageIndex, frame and pixelSizeNm that
   * every command with an input image has. Throws InputError. The file's name and SHA-256 go to the provenance. */
  virtual MicrographType::Pointer ReadImage(const std::string & name) = 0;
  /** Notes a further input file (a table, a model) for the provenance. */
  virtual void AddInput(const std::filesystem::path & file) = 0;

  /** \name Progress and cancel
   * @{ */
  /** Begins a stage that makes up the part [from, to] of the whole work, 0..1. Its time goes to the provenance. */
  virtual void BeginStage(const std::string & title, double from, double to) = 0;
  /** Progress inside the stage, 0..1. Throws itk::ProcessAborted when the user has cancelled. */
  virtual void SetProgress(double fraction) = 0;
  /** Hands the progress of a filter to this context and a cancel to the filter, as long as the filter lives. */
  void Observe(itk::ProcessObject * filter);
  virtual bool IsCancelled() const = 0;
  /** Throws itk::ProcessAborted when the user has cancelled. */
  void CheckCancelled() const;
  /** @} */

  /** \name Messages
   * @{ */
  virtual void Info(const std::string & message) = 0;
  /** Shown, and kept in summary.json and in the report. */
  virtual void Warn(const std::string & message) = 0;
  virtual void Debug(const std::string & message) = 0;
  /** Where results that are text go (standard output). */
  virtual std::ostream & Out() = 0;
  /** @} */

  /** The provenance so far: version, macro line, inputs, parameters with values, stage times, warnings. */
  virtual nlohmann::json GetProvenance() const = 0;
};
} // namespace ferro

#endif
