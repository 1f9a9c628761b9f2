#ifndef ferroBendField_h
#define ferroBendField_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroModelFrame.h"
#include "ferroNetworkModel.h"

#include <Eigen/Core>
#include <functional>
#include <vector>

namespace ferro
{
/** What a dense network predicts at a place for one target. */
struct PlaceField
{
  double value = 0.0; ///< pixels of the model
  double bend = 0.0;  ///< squares of the second differences over one cell, summed over both axes (MeasureBend)
};

/** The predicted field and how much it bends at places that need not be nodes of its grid.
 *
 * Values and second differences are those of the nodes around, interpolated between these, so that whole tiles of nodes
 * are evaluated at once, which serves all places in them. What a place gets does not depend on the others. Along an
 * axis where the window of a neighbour would leave the image nothing is added to the bend. \param model,frame the
 * network, the image at its scale \param reach nodes along one cell; 0: no bends \param firsts first pixels of the
 * windows around the places, pixels of the model \param sample gives normalized pixels at the scale of the model: first
 * pixel, width, height \return for each place what it is for each target */
using PixelSource = std::function<std::vector<float>(const Eigen::Vector2d & first, long width, long height)>;
FerroscopeDeepRegression_EXPORT std::vector<PlaceField> EvaluateField(const NetworkModel & model,
                                                                      const ModelFrame & frame, long reach,
                                                                      const std::vector<Eigen::Vector2d> & firsts,
                                                                      const PixelSource & sample);
} // namespace ferro

#endif
