#ifndef ferroVortexSearch_h
#define ferroVortexSearch_h

#include "ferroCellField.h"
#include "ferroFieldTopology.h"

namespace ferro
{
/** Finds the vortices of a field and sets vortices, ringsTested, significanceNeeded and expectedFalseVortices. */
void FindVortices(const CellField & field, double falseAlarms, FieldTopology::Values & topology);
} // namespace ferro

#endif
