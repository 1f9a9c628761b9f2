#ifndef ferroMapDeclaration_h
#define ferroMapDeclaration_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroPolarizationFilter.h"

namespace ferro
{
CommandDeclaration DeclareMap();

/** Hands the parameters of the map to the filter. Throws UsageError for a region or material that makes no sense. */
void ConfigurePolarization(const CommandContext & context, PolarizationFilter & filter);
} // namespace ferro

#endif
