// The backend is compiled under another name, beside the one that the library has: so it stays buildable in every
// build.
#define ferro ferro_eigen
#include "../src/ferroFourierEigen.cxx"
#undef ferro

#include "ferroFourierEigenBackend.h"

void
TransformByEigen(int length, int count, int distance, bool forward, std::complex<float> * data)
{
  using ferro_eigen::FourierDirection;
  const ferro_eigen::FourierBatch batch(length, count, distance,
                                        forward ? FourierDirection::Forward : FourierDirection::Inverse);
  batch.Execute(data);
}

std::string
GetEigenBackend()
{
  return ferro_eigen::GetFourierBackend();
}
