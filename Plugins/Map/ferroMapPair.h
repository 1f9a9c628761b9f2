#ifndef ferroMapPair_h
#define ferroMapPair_h

#include "ferroAtomColumnSet.h"
#include "ferroAtomFindingImageFilter.h"
#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroImageGeometry.h"
#include "ferroScanPair.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>

namespace ferro
{
/** Adds --pair. */
void DeclarePair(CommandDeclaration & declaration);

/** \class PairedScan
 * \brief The second image of a pair whose fast scan axes are a quarter turn apart.
 */
class PairedScan
{
public:
  /** Reads the second image where --pair names one. Throws UsageError and InputError. */
  explicit PairedScan(CommandContext & context);

  explicit operator bool() const
  {
    return m_Image.IsNotNull();
  }
  /** Finds and refines the columns of the second image, and combines both.
   * \param first the first image
   * \param columns its refined columns
   * \return columns without distortion */
  AtomColumnSet::Pointer Combine(CommandContext & context, const MicrographType & first, const AtomColumnSet & columns);

  /** Puts the positions back into the first image, with the drift in AtomColumn::driftShift.
   * \param columns labelled, in the order of Combine() */
  void ReturnToImage(AtomColumnSet & columns) const;

  /** "pair" in summary.json. */
  nlohmann::json Describe(const ImageGeometry & geometry) const;

private:
  MicrographType::Pointer m_Image;
  ScanPair m_Pair;
  int m_Turns = 0;
  double m_Correlation = 0.0;
};
} // namespace ferro

#endif
