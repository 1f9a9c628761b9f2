#ifndef ferroTiffCameras_h
#define ferroTiffCameras_h

#include "ferroTiffCalibration.h"

namespace ferro
{
/** What the header that tag 37706 of a TIFF of TVIPS (EM-MENU) points to says. */
void DescribeTvips(const TiffDirectory & page, TiffDescription & result);

/** The same for Olympus Soft Imaging (iTEM), whose tag 33560 points to a list of blocks. */
void DescribeOlympus(const TiffDirectory & page, TiffDescription & result);

/** What the XML in the description of a TIFF of JEOL's SightX says. Images of TEM are calibrated: their resolution is
 * that of the camera, which magnification or camera length and wavelength bring to the specimen. */
void DescribeJeol(const std::string & xml, const TiffDirectory & page, TiffDescription & result);
} // namespace ferro

#endif
