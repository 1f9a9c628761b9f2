#ifndef ferroDenseNetwork_h
#define ferroDenseNetwork_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroDenseKernels.h"
#include "ferroNetworkArchitecture.h"
#include "ferroTensorFile.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ferro
{
/** Threads of everything that is named Dense; the results do not depend on it. */
FerroscopeDeepRegression_EXPORT void SetDenseThreads(int threads);
/** Calls work(0) ... work(count - 1), on several threads where that is allowed. */
void ForEachDense(long count, const std::function<void(long)> & work);

/** Means of blocks of edge x edge pixels. \param width,height in blocks \param pitch,toPitch distance of rows */
void AverageBlocks(const float * pixels, long pitch, long width, long height, long edge, float * to, long toPitch);

/** \class DenseNetwork
 * \brief Runs a network with valid padding and 3 x 3 convolutions over images, several times faster than LibTorch does
 * convolution by convolution: Winograd's minimal filtering takes a quarter of the multiplications, and Leaky ReLU,
 * batch normalization and pooling are done while the values are in the registers.
 */
class FerroscopeDeepRegression_EXPORT DenseNetwork
{
public:
  /** What it gives for an image. */
  struct Result
  {
    long columns = 0;
    long rows = 0;
    std::vector<float> values; ///< outputs of node 0, of node 1, ...
    DensePlane features;       ///< what went into the head; rows + head - 1 rows of columns + head - 1 pixels

  private:
    friend class DenseNetwork;
    std::vector<float> buffers[2];
  };

  /** Whether networks of this shape can be run. */
  static bool CanRun(const NetworkArchitecture & architecture);
  /** \param tensors weights and running statistics by name, as in the file of the network
   * \param kernels for which processor. Throws InputError when a tensor is missing or too small. */
  DenseNetwork(const NetworkArchitecture & architecture, const std::map<std::string, TensorFile::Tensor> & tensors,
               const DenseKernels & kernels);

  long
  GetOutputs() const
  {
    return m_Outputs;
  }
  /** Channels of the features, without those that fill up. */
  long
  GetFeatures() const
  {
    return m_Features;
  }
  /** \param pixels first one \param pitch distance of rows \param width,height at least the window \param result may be
   * used again */
  void Evaluate(const float * pixels, long pitch, long width, long height, Result & result) const;

private:
  const std::vector<float> & Find(const std::map<std::string, TensorFile::Tensor> & tensors, const std::string & name,
                                  std::size_t size) const;
  void AddLayer(const std::map<std::string, TensorFile::Tensor> & tensors, long index, long inputs, long outputs,
                bool normalize);

  NetworkArchitecture m_Architecture;
  const DenseKernels & m_Kernels;
  std::vector<DenseLayer> m_Layers;
  std::vector<float> m_HeadWeights; // outputs, edge, edge, channels
  std::vector<float> m_HeadBias;
  long m_Outputs = 0;
  long m_Features = 0;
  long m_Edge = 1; // of the head
};
} // namespace ferro

#endif
