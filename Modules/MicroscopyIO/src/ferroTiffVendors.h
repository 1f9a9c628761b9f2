#ifndef ferroTiffVendors_h
#define ferroTiffVendors_h

#include "ferroTiffCalibration.h"

namespace ferro
{
/** Value of "key=value" on a line of its own, from a place in the text on; empty when there is none. */
std::string LineValue(const std::string & text, const std::string & key, std::size_t from = 0);

/** What the instrument's text in a TIFF of FEI (Thermo Fisher) says: sections of key=value. */
void DescribeFei(const std::string & text, TiffDescription & result);

/** The same for the XML that FEI's programs for the Titan and later instruments write. */
void DescribeFeiXml(const std::string & text, TiffDescription & result);

/** What the instrument's text in a TIFF of Zeiss says: numbers, then keys each followed by a line "label = value". */
void DescribeZeiss(const std::string & text, const TiffDirectory & page, TiffDescription & result);
} // namespace ferro

#endif
