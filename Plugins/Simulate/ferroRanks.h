#ifndef ferroRanks_h
#define ferroRanks_h

#include <string>
#include <vector>

namespace ferro
{
/** \class Ranks
 * \brief The processes that mpirun has started to work on one simulation; just this one without mpirun, or where the
 * program was built without MPI (CMake option FERROSCOPE_USE_MPI).
 *
 * Every call but the getters must be made by all processes alike, in the same order.
 */
class Ranks
{
public:
  /** Joins the other processes. */
  Ranks();
  /** Leaves them. */
  ~Ranks();
  Ranks(const Ranks &) = delete;
  Ranks & operator=(const Ranks &) = delete;

  /** Number of this process, from 0. */
  int
  GetRank() const
  {
    return m_Rank;
  }
  int
  GetCount() const
  {
    return m_Count;
  }
  /** The one that reads checkpoints, speaks and writes. */
  bool
  IsFirst() const
  {
    return m_Rank == 0;
  }
  /** Processes on the same computer. */
  int GetCountHere() const;

  /** Whether all processes say yes. */
  bool AllAgree(bool yes) const;
  /** The first process's number. */
  int FromFirst(int number) const;
  /** The sum over all processes, in the first one. Where all others have 0 it is exact. */
  void SumToFirst(std::vector<double> & values) const;
  /** In the first process: what the process of that number sends. In that process: sends. Elsewhere nothing. */
  void CopyToFirst(int from, std::vector<double> & values) const;
  /** Ends all processes at once. \param status exit status */
  [[noreturn]] void End(int status) const;

private:
  int m_Rank = 0;
  int m_Count = 1;
};
} // namespace ferro

#endif
