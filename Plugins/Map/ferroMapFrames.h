#ifndef ferroMapFrames_h
#define ferroMapFrames_h

#include "ferroAtomColumnSet.h"
#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroFrameAveragingImageFilter.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroImageGeometry.h"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace ferro
{
/** Adds --frames. */
void DeclareFrames(CommandDeclaration & declaration);

/** \class FrameStack
 * \brief The frames that --frames asks for: their mean, and what the scatter between them says of the errors.
 */
class FrameStack
{
public:
  /** Reads the frames. Throws UsageError and InputError. */
  explicit FrameStack(CommandContext & context);

  /** Whether there is a stack at all. */
  explicit operator bool() const
  {
    return !m_Frames.empty();
  }
  /** The mean of the registered frames. */
  MicrographType::Pointer GetMean();

  /** Fits the columns in every frame. Their mean displacement improves the registration: when it is more than a few
   * hundredths of a pixel, the mean is made anew, and true is returned: the columns are to be refined again.
   * \param columns refined in the mean
   * \param refinement whose settings are used */
  bool Improve(const AtomColumnSet & columns, const GaussianRefinementFilter & refinement);

  /** Sets AtomColumn::frameError, and the flag "edge" of columns that not all frames have.
   * \param columns refined in the mean */
  void SetFrameErrors(AtomColumnSet & columns) const;

  /** "frames" in summary.json.
   * \param columns with errors of the fit, of the scan, and of the frames */
  nlohmann::json Describe(const AtomColumnSet & columns) const;

private:
  std::vector<MicrographType::Pointer> m_Frames;
  std::vector<long> m_Numbers;
  std::vector<Eigen::Vector2d> m_Shifts;
  Eigen::Vector2d m_UpperLeft = Eigen::Vector2d::Zero();
  Eigen::Vector2d m_LowerRight = Eigen::Vector2d::Zero();
  /** Variance of the mean position of each column, from its scatter between the frames; NaN where unknown. */
  std::vector<Eigen::Vector2d> m_Variances;
};
} // namespace ferro

#endif
