#ifndef ferroNetworkCommands_h
#define ferroNetworkCommands_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroNetworkArchitecture.h"
#include "ferroNetworkTrainer.h"

namespace ferro
{
/** \class ExtractCommand
 * \brief Images with labels become a data set for training.
 */
class ExtractCommand : public Command
{
public:
  CommandDeclaration Declare() const override;
  void Run(CommandContext & context) override;
};

/** \class TrainCommand
 * \brief A data set becomes a network.
 */
class TrainCommand : public Command
{
public:
  CommandDeclaration Declare() const override;
  void Run(CommandContext & context) override;
};

/** \class PredictCommand
 * \brief A network and an image become maps.
 */
class PredictCommand : public Command
{
public:
  CommandDeclaration Declare() const override;
  void Run(CommandContext & context) override;
};

/** The network that the parameters of 'train' describe. Throws UsageError. */
NetworkArchitecture GetArchitecture(const CommandContext & context);
/** How it is to be trained; the device, the threads and the processes, too. Throws UsageError. */
TrainingOptions GetTrainingOptions(const CommandContext & context, const NetworkArchitecture & architecture);
} // namespace ferro

#endif
