#ifndef ferroCropSamples_h
#define ferroCropSamples_h

#include "ferroTrainingSamples.h"

namespace ferro
{
/** \class CropSamples
 * \brief Crops of the training parts of images, with a target at every node of the network's output.
 */
class CropSamples : public TrainingSamples
{
public:
  CropSamples(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
              const TrainingOptions & options);
  long GetEdge() const override;
  long GetNodes() const override;
  TrainingSample Draw(long step, long place, bool augment) override;
  long CountValidation() const override;
  TrainingSample GetValidation(long index) override;
  TrainingSample GetCalibration(long index) override;
  long GetValidationImage(long index) const override;
  double GetValidationScale(long index) const override;
  double GetValidationMagnification(long index) const override;
  double GetLabelVariance() const override;

private:
  /** Part of an image: where crops may lie, and the range of their centres in pixels of the model. */
  struct Region
  {
    std::size_t image = 0;
    Eigen::Vector2d low = Eigen::Vector2d::Zero(); ///< rectangle of the image
    Eigen::Vector2d high = Eigen::Vector2d::Zero();
    Eigen::Vector2d centerLow = Eigen::Vector2d::Zero();
    Eigen::Vector2d centerHigh = Eigen::Vector2d::Zero();
  };
  struct Place
  {
    std::size_t image = 0;
    Eigen::Vector2d center = Eigen::Vector2d::Zero();
  };
  bool Holds(const Region & region, const Eigen::Vector2d & center, double edge) const;
  void AddRegion(const LabelledImage & image, std::size_t index, bool validation, double from, double to);
  void PlaceValidation(const Region & region);
  TrainingSample Cut(const Place & place, int symmetry, double scale, const std::vector<double> & jitter,
                     bool centered) const;

  const RegressionDataSet & m_Data;
  NetworkArchitecture m_Architecture;
  bool m_Centered;
  TrainingOptions m_Options;
  long m_Nodes;
  std::vector<Region> m_Regions;
  std::vector<double> m_Areas; ///< summed up
  std::vector<Place> m_Validation;
};
} // namespace ferro

#endif
