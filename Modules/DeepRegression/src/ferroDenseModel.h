#ifndef ferroDenseModel_h
#define ferroDenseModel_h

#include "ferroDenseNetwork.h"
#include "ferroDenseNovelty.h"
#include "ferroNetworkModel.h"

#include <map>
#include <string>

namespace ferro
{
/** \class DenseModel
 * \brief What a network says about an image, with novelty, computed without LibTorch.
 */
class FerroscopeDeepRegression_EXPORT DenseModel
{
public:
  /** Whether networks of this shape can be run. */
  static bool
  CanRun(const ModelDescription & description)
  {
    return DenseNetwork::CanRun(description.architecture);
  }
  /** \param tensors as in the file of the network \param kernels for which processor. Throws InputError. */
  DenseModel(const ModelDescription & description, const std::map<std::string, TensorFile::Tensor> & tensors,
             const DenseKernels & kernels = *GetDenseKernels().front());

  /** Fills a plane in.
   * \param pixels row by row \param width,height at least the window
   * \param plane its grid is set; featureNovelty and spectrumNovelty are computed where they have room
   * \param tilePx largest edge of the tiles that are computed at a time */
  void Evaluate(const float * pixels, long width, long height, long tilePx, RegressionPlane & plane) const;
  /** Features of a window that novelty looks at. \param out GetFeatures() numbers */
  void DescribeWindow(const float * pixels, float * out) const;
  long
  GetFeatures() const
  {
    return m_FeatureScore.GetSize();
  }
  bool
  HasFeatureNovelty() const
  {
    return m_FeatureScore.IsFitted();
  }
  bool
  HasSpectrumNovelty() const
  {
    return m_SpectrumScore.IsFitted();
  }
  /** Numbers for each node of a plane: targets, and what the network predicts besides. */
  long
  GetOutputs() const
  {
    return m_Network.GetOutputs();
  }

private:
  struct Tile;
  void EvaluateTile(const Tile & tile, const float * pixels, long width, DenseNetwork::Result & result,
                    RegressionPlane & plane) const;
  void ScoreFeatures(const Tile & tile, const DenseNetwork::Result & result, RegressionPlane & plane) const;
  void ScoreSpectra(const float * pixels, long width, RegressionPlane & plane) const;

  ModelDescription m_Description;
  const DenseKernels & m_Kernels;
  DenseNetwork m_Network;
  DenseScore m_FeatureScore;
  DenseScore m_SpectrumScore;
  DenseScore m_WithinScore;
  long m_NoveltyEdge = 1;
};

/** Edge of the middle of the features that their novelty looks at, nodes: about one cell. */
FerroscopeDeepRegression_EXPORT long GetNoveltyEdge(const ModelDescription & description);
} // namespace ferro

#endif
