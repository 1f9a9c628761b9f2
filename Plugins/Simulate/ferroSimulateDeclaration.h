#ifndef ferroSimulateDeclaration_h
#define ferroSimulateDeclaration_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroSourceSize.h"
#include "ferroStemSimulation.h"

namespace ferro
{
/** What 'simulate' offers. */
CommandDeclaration DeclareSimulate();

/** Adds the parameters of the simulation: structure, microscope, specimen, scan, effort. */
void DeclareSimulation(CommandDeclaration & declaration);

/** Numbers of a list such as "0,10,20". Throws UsageError with the parameter's name.
 *
 * \param name of the parameter
 * \param text what the user gave
 */
std::vector<double> ParseNumbers(const std::string & name, const std::string & text);

/** All that a simulation needs to know. */
struct SimulationRequest
{
  CrystalStructure structure;
  std::string cell; ///< a sentence on the cell that was cut out, empty without a zone axis
  StemSimulationParameters parameters;
  std::vector<double> thicknessesNm; ///< as asked for
  double tiltSign = 1.0;             ///< from the user's sense of tilt to the program's
  double sourceSizeNm = 0.0;
  ScanBlur blur;
};

/** The request as the user made it; reads the structure and notes it as an input. */
SimulationRequest GetSimulationRequest(CommandContext & context);
} // namespace ferro

#endif
