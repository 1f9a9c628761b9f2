#include "ferroRanks.h"

#include <algorithm>
#include <cstdlib>

#ifdef FERROSCOPE_USE_MPI
// The C interface alone; the C++ one is obsolete.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace ferro
{
namespace
{
#ifdef FERROSCOPE_USE_MPI
// MPI counts in int.
constexpr std::size_t Portion = std::size_t(1) << 26;

// Without mpirun (or srun) there is nobody to join, and MPI_Init would only take time.
bool
IsLaunched()
{
  for (const char * name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"})
  {
    if (std::getenv(name))
    {
      return true;
    }
  }
  return false;
}
#endif
} // namespace

Ranks::Ranks()
{
#ifdef FERROSCOPE_USE_MPI
  if (IsLaunched())
  {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &m_Rank);
    MPI_Comm_size(MPI_COMM_WORLD, &m_Count);
  }
#endif
}

Ranks::~Ranks()
{
#ifdef FERROSCOPE_USE_MPI
  int started = 0;
  int finished = 0;
  MPI_Initialized(&started);
  MPI_Finalized(&finished);
  if (started && !finished)
  {
    MPI_Finalize();
  }
#endif
}

int
Ranks::GetCountHere() const
{
  const char * count = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
  const int here = count ? std::atoi(count) : m_Count;
  return std::clamp(here, 1, m_Count);
}

#ifdef FERROSCOPE_USE_MPI
bool
Ranks::AllAgree(bool yes) const
{
  int all = yes ? 1 : 0;
  if (m_Count > 1)
  {
    MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  }
  return all == 1;
}

int
Ranks::FromFirst(int number) const
{
  if (m_Count > 1)
  {
    MPI_Bcast(&number, 1, MPI_INT, 0, MPI_COMM_WORLD);
  }
  return number;
}

void
Ranks::SumToFirst(std::vector<double> & values) const
{
  for (std::size_t n = 0; m_Count > 1 && n < values.size(); n += Portion)
  {
    const int count = static_cast<int>(std::min(Portion, values.size() - n));
    MPI_Reduce(this->IsFirst() ? MPI_IN_PLACE : &values[n], &values[n], count, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  }
}

void
Ranks::CopyToFirst(int from, std::vector<double> & values) const
{
  for (std::size_t n = 0; from != 0 && n < values.size(); n += Portion)
  {
    const int count = static_cast<int>(std::min(Portion, values.size() - n));
    if (m_Rank == from)
    {
      MPI_Send(&values[n], count, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD);
    }
    else if (this->IsFirst())
    {
      MPI_Recv(&values[n], count, MPI_DOUBLE, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
  }
}

void
Ranks::End(int status) const
{
  MPI_Abort(MPI_COMM_WORLD, status);
  std::_Exit(status);
}
#else
bool
Ranks::AllAgree(bool yes) const
{
  return yes;
}

int
Ranks::FromFirst(int number) const
{
  return number;
}

void
Ranks::SumToFirst(std::vector<double> &) const
{
}

void
Ranks::CopyToFirst(int, std::vector<double> &) const
{
}

void
Ranks::End(int status) const
{
  std::_Exit(status);
}
#endif
} // namespace ferro
