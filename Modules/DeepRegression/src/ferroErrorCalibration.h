#ifndef ferroErrorCalibration_h
#define ferroErrorCalibration_h

#include "ferroTorchTraining.h"

namespace ferro
{
/** \class ErrorCalibration
 * \brief Standard errors of a trained network from its validation examples, whose labels have errors of their own.
 *
 * Formulas: Documentation/Theory.md, section 9.
 */
class ErrorCalibration
{
public:
  /** \param training whose network is measured, in the state that will be kept */
  explicit ErrorCalibration(TorchTraining & training);

  /** One for each target; squares in training units. Both components of a vector have the same. */
  struct Result
  {
    double meanSquare = 0.0; ///< of prediction minus label
    double variance = 0.0;   ///< of prediction minus truth
  };
  /** Empty where a target has no label in validation. */
  std::vector<Result> Run();

private:
  /** Sums over labels of one target. */
  struct Sums
  {
    double squares = 0.0; ///< of the residuals
    double count = 0.0;
    double products = 0.0; ///< of the residuals of different labels of one example
    double pairs = 0.0;
    double noise = 0.0;  ///< squares of what noise of the pixels does to the prediction
    double shared = 0.0; ///< products of that and what the same noise does to the label
    double noisy = 0.0;  ///< number of these
  };
  void AddResiduals(const torch::Tensor & output, const torch::Tensor & targets);
  torch::Tensor CutWindow(std::size_t image, std::size_t label) const;
  void AddNoise(const torch::Tensor & windows, const torch::Tensor & mean);
  void MeasureResiduals();
  void MeasureNoise();
  void PoolVectors();
  double FindVariance(const Sums & sums, double label) const;

  TorchTraining & m_Training;
  std::vector<Sums> m_Sums;
};
} // namespace ferro

#endif
