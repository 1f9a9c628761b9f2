#ifndef ferroBendField_h
#define ferroBendField_h

#include "ferroModelFrame.h"
#include "ferroNetworkModel.h"

#include <Eigen/Core>
#include <functional>
#include <vector>

namespace ferro
{
/** How much the field of a dense network bends at places that need not be nodes of its grid: squares of the second
 * differences over one cell, summed over both axes (MeasureBend).
 *
 * Second differences are those of the nodes around, interpolated between these, so that whole tiles of nodes are
 * evaluated at once, which serves all places in them. What a place gets does not depend on the others. Along an axis
 * where the window of a neighbour would leave the image nothing is added.
 * \param model,frame the network, the image at its scale \param reach nodes along one cell
 * \param firsts first pixels of the windows around the places, pixels of the model
 * \param sample gives normalized pixels at the scale of the model: first pixel, width, height
 * \return for each place one for each target, pixels of the model squared */
using PixelSource = std::function<std::vector<float>(const Eigen::Vector2d & first, long width, long height)>;
std::vector<double> FindBendsAt(const NetworkModel & model, const ModelFrame & frame, long reach,
                                const std::vector<Eigen::Vector2d> & firsts, const PixelSource & sample);
} // namespace ferro

#endif
