#ifndef ferroTrainingSamples_h
#define ferroTrainingSamples_h

#include "ferroArrayFile.h"
#include "ferroNetworkTrainer.h"
#include "ferroRandomNumbers.h"
#include "ferroRegressionDataSet.h"

#include <memory>
#include <vector>

namespace ferro
{
/** Pixels of one training example and the targets at its nodes (NaN where there is none), in training units. */
struct TrainingSample
{
  std::vector<float> pixels;  ///< edge x edge
  std::vector<float> targets; ///< targets x nodes x nodes
};

/** \class TrainingSamples
 * \brief Where examples come from: crops of images, or windows of a file.
 *
 * An example depends on seed, step and its place in the batch only, so that a training that was interrupted goes on as
 * if it had not been.
 */
class TrainingSamples
{
public:
  virtual ~TrainingSamples() = default;
  virtual long GetEdge() const = 0;  ///< pixels
  virtual long GetNodes() const = 0; ///< along an edge
  /** \param step,place which example \param augment whether to change it at random */
  virtual TrainingSample Draw(long step, long place, bool augment) = 0;
  /** Number of examples for validation, and one of them (never augmented). */
  virtual long CountValidation() const = 0;
  virtual TrainingSample GetValidation(long index) = 0;
  /** The same with targets only where a label is, not between them. */
  virtual TrainingSample
  GetCalibration(long index)
  {
    return this->GetValidation(index);
  }
  /** Number of the image that a validation example is from. */
  virtual long GetValidationImage(long index) const = 0;
  /** pm per pixel of the model of a validation example; 0 where not calibrated. */
  virtual double GetValidationScale(long index) const = 0;
  /** Pixels of the image along a pixel of the model of a validation example. */
  virtual double GetValidationMagnification(long index) const = 0;
  /** Mean square of the errors that the labels state for px and py, pixels of the model squared; 0: none stated. */
  virtual double GetLabelVariance() const = 0;
};

/** Examples of the options: from images, or from windows of a file. Throws AnalysisError when there is none. */
std::unique_ptr<TrainingSamples> MakeTrainingSamples(const RegressionDataSet & data,
                                                     const NetworkArchitecture & architecture, bool centered,
                                                     const TrainingOptions & options,
                                                     const std::filesystem::path & windows);

/** Gain, offset, blur and noise of an example. */
void ChangeIntensities(const Augmentation & augmentation, long edge, RandomNumbers & random,
                       std::vector<float> & pixels);
} // namespace ferro

#endif
