#ifndef ferroProcessGroup_h
#define ferroProcessGroup_h

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** \class ProcessGroup
 * \brief Several processes, on one or more machines, that train one network together (c10d with Gloo).
 */
class ProcessGroup
{
public:
  virtual ~ProcessGroup() = default;
  /** Replaces the tensors by their means over all processes. Throws AnalysisError when another process is gone. */
  virtual void Average(std::vector<torch::Tensor> & tensors) = 0;

  /** Joins the group; waits for the others. \param worldSize number of processes \param rank this one
   * \param master host:port of process 0. Throws UsageError, or AnalysisError when the others do not come. */
  static std::unique_ptr<ProcessGroup> Join(long worldSize, long rank, const std::string & master);
};
} // namespace ferro

#endif
