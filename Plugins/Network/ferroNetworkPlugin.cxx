#include "ferroNetworkCommands.h"
#include "ferroPlugin.h"

FERROSCOPE_PLUGIN(ferro::ExtractCommand, ferro::TrainCommand, ferro::PredictCommand);
