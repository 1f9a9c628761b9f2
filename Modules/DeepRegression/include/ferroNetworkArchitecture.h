#ifndef ferroNetworkArchitecture_h
#define ferroNetworkArchitecture_h

#include "FerroscopeDeepRegressionExport.h"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace ferro
{
/** \class NetworkArchitecture
 * \brief The shape of a convolutional network from a window of an image to a few numbers.
 *
 * Average pooling, then blocks of convolutions, each with Leaky ReLU (slope 0.01) and batch normalization behind it,
 * some blocks with 2 x 2 max pooling at their end, then one convolution as large as what is left of the window: the
 * head. With valid padding the same network runs over a whole image of any size and gives at each of its nodes exactly
 * what it gives for the window around that node.
 */
struct FerroscopeDeepRegression_EXPORT NetworkArchitecture
{
  /** Convolutions of one number of channels. */
  struct Block
  {
    long layers = 1;
    long channels = 32;
    bool pool = false; ///< 2 x 2 max pooling behind the block
  };

  std::string preset = "standard"; ///< the preset that it began as
  long windowPx = 80;              ///< edge of the window, pixels of the model
  long inputPooling = 2;           ///< edge of the average pooling in front; 1: none
  std::vector<Block> blocks;
  long kernel = 3;                 ///< edge of the convolutions, odd
  bool samePadding = false;        ///< zeros around every layer; then only single windows can be evaluated
  bool normalizeEveryLayer = true; ///< batch normalization behind every layer, else only before the head
  double dropout = 0.0;            ///< share of the values that are dropped before the head while training
  /** The head gives the logarithm of the variance of each target as well, behind the targets. */
  bool predictsVariance = false;

  /** Presets: "paper" (Nelson et al., npj Comput. Mater. 7, 149 (2021)), "standard", "lite". Throws UsageError. */
  static NetworkArchitecture FromPreset(const std::string & name);
  static std::vector<std::string> GetPresets();

  /** Reads "5x32,2x64p,2x128": layers x channels, p for max pooling behind the block. Throws UsageError. */
  static std::vector<Block> ParseBlocks(const std::string & text);
  static std::string FormatBlocks(const std::vector<Block> & blocks);

  /** Pixels between neighbouring nodes of the output. */
  long GetStride() const;
  /** Edge of the head: what the layers leave of a window. Throws UsageError when nothing is left. */
  long GetHeadSize() const;
  /** Channels of the head for that many targets. */
  long
  CountOutputs(long targets) const
  {
    return predictsVariance ? 2 * targets : targets;
  }
  /** Number of weights for that many targets. */
  long CountParameters(long targets) const;
  /** Shapes of the weights, and of the running statistics of batch normalization, by name as in the file of the network
   * (Documentation/FileFormats.md). */
  std::map<std::string, std::vector<long>> GetShapes(long targets) const;
  /** Throws UsageError when a value makes no sense or the network would be larger than 200 million weights. */
  void Check() const;

  nlohmann::json ToJson() const;
  /** Throws InputError: which key, found, expected. */
  static NetworkArchitecture FromJson(const nlohmann::json & json);
};
} // namespace ferro

#endif
