#ifndef ferroFigureScales_h
#define ferroFigureScales_h

#include <string>
#include <vector>

namespace ferro
{
/** Lower and upper end of a colour bar or an axis. */
struct Range
{
  double low = 0;
  double high = 1;
  double
  Fraction(double value) const
  {
    return high > low ? (value - low) / (high - low) : 0.5;
  }
};

/** Value below which the given share (0..1) of the finite values lies; 0 when there are none. */
double Percentile(std::vector<double> values, double share);
/** Values that are numbers. */
std::vector<double> Finite(const std::vector<double> & values);
double Mean(const std::vector<double> & values);
double StandardDeviation(const std::vector<double> & values);
/** 2nd to 98th percentile, widened where the data are constant. */
Range RobustRange(const std::vector<double> & values);
/** Symmetric about zero: the 98th percentile of the absolute values, rounded up. */
Range RobustSymmetricRange(const std::vector<double> & values);
/** Smallest number of the form 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5 times a power of ten that is not below value. */
double RoundUp(double value);
/** Largest of 1, 2, 2.5, 5 times a power of ten that is not above value. */
double RoundDownBand(double value);
/** Largest of 1, 2, 5 times a power of ten that is not above value. */
double RoundDown125(double value);
/** Step of round numbers so that about count of them fit a range. */
double NiceStep(const Range & range, int count);
/** Round numbers in a range, about count of them. */
std::vector<double> NiceTicks(const Range & range, int count);
/** value with as many decimals as a step of that size needs; a true minus sign. */
std::string Label(double value, double step);
/** value with a number of significant digits, without exponent; a true minus sign. */
std::string Significant(double value, int digits);
} // namespace ferro

#endif
