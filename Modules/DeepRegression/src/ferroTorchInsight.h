#ifndef ferroTorchInsight_h
#define ferroTorchInsight_h

#include "ferroNetworkInsight.h"

namespace ferro
{
/** ComputeActivations and VisualizeFilters of ferroNetworkInsight.h. */
std::vector<LayerActivation> ComputeTorchActivations(NetworkModel & model, const float * pixels, long width,
                                                     long height, const std::vector<std::string> & layers);
std::vector<FilterImage> VisualizeTorchFilters(NetworkModel & model, const std::string & layer,
                                               const std::vector<long> & filters, const std::vector<float> & start,
                                               long width, long height, const FilterVisualizationOptions & options,
                                               const std::function<void(double)> & progress);

/** Throws where the layers of a network cannot be looked at for an image of that size.
 * \param description of the network \param width,height pixels \param head whether its head is needed, too */
void CheckInsight(const ModelDescription & description, long width, long height, bool head);
} // namespace ferro

#endif
