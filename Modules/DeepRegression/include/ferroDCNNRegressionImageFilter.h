#ifndef ferroDCNNRegressionImageFilter_h
#define ferroDCNNRegressionImageFilter_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroImageGeometry.h"
#include "ferroModelFrame.h"
#include "ferroNetworkModel.h"
#include "itkImageToImageFilter.h"
#include "itkVectorImage.h"

#include <memory>
#include <vector>

namespace ferro
{
/** \class DCNNRegressionImageFilter
 * \brief What a network says about an image, on a grid of places: image in, vector image out, no atom is looked for.
 *
 * The image is brought to the scale of the network, evaluated densely in tiles, and the values are brought back: the
 * components of a pixel are the targets (pm, nm, nm^2 or degrees; px where not calibrated), their standard errors (0
 * where the network does not know them), and the novelty: 1 is as unusual as one training sample in two hundred, NaN
 * where the network does not know it; last the two that novelty is the larger one of, of features and of power spectra.
 * Places whose window leaves the image, which happens where the frame of the network is turned against the image, are
 * NaN throughout.
 *
 * The output's spacing, origin and direction say where each pixel lies in the image. Requested regions are honoured:
 * only the part of the input that the requested pixels need is asked for, so that an image may be streamed, provided
 * that mean and standard deviation of the whole image are given (SetStatistics); without them the whole input is asked
 * for. The values do not depend on the region that they were computed in, up to rounding.
 */
class FerroscopeDeepRegression_EXPORT DCNNRegressionImageFilter
  : public itk::ImageToImageFilter<MicrographType, itk::VectorImage<float, 2>>
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(DCNNRegressionImageFilter);
  using Self = DCNNRegressionImageFilter;
  using OutputType = itk::VectorImage<float, 2>;
  using Superclass = itk::ImageToImageFilter<MicrographType, OutputType>;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(DCNNRegressionImageFilter, ImageToImageFilter);

  /** The network; needed. */
  void
  SetModel(std::shared_ptr<const NetworkModel> model)
  {
    m_Model = std::move(model);
    this->Modified();
  }
  /** Translations of the image's lattice as columns, pixels; needed by networks with ModelScale::Lattice. */
  void
  SetTranslations(const Eigen::Matrix2d & translations)
  {
    m_Translations = translations;
    this->Modified();
  }
  /** Pixels of the network between places of the output: a multiple or a divisor of its own stride. Default 0: that. */
  itkSetMacro(Stride, long);
  itkGetConstMacro(Stride, long);
  /** Whether novelty is computed. Default on. */
  itkSetMacro(ComputeNovelty, bool);
  itkGetConstMacro(ComputeNovelty, bool);
  itkBooleanMacro(ComputeNovelty);
  /** Mean and standard deviation of the whole image; without them they are computed, from the whole image. */
  void SetStatistics(double mean, double deviation);
  /** What the features of an image are like on the whole: the median of each over windows that are spread over it, or
   * over a part of it. Valid after UpdateOutputInformation(); empty where the network does not use it. */
  std::vector<float> FindReference(const MicrographType & image) const;
  /** Places are novel as well where their features differ from these more than is usual within an image. Where
   * statistics are not given, this is found from the whole image; where they are, nothing is compared without it. */
  void
  SetReference(std::vector<float> reference)
  {
    m_Reference = std::move(reference);
    this->Modified();
  }
  /** Throws AnalysisError for the statistics of a constant image, and where most pixels are not finite. */
  static void CheckStatistics(const PixelStatistics & statistics);

  /** Columns of the tables that the components are for: targets, sigma_TARGET, novelty, novelty_features,
   * novelty_spectra. */
  std::vector<std::string> GetComponentNames() const;
  /** Where the network's pixels lie in the input. Valid after UpdateOutputInformation(). */
  const ModelFrame &
  GetFrame() const
  {
    return m_Frame;
  }
  /** Place of an output pixel in the input, continuous pixel index. Valid after UpdateOutputInformation(). */
  Eigen::Vector2d GetPlace(long column, long row) const;

  /** Values (as the components of an output pixel) of windows whose centres lie exactly at places of an image, for
   * example at columns that were found.
   * \param image whole input \param places continuous pixel indices
   * \return for each place the components; NaN where the window leaves the image */
  std::vector<float> EvaluateAt(const MicrographType & image, const std::vector<Eigen::Vector2d> & places) const;

protected:
  DCNNRegressionImageFilter();
  ~DCNNRegressionImageFilter() override = default;
  void VerifyPreconditions() const override;
  void GenerateOutputInformation() override;
  void GenerateInputRequestedRegion() override;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  long GetStep() const;
  PixelStatistics FindStatistics(const MicrographType & image) const;
  /** Turns what the network says at a node into the components of an output pixel; noise is that of FindNoise, bends
   * are those of FindBends. */
  void Convert(const RegressionPlane & plane, std::size_t node, double noise, const std::vector<double> & bends,
               float * components) const;
  /** Noise of the windows of a part of the image, for the calibration of predicted variances; else empty. */
  std::vector<double> FindNoise(const std::vector<float> & pixels, long width, long height) const;
  /** Nodes between those whose values tell how much the predicted field bends; 0 where nobody needs to know. */
  long GetReach(long step) const;
  /** How much the field of each target bends at a node, as far as the windows one cell away lie in the image.
   * \param inside of each node, whether its window does */
  std::vector<double> FindBends(const RegressionPlane & plane, long node, long reach,
                                const std::vector<char> & inside) const;
  void EvaluateBlock(const MicrographType & input, const PixelStatistics & statistics,
                     const std::vector<float> & reference, const OutputType::RegionType & block);
  /** What was set, or what is found where the whole image is there. */
  std::vector<float> GetReference(const MicrographType & image) const;

  std::shared_ptr<const NetworkModel> m_Model;
  Eigen::Matrix2d m_Translations = Eigen::Matrix2d::Zero();
  long m_Stride = 0;
  bool m_ComputeNovelty = true;
  bool m_HasStatistics = false;
  std::vector<float> m_Reference;
  double m_Mean = 0.0;
  double m_Deviation = 1.0;
  ModelFrame m_Frame;
  ImageGeometry m_Geometry;
};
} // namespace ferro

#endif
