#ifndef ferroInsightCommands_h
#define ferroInsightCommands_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"

namespace ferro
{
/** \class FeatureMapsCommand
 * \brief What the filters of a network say about an image.
 */
class FeatureMapsCommand : public Command
{
public:
  CommandDeclaration Declare() const override;
  void Run(CommandContext & context) override;
};

/** \class VisualizeFiltersCommand
 * \brief Images that the filters of a network answer most.
 */
class VisualizeFiltersCommand : public Command
{
public:
  CommandDeclaration Declare() const override;
  void Run(CommandContext & context) override;
};
} // namespace ferro

#endif
