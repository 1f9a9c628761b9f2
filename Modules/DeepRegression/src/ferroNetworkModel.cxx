#include "ferroErrors.h"
#include "ferroNetworkModelImplementation.h"

namespace ferro
{
TensorMap
NetworkModel::Implementation::GetTensors() const
{
  return backend ? backend->GetTensors() : tensors;
}

BackendModel &
NetworkModel::Implementation::GetBackend() const
{
  if (!backend)
  {
    backend = GetNetworkBackend().MakeModel(description, tensors);
    tensors.clear();
  }
  return *backend;
}

const DenseModel *
NetworkModel::Implementation::GetDense() const
{
  const bool elsewhere = backend && (backend->IsScript() || !backend->IsOnCpu());
  if (!dense && !elsewhere && DenseModel::CanRun(description))
  {
    dense = std::make_shared<const DenseModel>(description, this->GetTensors());
  }
  return dense.get();
}

bool
NetworkModel::Implementation::HasFeatureNovelty() const
{
  return backend ? backend->HasFeatureNovelty() : tensors.count("novelty.features.mean") > 0;
}

bool
NetworkModel::Implementation::HasSpectrumNovelty() const
{
  return backend ? backend->HasSpectrumNovelty() : tensors.count("novelty.spectra.mean") > 0;
}

bool
NetworkModel::Implementation::HasWithinNovelty() const
{
  return backend ? backend->HasWithinNovelty() : tensors.count("novelty.within.mean") > 0;
}

NetworkModel::NetworkModel(const ModelDescription & description, unsigned long seed)
  : m_Implementation(std::make_unique<Implementation>())
{
  description.Check();
  m_Implementation->description = description;
  m_Implementation->backend = GetNetworkBackend().MakeModel(m_Implementation->description, seed);
}

NetworkModel::NetworkModel(std::unique_ptr<Implementation> implementation) : m_Implementation(std::move(implementation))
{
}

NetworkModel::~NetworkModel() = default;

NetworkModel::Implementation &
NetworkModel::Get()
{
  m_Implementation->dense.reset(); // whoever asks may change the weights
  return *m_Implementation;
}

const ModelDescription &
NetworkModel::GetDescription() const
{
  return m_Implementation->description;
}

void
NetworkModel::SetDescription(const ModelDescription & description)
{
  m_Implementation->description = description;
  m_Implementation->dense.reset();
}

void
NetworkModel::SetDevice(const std::string & device)
{
  const bool cpu = device.empty() || device == "cpu";
  if (!cpu || m_Implementation->backend) // the weights of a file are there already
  {
    m_Implementation->dense.reset();
    m_Implementation->GetBackend().SetDevice(device);
  }
}

bool
NetworkModel::IsDense() const
{
  return !m_Implementation->description.architecture.samePadding;
}

long
NetworkModel::GetStride() const
{
  return m_Implementation->description.architecture.GetStride();
}

bool
NetworkModel::HasNovelty() const
{
  return m_Implementation->HasFeatureNovelty() || m_Implementation->HasSpectrumNovelty();
}

bool
NetworkModel::HasWithinNovelty() const
{
  return m_Implementation->HasWithinNovelty() && this->IsDense();
}

std::vector<float>
NetworkModel::DescribeWindows(const std::vector<float> & pixels, long count) const
{
  std::vector<float> result;
  if (!this->HasWithinNovelty())
  {
    return result;
  }
  const DenseModel * dense = m_Implementation->GetDense();
  if (!dense)
  {
    return m_Implementation->GetBackend().DescribeWindows(pixels, count);
  }
  const long window = m_Implementation->description.architecture.windowPx;
  result.resize(static_cast<std::size_t>(count * dense->GetFeatures()));
  for (long k = 0; k < count; ++k)
  {
    dense->DescribeWindow(pixels.data() + k * window * window, result.data() + k * dense->GetFeatures());
  }
  return result;
}

std::vector<float>
NetworkModel::EvaluateWindows(const std::vector<float> & pixels, long count) const
{
  const auto & description = m_Implementation->description;
  const long window = description.architecture.windowPx;
  if (static_cast<long>(pixels.size()) != count * window * window)
  {
    throw UsageError("windows: found " + std::to_string(pixels.size()) + " pixels, expected " + std::to_string(count) +
                     " windows of " + std::to_string(window) + " x " + std::to_string(window));
  }
  return m_Implementation->GetBackend().EvaluateWindows(pixels, count);
}

RegressionPlane
NetworkModel::EvaluatePlane(const float * pixels, long width, long height, long stride, bool novelty, long tilePx,
                            const std::vector<float> & reference) const
{
  const auto & architecture = m_Implementation->description.architecture;
  const long base = this->GetStride();
  const long window = architecture.windowPx;
  RegressionPlane plane;
  plane.reference = reference;
  plane.stride = stride > 0 ? stride : base;
  plane.outputs = architecture.CountOutputs(static_cast<long>(m_Implementation->description.targets.size()));
  if (width < window || height < window)
  {
    throw AnalysisError("the image has " + std::to_string(width) + " x " + std::to_string(height) +
                        " pixels at the scale of the network, which is smaller than its window of " +
                        std::to_string(window) + " x " + std::to_string(window));
  }
  if (this->IsDense() && plane.stride % base != 0 && base % plane.stride != 0)
  {
    throw UsageError("--stride-px: found " + std::to_string(plane.stride) +
                     ", expected a multiple or a divisor of the network's own " + std::to_string(base));
  }
  plane.columns = (width - window) / plane.stride + 1;
  plane.rows = (height - window) / plane.stride + 1;
  const auto count = static_cast<std::size_t>(plane.columns * plane.rows);
  plane.values.resize(count * static_cast<std::size_t>(plane.outputs));
  const bool withFeatures = novelty && m_Implementation->HasFeatureNovelty() && this->IsDense();
  plane.featureNovelty.resize(withFeatures ? count : 0);
  plane.spectrumNovelty.resize(novelty && m_Implementation->HasSpectrumNovelty() ? count : 0);
  if (const DenseModel * dense = m_Implementation->GetDense())
  {
    dense->Evaluate(pixels, width, height, tilePx, plane);
  }
  else
  {
    m_Implementation->GetBackend().EvaluatePlane(pixels, width, height, tilePx, plane);
  }
  return plane;
}
} // namespace ferro
