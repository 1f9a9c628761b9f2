#ifndef ferroDomainLabelling_h
#define ferroDomainLabelling_h

#include "ferroCellField.h"

#include <Eigen/Core>

#include <vector>

namespace ferro
{
/** What the directions of a field are made of, and which cell belongs to which. */
struct DomainLabels
{
  struct Variant
  {
    Eigen::Vector2d mean;
    double spread; ///< standard deviation per axis beyond the errors
  };
  std::vector<Variant> variants;  ///< by direction, counter-clockwise on the screen from the right
  std::vector<int> variant;       ///< of each cell; -1: not polar
  std::vector<int> domain;        ///< of each cell, from 1; 0: not polar
  std::vector<int> domainVariant; ///< of each domain
  std::vector<double> doubt;      ///< of each cell: probability that it belongs elsewhere
};

/** Finds variants and labels the cells.
 * \param field the cells
 * \param threshold length of a mean below which a variant is not polar, pm (px)
 * \param minimumCells of a domain */
DomainLabels LabelDomains(const CellField & field, double threshold, int minimumCells);
} // namespace ferro

#endif
