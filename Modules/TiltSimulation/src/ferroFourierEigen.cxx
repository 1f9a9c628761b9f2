// FourierBatch on top of Eigen's own transform (kissfft by M. Borgerding, in Eigen's unsupported part), for a build
// free of FFTW and its licence. Several times slower.
#include "ferroFourierTransform.h"

#include <unsupported/Eigen/FFT>

namespace ferro
{
struct FourierBatch::Plan
{
  int length;
  int count;
  int distance;
  FourierDirection direction;
};

FourierBatch::FourierBatch(int length, int count, int distance, FourierDirection direction)
  : m_Plan(std::make_unique<Plan>(Plan{length, count, distance, direction}))
{
}

FourierBatch::~FourierBatch() = default;
FourierBatch::FourierBatch(FourierBatch &&) noexcept = default;
FourierBatch & FourierBatch::operator=(FourierBatch &&) noexcept = default;

void
FourierBatch::Execute(std::complex<float> * data) const
{
  if (m_Plan->length == 1)
  {
    return; // kissfft fails at what is nothing to do
  }
  // Eigen's object keeps its twiddle factors and its memory, and belongs to one thread.
  thread_local Eigen::FFT<float> transform(Eigen::default_fft_impl<float>(), Eigen::FFT<float>::Unscaled);
  thread_local std::vector<std::complex<float>> result;
  result.resize(static_cast<std::size_t>(m_Plan->length));
  for (int n = 0; n < m_Plan->count; ++n)
  {
    auto * sequence = data + static_cast<std::ptrdiff_t>(n) * m_Plan->distance;
    if (m_Plan->direction == FourierDirection::Forward)
    {
      transform.fwd(result.data(), sequence, m_Plan->length);
    }
    else
    {
      transform.inv(result.data(), sequence, m_Plan->length);
    }
    std::copy(result.begin(), result.end(), sequence);
  }
}

std::string
GetFourierBackend()
{
  return "Eigen";
}

void
LoadFourierWisdom(const std::filesystem::path &)
{
}

void
SaveFourierWisdom(const std::filesystem::path &)
{
}
} // namespace ferro
