#include "ferroNetwork.h"

#include "ferroErrors.h"

#include <cmath>

namespace ferro
{
namespace
{
constexpr double LeakySlope = 0.01;
} // namespace

Network::Network(const NetworkArchitecture & architecture, long targets) : m_Architecture(architecture)
{
  const long padding = architecture.samePadding ? architecture.kernel / 2 : 0;
  long before = 1;
  int index = 0;
  for (const auto & block : architecture.blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      ++index;
      torch::nn::Conv2d convolution(
        torch::nn::Conv2dOptions(before, block.channels, architecture.kernel).padding(padding));
      m_Convolutions.push_back(this->register_module("conv" + std::to_string(index), convolution));
      if (architecture.normalizeEveryLayer)
      {
        m_Norms.push_back(
          this->register_module("norm" + std::to_string(index), torch::nn::BatchNorm2d(block.channels)));
      }
      before = block.channels;
    }
  }
  if (!architecture.normalizeEveryLayer)
  {
    m_Norms.push_back(this->register_module("norm" + std::to_string(index), torch::nn::BatchNorm2d(before)));
  }
  const long size = architecture.GetHeadSize();
  const long channels = architecture.CountOutputs(targets);
  m_Head = this->register_module("head", torch::nn::Conv2d(torch::nn::Conv2dOptions(before, channels, size)));
  // Adam moves every weight of a large head by the same step, all at once: without this factor the sum over so many
  // positions diverges in the first steps.
  m_HeadScale = std::pow(static_cast<double>(size * size), -0.75);
}

torch::Tensor
Network::Features(const torch::Tensor & input, std::vector<Activation> * activations)
{
  torch::Tensor x = m_Architecture.inputPooling > 1 ? torch::avg_pool2d(input, m_Architecture.inputPooling) : input;
  std::size_t index = 0;
  for (const auto & block : m_Architecture.blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      x = torch::leaky_relu(m_Convolutions[index]->forward(x), LeakySlope);
      if (activations)
      {
        activations->push_back({"conv" + std::to_string(index + 1), x});
      }
      if (m_Architecture.normalizeEveryLayer)
      {
        x = m_Norms[index]->forward(x);
      }
      ++index;
    }
    x = block.pool ? torch::max_pool2d(x, 2) : x;
  }
  return m_Architecture.normalizeEveryLayer ? x : m_Norms.front()->forward(x);
}

torch::Tensor
Network::Head(const torch::Tensor & features)
{
  torch::Tensor x = features;
  if (m_Architecture.dropout > 0.0 && this->is_training())
  {
    x = torch::dropout(x, m_Architecture.dropout, true);
  }
  return m_Head->forward(x * m_HeadScale);
}

void
Network::FreezeNormalization()
{
  for (auto & norm : m_Norms)
  {
    norm->eval();
  }
}

std::map<std::string, torch::Tensor>
Network::GetState() const
{
  std::map<std::string, torch::Tensor> state;
  for (const auto & item : this->named_parameters())
  {
    state[item.key()] = item.value();
  }
  for (const auto & item : this->named_buffers())
  {
    if (item.value().is_floating_point()) // not the counter of batches, which nothing uses
    {
      state[item.key()] = item.value();
    }
  }
  return state;
}

void
Network::SetState(const std::map<std::string, TensorFile::Tensor> & state)
{
  torch::NoGradGuard noGradient;
  for (auto & [name, tensor] : this->GetState())
  {
    const auto found = state.find(name);
    if (found == state.end())
    {
      throw InputError("weights '" + name + "' are missing");
    }
    if (torch::IntArrayRef(std::vector<std::int64_t>(found->second.shape.begin(), found->second.shape.end())) !=
        tensor.sizes())
    {
      throw InputError("weights '" + name + "' do not have the shape that the architecture demands");
    }
    tensor.copy_(FromFileTensor(found->second));
  }
}

TensorFile::Tensor
ToFileTensor(const torch::Tensor & tensor)
{
  const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  TensorFile::Tensor result;
  result.shape.assign(plain.sizes().begin(), plain.sizes().end());
  result.values.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
  return result;
}

torch::Tensor
FromFileTensor(const TensorFile::Tensor & tensor)
{
  torch::Tensor result =
    torch::empty(std::vector<std::int64_t>(tensor.shape.begin(), tensor.shape.end()), torch::kFloat32);
  std::copy(tensor.values.begin(), tensor.values.end(), result.data_ptr<float>());
  return result;
}
std::map<std::string, TensorFile::Tensor>
CopyState(const Network & network)
{
  std::map<std::string, TensorFile::Tensor> copy;
  for (const auto & [name, tensor] : network.GetState())
  {
    copy[name] = ToFileTensor(tensor);
  }
  return copy;
}
} // namespace ferro
