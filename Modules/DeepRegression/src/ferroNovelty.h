#ifndef ferroNovelty_h
#define ferroNovelty_h

#include "ferroDenseNovelty.h"
#include "ferroTensorFile.h"

#include <torch/types.h>

#include <map>
#include <string>

namespace ferro
{
/** \class MahalanobisScore
 * \brief How far a vector of numbers lies from those of the training data, counted in their own spread.
 *
 * d = |W (x - mean)| with W W^T the inverse of the covariance, which is shrunk towards a multiple of unity by 2 % so
 * that directions without spread do not dominate. Divided by the 99.5th percentile of the training data: 1 is as far as
 * one training sample in two hundred.
 */
class MahalanobisScore
{
public:
  bool
  IsFitted() const
  {
    return m_Mean.defined();
  }
  /** \param samples N x D, N at least 4 */
  void Fit(const torch::Tensor & samples);
  /** \return N scores \param samples N x D */
  torch::Tensor Score(const torch::Tensor & samples) const;
  void To(const torch::Device & device);
  void Save(const std::string & prefix, std::map<std::string, TensorFile::Tensor> & tensors) const;
  /** Takes what Save stored, if it is there; throws InputError when the shapes do not fit. */
  void Load(const std::string & prefix, const std::map<std::string, TensorFile::Tensor> & tensors, long size);

private:
  torch::Tensor m_Mean;      // D
  torch::Tensor m_Whitening; // D x D
  double m_Scale = 1.0;
};

/** Logarithm of the power at the low frequencies of windows, which no translation changes much. The windows are pooled
 * and weighted by a Hann window first. \param windows N x edge x edge, normalized \param pooling average pooling before
 * \return N x GetSpectrumSize(edge, pooling) */
torch::Tensor DescribeSpectra(const torch::Tensor & windows, long pooling);

/** Largest value of every channel in the middle of each node's patch of features.
 * \param features 1 x C x (rows + head - 1) x (columns + head - 1) \param head edge of the head
 * \param edge of the part in the middle, at most head \return (rows * columns) x C */
torch::Tensor DescribeFeatures(const torch::Tensor & features, long head, long edge);
} // namespace ferro

#endif
