#ifndef ferroDefects_h
#define ferroDefects_h

#include "ferroAtomColumnSet.h"

#include <Eigen/Core>

#include <array>
#include <vector>

namespace ferro
{
/** \class ColumnDefect
 * \brief A column, or a place without one, that the noise does not explain.
 */
struct ColumnDefect
{
  enum class Kind
  {
    Vacancy,  ///< no column where the neighbours demand one
    Faint,    ///< a column that is too weak for its neighbours
    Displaced ///< a column that is too far from the place that its neighbours predict
  };
  Kind kind = Kind::Vacancy;
  Sublattice sublattice = Sublattice::Unknown;
  int i = 0;
  int j = 0;
  Eigen::Vector2d position = Eigen::Vector2d::Zero(); ///< pixels
  /** Standard deviations: of the missing or too small height, or sqrt of the squared Mahalanobis distance. */
  double significance = 0.0;
};

/** \class DefectStatistics
 * \brief Defects found in one image, and how many of them noise would make.
 */
struct DefectStatistics
{
  /** What was tested on one sublattice. */
  struct Test
  {
    long tested = 0;
    long found = 0;
    double expected = 0.0; ///< false alarms, from the probability for one column
    /** Scatter that the sublattice shows over the error of the columns; the errors are scaled by it. */
    double scatterOverError = 1.0;
  };
  double falseAlarmProbability = 0.0; ///< for one column and one test
  std::array<Test, 2> positions;      ///< of A, of B
  std::array<Test, 2> heights;
  std::array<long, 2> vacancies{{0, 0}};
  std::vector<ColumnDefect> defects; ///< vacancies, faint ones, displaced ones; each from top to bottom
};
} // namespace ferro

#endif
