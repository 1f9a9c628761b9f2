#ifndef ferroWaveKernels_h
#define ferroWaveKernels_h

#include <complex>
#include <cstddef>

// The loops between the Fourier transforms. GCC makes variants for the vector units of newer processors and picks one
// when the program starts; sanitizers cannot be entered that early.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) &&               \
  !defined(__SANITIZE_THREAD__)
#define FERRO_VECTOR_VARIANTS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FERRO_VECTOR_VARIANTS
#endif

namespace ferro
{
/** data[n] *= factors[n]. */
void MultiplyComplex(std::complex<float> * data, const std::complex<float> * factors, std::size_t count);

/** data[n] *= scale factors[n]. */
void MultiplyComplexScaled(std::complex<float> * data, const std::complex<float> * factors, float scale,
                           std::size_t count);

/** The first `columns` columns of a spectrum, eight numbers of each, into eight rows: rows[r * rowPitch + f(c)] =
 * spectrum[c * pitch + r], f(c) = c up to lastColumn and counted from the end of nx beyond. */
void GatherRows(const std::complex<float> * spectrum, std::size_t pitch, int columns, int lastColumn, int nx,
                std::complex<float> * rows, std::size_t rowPitch);
/** The way back. */
void ScatterRows(const std::complex<float> * rows, std::size_t rowPitch, int columns, int lastColumn, int nx,
                 std::complex<float> * spectrum, std::size_t pitch);

/** Adds f Re/Im of (phaseRe + i phaseIm) times a column of phases, for `count` numbers. */
void AddScaledPhases(float * sumRe, float * sumIm, const float * re, const float * im, float phaseRe, float phaseIm,
                     std::size_t count);

/** sum[n] += factor data[n]. */
void AddScaled(std::complex<float> * sum, const std::complex<float> * data, std::complex<float> factor,
               std::size_t count);

/** real[n] -> exp(i factor real[n]). */
void ExponentiatePhase(const float * real, float factor, std::complex<float> * result, std::size_t count);

/** exp(i phase[n] - damping[n]). */
void ExponentiateDamped(const float * phase, const float * damping, std::complex<float> * result, std::size_t count);

/** Density |psi|^2, squared gradient and current Im(psi^* grad psi) of a row of a periodic wave, from central
 * differences: rows above, here and below, times the inverses of twice the distances of samples. */
struct RowMoments
{
  float * density;
  float * gradient;
  float * currentX; ///< may be null, with currentY
  float * currentY;
};
void FindMoments(const std::complex<float> * above, const std::complex<float> * here, const std::complex<float> * below,
                 std::size_t count, float perX, float perY, const RowMoments & moments);

/** Sum of one[n] other[n]. */
float SumProducts(const float * one, const float * other, std::size_t count);
} // namespace ferro

#endif
