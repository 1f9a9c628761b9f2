#ifndef ferroNetworkTrainer_h
#define ferroNetworkTrainer_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroNetworkModel.h"
#include "ferroRegressionDataSet.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** Random changes of the training windows; each is drawn evenly from its range for every crop or window. */
struct Augmentation
{
  bool symmetries = true; ///< the eight symmetries of the square, with the targets turned along
  double gain = 0.05;     ///< pixels are multiplied by 1 +- this
  double offset = 0.3;    ///< added, standard deviations of the image
  double noise = 0.0;     ///< largest standard deviation of added Gaussian noise, standard deviations of the image
  double blurPx = 0.0;    ///< largest standard deviation of a Gaussian blur
  double jitterPx = 0.0;  ///< largest standard deviation of the shift of each line
  double scale = 0.0;     ///< lengths are multiplied by 1 +- this
};

/** \class TrainingOptions
 * \brief How a network is trained. The same options, data and number of threads give the same network.
 */
struct FerroscopeDeepRegression_EXPORT TrainingOptions
{
  bool crops = true;           ///< fully convolutional on crops of the images; else on single windows of the data file
  long steps = 300;            ///< steps of the optimizer; 0: only the errors and the novelty of `start` are measured
  long cropPx = 144;           ///< edge of the crops
  long batch = 2;              ///< crops or windows per step
  bool huber = false;          ///< Huber loss instead of the mean square
  double huberDelta = 1.0;     ///< where it becomes linear, standard deviations of the target
  bool decoupledDecay = false; ///< AdamW instead of Adam
  double weightDecay = 0.0;
  double learningRate = 1e-3; ///< the largest one
  bool oneCycle = true;       ///< rises and falls over the training; else constant
  double freezeAt = 0.6;      ///< share of the steps after which batch normalization keeps its statistics
  double validation = 0.15;   ///< share of the training region that is kept for validation; 0: none
  long validationImages = 0;  ///< crops only: instead, so many images at the end of the data set are kept
  long validateEvery = 25;    ///< steps between validations
  long patience = 0;          ///< validations without a better one after which training stops; 0: never
  Augmentation augmentation;
  unsigned long seed = 0;
  int threads = 1; ///< for the record; SetTorchThreads sets them
  std::string device = "cpu";
  std::filesystem::path start;      ///< network whose weights are taken to begin with; empty: random ones
  std::filesystem::path checkpoint; ///< where the state is kept; empty: nowhere
  bool resume = false;              ///< go on from the checkpoint, if it is there
  long worldSize = 1;               ///< number of processes that share the work
  long rank = 0;                    ///< which of them this is
  std::string master;               ///< host:port of process 0

  /** Throws UsageError. */
  void Check() const;
  nlohmann::json ToJson() const;
};

/** One point of the learning curve. */
struct TrainingPoint
{
  long step = 0;
  double learningRate = 0.0;
  double trainLoss = 0.0; ///< mean since the last point
  double validationLoss = std::numeric_limits<double>::quiet_NaN();
  /** Root mean square error of px and py in validation, pm (pixels of the model without calibration). */
  double validationRmse = std::numeric_limits<double>::quiet_NaN();
};

/** \class NetworkTrainer
 * \brief Trains a network on a data set.
 */
class FerroscopeDeepRegression_EXPORT NetworkTrainer
{
public:
  /** \param data images and labels, finished \param architecture of the network \param centered C instead of NC
   * \param options how \param windows file of the data set, for training on its windows; not used with crops */
  NetworkTrainer(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
                 const TrainingOptions & options, const std::filesystem::path & windows = {});
  ~NetworkTrainer();

  /** Called after every step with the point so far (validation as of the last one); may throw to cancel. */
  using Progress = std::function<void(const TrainingPoint & point)>;
  /** Trains and returns the best network in validation, with sigma and novelty. Throws AnalysisError when nothing can
   * be learned or the training diverges, OutputError when the checkpoint cannot be written. */
  std::shared_ptr<NetworkModel> Run(const Progress & progress);

  const std::vector<TrainingPoint> & GetHistory() const;
  /** Step that the returned network comes from. */
  long GetBestStep() const;
  /** Unit of validationRmse: "pm" or "px". */
  std::string GetErrorUnit() const;
  /** Steps that will be taken. */
  long GetSteps() const;

private:
  struct Training;
  std::unique_ptr<Training> m_Run;
};
} // namespace ferro

#endif
