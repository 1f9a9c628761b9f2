#ifndef ferroLocalContrast_h
#define ferroLocalContrast_h

#include "ferroPlane.h"

namespace ferro
{
/** \class LocalContrast
 * \brief An image without its slow changes of brightness and of contrast: (I - mean) / sqrt(variance) over windows of
 * about 60 pixels. The values are worked out where they are asked for; the image must outlive the object.
 */
class LocalContrast
{
public:
  LocalContrast(const Plane & image, const ParallelFor & parallel);
  /** The values of count pixels of row y from pixel first on, within -4 and 4.
   * \param room for as many values of its own */
  void Row(long y, long first, long count, float * values, float * room) const;

private:
  static double WindowSigma(const Plane & image);

  const Plane & m_Image;
  WideMean m_Mean;
  WideMean m_Variance;
  float m_Floor;
};
} // namespace ferro

#endif
