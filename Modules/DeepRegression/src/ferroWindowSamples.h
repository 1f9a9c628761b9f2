#ifndef ferroWindowSamples_h
#define ferroWindowSamples_h

#include "ferroTrainingSamples.h"

namespace ferro
{
/** \class WindowSamples
 * \brief Windows of a data file, read one by one: the file may be larger than the memory.
 */
class WindowSamples : public TrainingSamples
{
public:
  WindowSamples(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
                const TrainingOptions & options, const std::filesystem::path & file);
  long GetEdge() const override;
  long GetNodes() const override;
  TrainingSample Draw(long step, long place, bool augment) override;
  long CountValidation() const override;
  TrainingSample GetValidation(long index) override;
  long GetValidationImage(long index) const override;
  double GetValidationScale(long index) const override;
  double GetValidationMagnification(long index) const override;
  double GetLabelVariance() const override;

private:
  void Split(double validation);
  TrainingSample Read(long window) const;
  double GetLabelShare() const;

  const RegressionDataSet & m_Data;
  bool m_Centered;
  TrainingOptions m_Options;
  ArrayFileReader m_Reader;
  long m_Window;
  std::vector<long> m_Train;
  std::vector<long> m_Validation;
  std::vector<long> m_Order; ///< the windows in the order of the present epoch
  long m_Epoch = -1;
};
} // namespace ferro

#endif
