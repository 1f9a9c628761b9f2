#include "ferroFourierTransform.h"

#include "ferroFourierEigenBackend.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
using ferro::ComplexBuffer;

constexpr double Pi = 3.14159265358979323846;

ComplexBuffer
MakeNumbers(std::size_t count)
{
  ComplexBuffer numbers(count);
  for (std::size_t n = 0; n < count; ++n)
  {
    const double k = static_cast<double>(n);
    numbers[n] = std::complex<float>(std::complex<double>(std::sin(1.3 * k * k), std::cos(0.7 * k + 0.1 * k * k)));
  }
  return numbers;
}

// The definition, in double precision.
std::vector<std::complex<double>>
Transform(const std::complex<float> * data, int length, bool forward)
{
  std::vector<std::complex<double>> result(static_cast<std::size_t>(length));
  for (int k = 0; k < length; ++k)
  {
    for (int n = 0; n < length; ++n)
    {
      const double turns = static_cast<double>(static_cast<long>(k) * n % length) / length;
      result[static_cast<std::size_t>(k)] +=
        std::complex<double>(data[n]) * std::polar(1.0, (forward ? -2.0 : 2.0) * Pi * turns);
    }
  }
  return result;
}
} // namespace

// Both backends, whichever the library was built with: the same transforms, and nothing but the sequences is touched.
TEST(FourierTransform, BackendsAgreeWithTheDefinition)
{
  EXPECT_EQ(GetEigenBackend(), "Eigen");
  EXPECT_TRUE(ferro::GetFourierBackend() == "FFTW" || ferro::GetFourierBackend() == "Eigen");
  constexpr int count = 3;
  for (const int length : {1, 2, 7, 30, 64, 210, 384})
  {
    const int distance = length + 5;
    const auto original = MakeNumbers(static_cast<std::size_t>(count * distance));
    for (const bool forward : {true, false})
    {
      auto one = original;
      auto other = original;
      ferro::FourierBatch(length, count, distance,
                          forward ? ferro::FourierDirection::Forward : ferro::FourierDirection::Inverse)
        .Execute(one.data());
      TransformByEigen(length, count, distance, forward, other.data());
      // Rounding grows with the logarithm of the length; numbers of size 1 add to about the root of it.
      const double tolerance = 1e-6 * std::sqrt(length) * (1.0 + std::log2(length));
      for (int s = 0; s < count; ++s)
      {
        const auto expected = Transform(original.data() + s * distance, length, forward);
        for (int n = 0; n < distance; ++n)
        {
          const auto place = static_cast<std::size_t>(s * distance + n);
          const bool inside = n < length;
          const auto truth = inside ? expected[static_cast<std::size_t>(n)] : std::complex<double>(original[place]);
          EXPECT_LE(std::abs(std::complex<double>(one[place]) - truth), inside ? tolerance : 0.0) << length;
          EXPECT_LE(std::abs(std::complex<double>(other[place]) - truth), inside ? tolerance : 0.0) << length;
        }
      }
    }
  }
}
