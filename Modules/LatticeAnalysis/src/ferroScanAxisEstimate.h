#ifndef ferroScanAxisEstimate_h
#define ferroScanAxisEstimate_h

#include "ferroAtomColumnSet.h"
#include "ferroScanLineSolver.h"

#include <array>
#include <utility>
#include <vector>

namespace ferro
{
/** The middle one of some values; 0 where there are none. */
double MedianOf(std::vector<double> values);

/** \class ScanAxisEstimate
 * \brief Shifts of the scan lines along one axis of the image, while they are estimated (EstimateScanLines).
 */
class ScanAxisEstimate
{
public:
  /** What becomes of variance and memory of the shifts: they stay, or are the most probable ones, or besides the
   * variance is the mean of all that are probable. */
  enum class Search
  {
    None,
    Peak,
    Mean
  };

  /** \param members A columns, then B columns
   * \param countA how many are A
   * \param weightSigmas of A and of B */
  ScanAxisEstimate(ScanLines::AxisName axis, const AtomColumnSet & columns, const std::vector<std::size_t> & members,
                   std::size_t countA, const std::array<double, 2> & weightSigmas, double cell);

  /** \param rest what the smooth lattice leaves of each member's deviation, but for functions of the line
   * \param search how variance and memory of the shifts are sought */
  void Update(const std::vector<double> & rest, Search search);
  /** The shifts and what they leave; variance must not be 0. Sets coverage. */
  ScanLines::Axis MakeAxis();
  /** Shifts of the lines as B columns see them. */
  std::vector<double>
  MakeDisplacementOfB() const
  {
    return m_Solver.MakeDisplacementOfOthers();
  }
  /** What is known of the shifts without taking them off. */
  ScanLines::Axis
  MakePrior() const
  {
    return m_Solver.MakePrior();
  }
  /** Whether a member's position told the shifts. */
  bool
  IsWitness(std::size_t n) const
  {
    return n < m_CountA && m_Trusted[n] && !m_Odd[n];
  }
  /** Of the position of an A column by shifts of the lines, pixel^2; 0 where none are believed. */
  double
  GetVariance() const
  {
    return m_Variance;
  }
  /** The same that may be there where none are believed, pixel^2: the mean over what the columns permit. */
  double
  GetUnseen() const
  {
    return m_Variance > 0.0 ? 0.0 : m_Unseen;
  }
  /** By how much the last round changed the shifts: RMS, in standard deviations of the fits. */
  double
  GetChange() const
  {
    return m_Change;
  }
  /** Shift of each member, pixels. */
  const std::vector<double> &
  GetShifts() const
  {
    return m_Shifts;
  }

  double excess = 0.0;   ///< what members on the same lines have in common, squared, over what chance gives
  double needed = 0.0;   ///< from which excess on shifts are believed
  double coverage = 0.0; ///< share of the variance that can be taken off, over all lines
  long groups = 0;       ///< of lines that were compared
  long distrusted = 0;   ///< A columns on lines that stand out too far for jitter

private:
  static constexpr double CellsPerKnot = 3.0;

  /** Hands the members that can be trusted to the solver. */
  void Observe(const std::vector<double> & rest, bool alsoB);

  /** Marks columns that deviate from the others on their lines, beyond the shifts of these as they stand: at walls and
   * defects, where the lattice is not smooth. */
  void FindOddOnes(const std::vector<double> & rest, std::size_t first, std::size_t end);
  /** Members in the order of their lines. */
  std::vector<std::size_t> ByLine(std::size_t first, std::size_t end) const;

  /** The variance of single columns beyond their fits, from neighbours in the order of lines: they share the shifts. */
  double FindOwnVariance(const std::vector<double> & rest, std::size_t first, std::size_t end) const;

  /** Whether columns on the same lines deviate in common: means of groups of lines against the errors of these means.
   */
  void TestForShifts(const std::vector<double> & rest);
  /** Standard deviation of the excess by chance, relative. */
  double ScatterOfExcess() const;
  /** The columns of neighbouring lines. */
  struct Group
  {
    double information = 0.0;
    double sum = 0.0;          ///< of deviations times their information
    long first = 0;            ///< line
    std::vector<double> lines; ///< information by line

    double
    Mean() const
    {
      return sum / information;
    }
  };
  /** Variance of the mean of a group against those of the groups before and after by shifts of lines, where that of a
   * column is 1. */
  double ShareOfShifts(const Group & before, const Group & group, const Group & after) const;
  /** Which variance by shifts of lines is to be expected, given the excess.
   * \param gain what a variance of 1 adds to the excess */
  double ExpectUnseen(double gain) const;

  /** The variance and the memory of the lines that make the columns most probable. */
  void FindVariance();
  /** The largest likelihood for one memory, and the variance there.
   * \param memory in t
   * \param start variance in the middle of the search
   * \param reach of the search to both sides, of the logarithm */
  std::pair<double, double> FindPeak(double memory, double start, double reach);
  /** Mean of the variances, weighted by the likelihood: with few lines the largest likelihood falls short of it. */
  double MeanVariance();

  /** Leaves columns alone on lines whose shift stands out from that of the others. Whether that changed anything. */
  bool Distrust();

  ScanLines::AxisName m_Axis;
  long m_Height;
  double m_WeightSigma;
  ScanLineSolver m_Solver;
  ScanLines m_Prior;
  std::vector<double> m_Correlations; ///< of columns k lines apart
  std::vector<double> m_Lines;
  std::vector<double> m_Fit;
  std::size_t m_CountA;
  std::vector<double> m_Shifts;
  std::vector<bool> m_Trusted;
  std::vector<bool> m_Odd;
  double m_Variance = 0.0;
  double m_Memory = 0.0; ///< in t
  bool m_Searched = false;
  double m_Change = 0.0;
  double m_Guess = 0.0;
  double m_Unseen = 0.0;
  double m_OwnA = 0.0;
  double m_OwnB = 0.0;
};
} // namespace ferro

#endif
