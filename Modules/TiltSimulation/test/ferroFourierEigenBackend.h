#ifndef ferroFourierEigenBackend_h
#define ferroFourierEigenBackend_h

#include <complex>
#include <string>

/** Transforms by the backend that needs no FFTW, whichever one the library was built with; as ferro::FourierBatch. */
void TransformByEigen(int length, int count, int distance, bool forward, std::complex<float> * data);
/** What that backend calls itself. */
std::string GetEigenBackend();

#endif
