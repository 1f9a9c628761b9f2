#ifndef ferroTrainingState_h
#define ferroTrainingState_h

#include "ferroNetwork.h"
#include "ferroNetworkTrainer.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ferro
{
/** \class Adam
 * \brief The optimizer of D. P. Kingma and J. Ba (arXiv:1412.6980); with decoupled decay that of I. Loshchilov and
 * F. Hutter (arXiv:1711.05101).
 *
 * Our own, because its state has to go into a checkpoint and back without the last bit changing, with any LibTorch.
 */
class Adam
{
public:
  Adam(std::map<std::string, torch::Tensor> parameters, double weightDecay, bool decoupled);
  void Step(double learningRate);
  void ZeroGradients();
  std::vector<torch::Tensor> GetGradients() const;
  void Save(std::map<std::string, TensorFile::Tensor> & tensors) const;
  /** Takes back what Save stored, after that many steps; throws InputError. */
  void Load(const std::map<std::string, TensorFile::Tensor> & tensors, long steps);

private:
  struct Entry
  {
    torch::Tensor parameter;
    torch::Tensor first;
    torch::Tensor second;
  };
  std::map<std::string, Entry> m_Entries;
  double m_WeightDecay;
  bool m_Decoupled;
  long m_Steps = 0;
};

/** \class TrainingState
 * \brief Where a training stands, apart from network and optimizer.
 */
struct TrainingState
{
  long step = 0;        ///< steps done
  double lossSum = 0.0; ///< since the last point of the curve
  long lossCount = 0;
  double bestLoss = std::numeric_limits<double>::infinity();
  long bestStep = 0;
  long worse = 0; ///< validations since the best one
  bool stopped = false;
  std::vector<TrainingPoint> history;
  std::map<std::string, TensorFile::Tensor> best; ///< state of the best network
};

/** Writes everything beside the file and renames it. \param fingerprint of options and data. Throws OutputError. */
void SaveCheckpoint(const std::filesystem::path & file, const std::string & fingerprint, const TrainingState & state,
                    const Network & network, const Adam & optimizer);
/** Takes it back; throws InputError when the file is damaged and UsageError when it belongs to another training. */
void LoadCheckpoint(const std::filesystem::path & file, const std::string & fingerprint, TrainingState & state,
                    Network & network, Adam & optimizer);
} // namespace ferro

#endif
