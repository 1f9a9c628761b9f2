#ifndef ferroSimulationFiles_h
#define ferroSimulationFiles_h

#include "ferroSimulateDeclaration.h"
#include "ferroSimulationSums.h"

#include <nlohmann/json_fwd.hpp>

namespace ferro
{
class OutputFolder;

/** One image of the result. */
struct SimulatedImage
{
  std::string file; ///< below the output folder
  std::size_t tilt = 0;
  std::size_t thickness = 0;
  std::size_t detector = 0;
};

/** The images in the order of the stack: tilts, in each the thicknesses, in each the detectors. */
std::vector<SimulatedImage> ListImages(const SimulationRequest & request);

/** images/ *.tif, stack.nrrd, errors.nrrd (with two configurations or more) and simulation.json.
 *
 * \param request what was asked for
 * \param plan what was done
 * \param sums of the configurations done so far
 * \param folder where to
 */
void WriteSimulation(const SimulationRequest & request, const SimulationPlan & plan, const SimulationSums & sums,
                     OutputFolder & folder);

/** The content of simulation.json. \sa WriteSimulation for the parameters */
nlohmann::json DescribeSimulation(const SimulationRequest & request, const SimulationPlan & plan,
                                  const SimulationSums & sums);
} // namespace ferro

#endif
