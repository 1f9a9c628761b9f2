// FourierBatch on top of FFTW (M. Frigo, S. G. Johnson, Proc. IEEE 93, 216 (2005)).
#include "ferroFourierTransform.h"

#include "ferroErrors.h"

#include <fftw3.h>

#include <mutex>
#include <random>
#include <system_error>

namespace ferro
{
namespace
{
// Everything but executing a plan must happen in one thread at a time.
std::mutex &
GetPlanner()
{
  static std::mutex planner;
  return planner;
}
} // namespace

struct FourierBatch::Plan
{
  fftwf_plan plan = nullptr;
  ~Plan()
  {
    const std::lock_guard<std::mutex> lock(GetPlanner());
    fftwf_destroy_plan(plan);
  }
};

FourierBatch::FourierBatch(int length, int count, int distance, FourierDirection direction)
  : m_Plan(std::make_unique<Plan>())
{
  // Planning tries transforms on these numbers.
  ComplexBuffer trial(static_cast<std::size_t>(distance) * static_cast<std::size_t>(count - 1) +
                      static_cast<std::size_t>(length));
  auto * data = reinterpret_cast<fftwf_complex *>(trial.data());
  const std::lock_guard<std::mutex> lock(GetPlanner());
  m_Plan->plan = fftwf_plan_many_dft(1, &length, count, data, nullptr, 1, distance, data, nullptr, 1, distance,
                                     static_cast<int>(direction), FFTW_MEASURE);
  if (!m_Plan->plan)
  {
    throw AnalysisError("Fourier transform: no plan for " + std::to_string(count) + " sequences of " +
                        std::to_string(length) + " numbers");
  }
}

FourierBatch::~FourierBatch() = default;
FourierBatch::FourierBatch(FourierBatch &&) noexcept = default;
FourierBatch & FourierBatch::operator=(FourierBatch &&) noexcept = default;

void
FourierBatch::Execute(std::complex<float> * data) const
{
  auto * numbers = reinterpret_cast<fftwf_complex *>(data);
  fftwf_execute_dft(m_Plan->plan, numbers, numbers);
}

std::string
GetFourierBackend()
{
  return "FFTW";
}

void
LoadFourierWisdom(const std::filesystem::path & file)
{
  std::error_code ignored;
  if (std::filesystem::is_regular_file(file, ignored))
  {
    const std::lock_guard<std::mutex> lock(GetPlanner());
    fftwf_import_wisdom_from_filename(file.c_str());
  }
}

void
SaveFourierWisdom(const std::filesystem::path & file)
{
  std::error_code failed;
  std::filesystem::create_directories(file.parent_path(), failed);
  // Beside its place and renamed: another run may read at any time.
  auto draft = file;
  draft += "." + std::to_string(std::random_device{}());
  const std::lock_guard<std::mutex> lock(GetPlanner());
  if (!file.empty() && fftwf_export_wisdom_to_filename(draft.c_str()))
  {
    std::filesystem::rename(draft, file, failed);
  }
}
} // namespace ferro
