#ifndef ferroFourierTransform_h
#define ferroFourierTransform_h

#include "FerroscopeTiltSimulationExport.h"

#include <complex>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace ferro
{
/** Sign of the exponent: Forward exp(-2 pi i k x), Inverse exp(+2 pi i k x). Neither is normalised. */
enum class FourierDirection
{
  Forward = -1,
  Inverse = 1
};

/** Bytes to which data for FourierBatch are aligned. */
constexpr std::size_t FourierAlignment = 64;

/** Allocator that begins its memory at a multiple of FourierAlignment. */
template <class T>
struct FourierAllocator
{
  using value_type = T;
  FourierAllocator() = default;
  template <class U>
  FourierAllocator(const FourierAllocator<U> &)
  {
  }
  T *
  allocate(std::size_t count)
  {
    return static_cast<T *>(::operator new(count * sizeof(T), std::align_val_t(FourierAlignment)));
  }
  void
  deallocate(T * pointer, std::size_t)
  {
    ::operator delete(pointer, std::align_val_t(FourierAlignment));
  }
  template <class U>
  bool
  operator==(const FourierAllocator<U> &) const
  {
    return true;
  }
  template <class U>
  bool
  operator!=(const FourierAllocator<U> &) const
  {
    return false;
  }
};

/** Complex numbers, aligned for FourierBatch. */
using ComplexBuffer = std::vector<std::complex<float>, FourierAllocator<std::complex<float>>>;
/** Real numbers with the same alignment. */
using RealBuffer = std::vector<float, FourierAllocator<float>>;

/** \class FourierBatch
 * \brief One-dimensional Fourier transforms of several sequences, in place, single precision.
 *
 * All that this project asks of a library of Fourier transforms; FFTW or another one stands behind it (CMake option
 * FERROSCOPE_FFT). Making one takes time (FFTW tries what is fast; the outcome is remembered within the process, and by
 * SaveFourierWisdom beyond it). Execute may run in any number of threads at once.
 */
class FerroscopeTiltSimulation_EXPORT FourierBatch
{
public:
  /** Plans the transforms.
   *
   * \param length numbers in a sequence, at least 1
   * \param count sequences, at least 1
   * \param distance from the start of one sequence to that of the next, in complex numbers, at least length
   * \param direction forward or inverse
   */
  FourierBatch(int length, int count, int distance, FourierDirection direction);
  ~FourierBatch();
  FourierBatch(FourierBatch &&) noexcept;
  FourierBatch & operator=(FourierBatch &&) noexcept;

  /** Transforms in place. \param data aligned to FourierAlignment */
  void Execute(std::complex<float> * data) const;

private:
  struct Plan;
  std::unique_ptr<Plan> m_Plan;
};

/** The library behind FourierBatch: "FFTW" or "Eigen". */
FerroscopeTiltSimulation_EXPORT std::string GetFourierBackend();

/** Where plans are kept between runs: ferroscope/ in the user's folder for caches ($XDG_CACHE_HOME, else ~/.cache).
 * Empty when the backend keeps none, or the user has no such folder. */
FerroscopeTiltSimulation_EXPORT std::filesystem::path GetFourierWisdomFile();
/** Reads plans of former runs; a file that is missing or does not fit is passed over.
 * \param file what SaveFourierWisdom wrote */
FerroscopeTiltSimulation_EXPORT void LoadFourierWisdom(const std::filesystem::path & file);
/** Keeps the plans made so far for later runs; does nothing where the file cannot be written.
 * \param file what to write; its folder is made */
FerroscopeTiltSimulation_EXPORT void SaveFourierWisdom(const std::filesystem::path & file);

/** The smallest number of at least a wanted one that transforms fast: 2^a 3^b 5^c 7^d, and a multiple of another
 * number.
 *
 * \param wanted at least 1
 * \param multipleOf at least 1; its prime factors are allowed too
 */
FerroscopeTiltSimulation_EXPORT int GetFastFourierLength(int wanted, int multipleOf);
} // namespace ferro

#endif
