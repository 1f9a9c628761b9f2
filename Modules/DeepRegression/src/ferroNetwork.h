#ifndef ferroNetwork_h
#define ferroNetwork_h

#include "ferroNetworkArchitecture.h"
#include "ferroTensorFile.h"

#include <torch/nn.h>

#include <map>
#include <string>
#include <vector>

namespace ferro
{
/** \class Network
 * \brief The layers of a NetworkArchitecture in LibTorch.
 */
class Network : public torch::nn::Module
{
public:
  /** An activation on the way through the network. */
  struct Activation
  {
    std::string name;
    torch::Tensor value;
  };

  Network(const NetworkArchitecture & architecture, long targets);

  /** What goes into the head. \param input N x 1 x H x W, normalized \param activations receives every layer's output
   */
  torch::Tensor Features(const torch::Tensor & input, std::vector<Activation> * activations = nullptr);
  /** N x outputs x rows x columns; 1 x 1 for an input as large as the window. */
  torch::Tensor Head(const torch::Tensor & features);
  torch::Tensor
  Forward(const torch::Tensor & input)
  {
    return this->Head(this->Features(input));
  }
  /** From here on batch normalization uses its running statistics also while training. */
  void FreezeNormalization();
  /** Weights and running statistics by name. */
  std::map<std::string, torch::Tensor> GetState() const;
  /** Takes the state over; throws InputError when a name or shape does not fit. */
  void SetState(const std::map<std::string, TensorFile::Tensor> & state);

private:
  NetworkArchitecture m_Architecture;
  std::vector<torch::nn::Conv2d> m_Convolutions;
  std::vector<torch::nn::BatchNorm2d> m_Norms;
  torch::nn::Conv2d m_Head{nullptr};
  double m_HeadScale = 1.0;
};

/** A tensor as plain numbers. */
TensorFile::Tensor ToFileTensor(const torch::Tensor & tensor);
/** The numbers as a tensor of their own. */
torch::Tensor FromFileTensor(const TensorFile::Tensor & tensor);
/** GetState as plain numbers. */
std::map<std::string, TensorFile::Tensor> CopyState(const Network & network);
} // namespace ferro

#endif
