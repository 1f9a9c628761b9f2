#ifndef ferroDomainStatistics_h
#define ferroDomainStatistics_h

#include "ferroCellField.h"
#include "ferroDomainLabelling.h"
#include "ferroDomainMap.h"

namespace ferro
{
/** Means, areas and walls of labelled domains. */
DomainMap::Values MeasureDomains(const CellField & field, const DomainLabels & labels);
} // namespace ferro

#endif
