#ifndef ferroDenseNovelty_h
#define ferroDenseNovelty_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroDenseKernels.h"
#include "ferroTensorFile.h"

#include <map>
#include <string>
#include <vector>

namespace ferro
{
/** \class DenseScore
 * \brief MahalanobisScore without LibTorch: |(x - mean) W| / scale.
 */
class FerroscopeDeepRegression_EXPORT DenseScore
{
public:
  /** Takes what MahalanobisScore saved; IsFitted() is false where there is nothing. */
  DenseScore(const std::string & prefix, const std::map<std::string, TensorFile::Tensor> & tensors,
             const DenseKernels & kernels);

  bool
  IsFitted() const
  {
    return m_Size > 0;
  }
  /** Numbers of a sample. */
  long
  GetSize() const
  {
    return m_Size;
  }
  /** Distance of samples in memory: GetSize() filled up with anything finite. */
  long
  GetPitch() const
  {
    return m_Pitch;
  }
  /** \param samples count samples, changed \param space for values between \param scores count results */
  void Score(float * samples, long count, std::vector<float> & space, float * scores) const;

private:
  const DenseKernels & m_Kernels;
  long m_Size = 0;
  long m_Pitch = 0;
  std::vector<float> m_Mean;
  std::vector<float> m_Whitening; // pitch x pitch
  std::vector<long> m_Depths;     // rows of each 32 columns that are not zero: it is a triangle
  float m_Scale = 1.0f;
};

/** Samples that a call of DenseScore::Score needs memory for: whole groups of rows of a product. */
FerroscopeDeepRegression_EXPORT long FillUpSamples(long count);

/** Numbers that describe the spectrum of a window. \param windowPx edge of it \param pooling average pooling before */
FerroscopeDeepRegression_EXPORT long GetSpectrumSize(long windowPx, long pooling);

/** \class DenseSpectra
 * \brief DescribeSpectra without LibTorch: the logarithm of the power of windows at low frequencies.
 */
class FerroscopeDeepRegression_EXPORT DenseSpectra
{
public:
  /** \param windowPx edge of the windows \param pooling average pooling before */
  DenseSpectra(long windowPx, long pooling, const DenseKernels & kernels);
  /** Numbers for each window. */
  long GetSize() const;
  /** \param pixels first pixel of a window \param pitch distance of rows \param space for values between
   * \param out GetSize() numbers */
  void Describe(const float * pixels, long pitch, std::vector<float> & space, float * out) const;

private:
  const DenseKernels & m_Kernels;
  long m_Pooling;
  long m_Edge;
  long m_Highest;
  std::vector<float> m_Hann;
  std::vector<float> m_Rows;    // edge x 32 or more: Hann times cos, -sin of each frequency
  std::vector<float> m_Columns; // frequencies (cos, then sin) x edge, with Hann
  long m_RowPitch = 0;
};
} // namespace ferro

#endif
