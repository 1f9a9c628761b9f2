#ifndef ferroSimulationSums_h
#define ferroSimulationSums_h

#include "ferroSimulateDeclaration.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** A digest of all that the signals depend on: two runs with the same one may be averaged. */
std::string GetFingerprint(const SimulationRequest & request, const SimulationPlan & plan);

/** \class SimulationSums
 * \brief Sums over configurations, and the file that keeps them between runs.
 */
class SimulationSums
{
public:
  SimulationSums(std::string fingerprint, std::size_t values);

  /** Adds the signals of the next configuration. */
  void Add(const std::vector<double> & signals);
  int
  GetConfigurations() const
  {
    return m_Configurations;
  }
  std::vector<double> GetMean() const;
  /** Standard errors of the means; empty with fewer than two configurations. */
  std::vector<double> GetStandardError() const;

  /** Writes the sums. Throws OutputError. \param file checkpoint.bin */
  void Write(const std::filesystem::path & file) const;
  /** Reads them back. Throws InputError for a file that is damaged, UsageError for one of another simulation.
   * \param file checkpoint.bin */
  void Read(const std::filesystem::path & file);

private:
  std::string m_Fingerprint;
  int m_Configurations = 0;
  std::vector<double> m_Sum;
  std::vector<double> m_Squares;
};
} // namespace ferro

#endif
