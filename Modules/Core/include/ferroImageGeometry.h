#ifndef ferroImageGeometry_h
#define ferroImageGeometry_h

#include "FerroscopeCoreExport.h"
#include "itkImage.h"

#include <Eigen/Core>

namespace ferro
{
/** The image type of the whole project: float pixels, spacing in nm when calibrated. */
using MicrographType = itk::Image<float, 2>;

/** Key in the MetaDataDictionary of an image: "1" when its spacing is a calibration in nm, "0" when the
 * file had none (then the spacing is 1 pixel). Written by the readers of MicroscopyIO. */
constexpr const char * CalibratedKey = "Ferroscope.calibrated";
/** Key in the MetaDataDictionary: title of the image inside its file. */
constexpr const char * TitleKey = "Ferroscope.title";

/** \class ImageGeometry
 * \brief Size and calibration of the image that positions in pixels refer to.
 *
 * Positions are continuous pixel indices: x to the right, y down, whole numbers at pixel centres.
 */
struct FerroscopeCore_EXPORT ImageGeometry
{
  long width = 0;  ///< pixels along x
  long height = 0; ///< pixels along y
  /** nm per pixel along x and y; (1, 1) where not calibrated. */
  Eigen::Vector2d pixelSizeNm = Eigen::Vector2d::Ones();
  bool calibrated = false;

  /** Position in nm of a position in pixels (in pixels where not calibrated). */
  Eigen::Vector2d
  ToPhysical(const Eigen::Vector2d & px) const
  {
    return px.cwiseProduct(pixelSizeNm);
  }
  /** pm per pixel when calibrated, else (1, 1): vectors are then reported in pixels. */
  Eigen::Vector2d
  VectorScale() const
  {
    return calibrated ? Eigen::Vector2d(1000.0 * pixelSizeNm) : Eigen::Vector2d::Ones();
  }
};

/** Geometry of an image. The key CalibratedKey decides whether the spacing is in nm; an image without
 * that key counts as calibrated unless its spacing is exactly 1 along both axes. */
FerroscopeCore_EXPORT ImageGeometry GetImageGeometry(const itk::ImageBase<2> & image);
} // namespace ferro

#endif
