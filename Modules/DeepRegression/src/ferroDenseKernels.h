#ifndef ferroDenseKernels_h
#define ferroDenseKernels_h

#include "FerroscopeDeepRegressionExport.h"

#include <vector>

namespace ferro
{
/** \class DenseLayer
 * \brief A 3 x 3 convolution with valid padding, Leaky ReLU and the scaling of batch normalization, prepared for
 * Winograd's minimal filtering F(4 x 4, 3 x 3) (A. Lavin, S. Gray, CVPR 2016, arXiv:1509.09308).
 *
 * Channels are filled up with zeros to a multiple of 16.
 */
struct DenseLayer
{
  long inputs = 0;            ///< channels, filled up
  long outputs = 0;           ///< channels, filled up
  bool pool = false;          ///< 2 x 2 max pooling behind it
  long block = 16;            ///< output channels that are computed together: 16 or 32
  std::vector<float> weights; ///< outputs / block, 36, inputs, block; for one input: 9, outputs
  std::vector<float> bias;    ///< outputs
  std::vector<float> scale;   ///< outputs; multiplies what Leaky ReLU gives
  std::vector<float> shift;   ///< outputs; added to it
};

/** \class DensePlane
 * \brief Activations: rows of pixels of channels, with a margin at the right and at the bottom that holds zeros or
 * values without meaning, so that whole tiles may be read and written.
 */
struct DensePlane
{
  long width = 0; ///< pixels that mean something
  long height = 0;
  long channels = 0; ///< filled up
  long pitch = 0;    ///< pixels from row to row
  long rows = 0;     ///< with the margin
  float * values = nullptr;
};

/** \class DenseKernels
 * \brief The loops that the time goes to, for one kind of processor. All kinds agree up to rounding.
 */
struct DenseKernels
{
  const char * name;
  /** One row of outputs of a layer with one input. */
  void (*convolveOne)(const DenseLayer & layer, const DensePlane & in, const DensePlane & out, long row);
  /** One row of tiles, four rows of outputs (two behind pooling), of any other layer. \param space for values between,
   * resized as needed */
  void (*convolve)(const DenseLayer & layer, const DensePlane & in, const DensePlane & out, long tileRow,
                   std::vector<float> & space);
  /** One row of the head. \param weights outputs, edge, edge, channels \param out nodes, outputs */
  void (*head)(const DensePlane & in, const float * weights, long edge, long outputs, long row, long nodes,
               float * out);
  /** c = a b. \param a rows x depth, padded to a multiple of 24 rows \param b depth x columns, columns a multiple of 16
   * \param c rows x columns, padded as a */
  void (*multiply)(const float * a, long aPitch, const float * b, long bPitch, float * c, long cPitch, long rows,
                   long depth, long columns);
  /** Largest value of every channel in a square of each of the nodes of a row. \param row,column first pixel of the
   * square of the first node \param edge of the squares \param space for values between \param out nodes, channels */
  void (*maxima)(const DensePlane & in, long row, long column, long edge, long nodes, std::vector<float> & space,
                 float * out);
};

/** The kernels for this processor, fastest first; the last ones run on every processor. */
FerroscopeDeepRegression_EXPORT const std::vector<const DenseKernels *> & GetDenseKernels();
} // namespace ferro

#endif
