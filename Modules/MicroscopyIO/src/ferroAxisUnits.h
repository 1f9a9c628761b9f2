#ifndef ferroAxisUnits_h
#define ferroAxisUnits_h

#include "ferroMicrographReader.h"

#include <string>

namespace ferro
{
/** Sets scale, offset and unit of an axis from what a file says. Lengths become nm and reciprocal lengths 1/nm;
 * times, energies and angles keep their unit; no unit, an unknown one, or a scale that is not a positive
 * finite number leaves the axis uncalibrated (scale 1, offset 0, no unit). */
void CalibrateAxis(AxisInfo & axis, double scale, double offset, const std::string & unit);

/** Whether a unit is one of energy: such an axis makes a spectrum, not an image. */
bool IsEnergyUnit(const std::string & unit);

/** Text of an unknown encoding as clean UTF-8: trailing NULs and blanks removed, Latin-1 bytes that are not
 * UTF-8 converted, control characters replaced by blanks. */
std::string CleanText(const std::string & text);

/** A number as text with up to \a digits significant digits, independent of the locale. */
std::string NumberText(double value, int digits = 6);

/** Parses a decimal number, independent of the locale; surrounding blanks are allowed. NaN when it is none. */
double ParseNumber(const std::string & text);

/** Appends a code point to a UTF-8 text; surrogates become U+FFFD. */
void AppendUtf8(std::string & text, unsigned int codePoint);

/** UTF-16 in the given byte order as UTF-8; surrogates without a partner become U+FFFD. */
std::string FromUtf16(const std::string & bytes, bool littleEndian);
} // namespace ferro

#endif
