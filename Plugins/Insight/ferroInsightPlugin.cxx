#include "ferroInsightCommands.h"
#include "ferroPlugin.h"

FERROSCOPE_PLUGIN(ferro::FeatureMapsCommand, ferro::VisualizeFiltersCommand);
