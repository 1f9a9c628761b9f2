#include "ferroPairedScanErrors.h"

#include <map>

namespace ferro
{
double
PairedScanErrors::Covariance(ScanLines::AxisName axis, std::size_t one, std::size_t other) const
{
  const auto index = static_cast<std::size_t>(axis);
  double sum = 0.0;
  for (const auto & [k, factor] : rows[index][one])
  {
    for (const auto & [l, otherFactor] : rows[index][other])
    {
      sum += factor * otherFactor * coefficients[index](k, l);
    }
  }
  return sum;
}

double
PairedScanErrors::VarianceOfSum(ScanLines::AxisName axis, const std::vector<std::size_t> & columns,
                                const std::vector<double> & weights) const
{
  std::vector<Eigen::Vector2d> vectors;
  vectors.reserve(weights.size());
  for (const double weight : weights)
  {
    vectors.emplace_back(weight, 0.0);
  }
  return this->CovarianceOfSum(axis, columns, vectors)(0, 0);
}

Eigen::Matrix2d
PairedScanErrors::CovarianceOfSum(ScanLines::AxisName axis, const std::vector<std::size_t> & columns,
                                  const std::vector<Eigen::Vector2d> & weights) const
{
  const auto index = static_cast<std::size_t>(axis);
  std::map<Eigen::Index, Eigen::Vector2d> sums; // ordered: the same bits every time
  for (std::size_t n = 0; n < columns.size(); ++n)
  {
    for (const auto & [k, factor] : rows[index][columns[n]])
    {
      auto [place, isNew] = sums.try_emplace(k, Eigen::Vector2d::Zero());
      place->second += factor * weights[n];
    }
  }
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  for (const auto & [k, one] : sums)
  {
    Eigen::Vector2d column = Eigen::Vector2d::Zero();
    for (const auto & [l, other] : sums)
    {
      column += coefficients[index](l, k) * other;
    }
    covariance += one * column.transpose();
  }
  return covariance;
}
} // namespace ferro
