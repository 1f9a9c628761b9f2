#ifndef ferroNetworkInsight_h
#define ferroNetworkInsight_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroNetworkModel.h"

#include <functional>
#include <string>
#include <vector>

namespace ferro
{
/** \class LayerGeometry
 * \brief A layer of a network and which pixels its values look at. Lengths are in pixels of the model.
 */
struct LayerGeometry
{
  std::string name;        ///< conv1, conv2, ..., head
  long filters = 0;        ///< channels of a convolution; targets of the head
  long stride = 1;         ///< pixels between neighbouring values
  double offset = 0.0;     ///< pixel on which the first value is centred
  long receptiveField = 1; ///< edge of the square of pixels that a value depends on
};

/** The convolutions and the head of a network, from the image on. */
FerroscopeDeepRegression_EXPORT std::vector<LayerGeometry> GetLayers(const ModelDescription & description);

/** The layer of that name, or of that number (1 is conv1). Throws UsageError with the names that there are. */
FerroscopeDeepRegression_EXPORT LayerGeometry FindLayer(const ModelDescription & description, const std::string & name);

/** \class LayerActivation
 * \brief What the filters of a layer say about an image.
 */
struct LayerActivation
{
  LayerGeometry layer;
  long columns = 0;
  long rows = 0;
  std::vector<float> values; ///< filter by filter, row by row
};

/** Activations of convolutions (behind Leaky ReLU, before batch normalization) and outputs of the head (in units of the
 * spread of the targets).
 *
 * \param model a network of Ferroscope; one that came as TorchScript does not show its layers
 * \param pixels normalized, at the scale of the model, row by row
 * \param width,height size of the image, at least the receptive field of the last convolution
 * \param layers names of layers
 * \return one for each name
 * Throws UsageError when there are no such layers, AnalysisError when the image is too small, or so large that the
 * layers would take more than 4 GiB.
 */
FerroscopeDeepRegression_EXPORT std::vector<LayerActivation> ComputeActivations(
  NetworkModel & model, const float * pixels, long width, long height, const std::vector<std::string> & layers);

/** \class FilterVisualizationOptions
 * \brief How an image is sought that a filter answers most. Pixels count in standard deviations of an image.
 *
 * Each step shifts the image by a random number of pixels (circularly), adds stepSize times (the gradient of the mean
 * answer of the filter over its own root mean square, less l2 times the image, less totalVariation times the gradient
 * of the summed lengths of the differences of neighbours), and shifts it back. Every blurEvery steps the image is
 * blurred. So pixels stay below about 1 / l2.
 */
struct FilterVisualizationOptions
{
  long steps = 200;
  double stepSize = 0.1;
  double l2 = 0.3;
  double totalVariation = 0.1;
  double blurSigmaPx = 0.5; ///< 0: none
  long blurEvery = 10;      ///< 0: never
  long jitterPx = 2;        ///< largest shift along x and y
  double noise = 0.3;       ///< standard deviation of the noise to begin with
  unsigned long seed = 0;
};

/** \class FilterImage
 * \brief An image that a filter answers strongly.
 */
struct FilterImage
{
  long filter = 0;
  std::vector<float> pixels;    ///< row by row
  double startActivation = 0.0; ///< mean answer of the filter to the image at the beginning
  double endActivation = 0.0;
};

/** Gradient ascent on the pixels (K. Simonyan, A. Vedaldi, A. Zisserman, arXiv:1312.6034; regularisers: A. Mahendran,
 * A. Vedaldi, arXiv:1412.0035, J. Yosinski et al., arXiv:1506.06579).
 *
 * \param model a network of Ferroscope
 * \param layer name of a layer; for the head the filters are the targets
 * \param filters numbers, from 0
 * \param start normalized pixels to begin with, row by row; empty: noise
 * \param width,height size of the image, at least the receptive field of the last convolution; the window where the
 * head is asked for \param options the steps \param progress called with 0..1; may throw to cancel. May be empty.
 * \return one for each filter. The same seed gives the same images at the same number of threads.
 * Throws UsageError and AnalysisError.
 */
FerroscopeDeepRegression_EXPORT std::vector<FilterImage> VisualizeFilters(
  NetworkModel & model, const std::string & layer, const std::vector<long> & filters, const std::vector<float> & start,
  long width, long height, const FilterVisualizationOptions & options,
  const std::function<void(double)> & progress = {});
} // namespace ferro

#endif
