#ifndef ferroTableRecord_h
#define ferroTableRecord_h

#include "ferroTextOutput.h"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace ferro
{
/** \class Record
 * \brief A line of a table being put together. Digits are chosen well below the best precision that images permit.
 */
class Record
{
public:
  Record &
  Text(const std::string & text)
  {
    m_Line += (m_First ? "" : ",") + text;
    m_First = false;
    return *this;
  }
  Record &
  Fixed(double value, int digits)
  {
    return this->Text(FixedNumber(value, digits));
  }
  Record &
  General(double value, int digits)
  {
    return this->Text(GeneralNumber(value, digits));
  }
  Record &
  Empty(int count)
  {
    for (int n = 0; n < count; ++n)
    {
      this->Text("");
    }
    return *this;
  }
  std::string
  Take()
  {
    std::string line = std::move(m_Line) + "\n";
    m_Line.clear();
    m_First = true;
    return line;
  }

private:
  std::string m_Line;
  bool m_First = true;
};

/** Standard errors along both axes and the covariance; NaN where the covariance is not known. */
struct Errors
{
  double x = std::numeric_limits<double>::quiet_NaN();
  double y = std::numeric_limits<double>::quiet_NaN();
  double xy = std::numeric_limits<double>::quiet_NaN();
};

inline Errors
ErrorsOf(const Eigen::Matrix2d & covariance, const Eigen::Vector2d & scale)
{
  if (!covariance.allFinite() || covariance.isZero(0.0))
  {
    return {};
  }
  return {scale.x() * std::sqrt(std::max(covariance(0, 0), 0.0)),
          scale.y() * std::sqrt(std::max(covariance(1, 1), 0.0)), scale.x() * scale.y() * covariance(0, 1)};
}
} // namespace ferro

#endif
