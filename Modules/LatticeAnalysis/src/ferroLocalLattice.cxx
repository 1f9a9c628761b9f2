#include "ferroLocalLattice.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <array>

namespace ferro
{
namespace
{
using Terms = Eigen::Matrix<double, 6, 1>;
using Normal = Eigen::Matrix<double, 6, 6>;

Terms
TermsOf(double u, double v)
{
  return (Terms() << 1.0, u, v, u * u, u * v, v * v).finished();
}

double
WeightOf(double u, double v)
{
  const double rest = std::max(0.0, 1.0 - 0.8 * (u * u + v * v) / 2.0);
  return rest * rest;
}

/** Where the sites around do not fix the parabola, this holds it flat. */
constexpr double Stiffness = 1e-6;
} // namespace

LocalLattice::LocalLattice(const AtomColumnSet & columns, const std::vector<std::size_t> & members)
{
  const auto & container = columns.GetColumns();
  std::array<int, 4> box = {{0, 0, -1, -1}};
  for (std::size_t n = 0; n < members.size(); ++n)
  {
    const AtomColumn & column = container[members[n]];
    box = n == 0 ? std::array<int, 4>{{column.i, column.j, column.i, column.j}}
                 : std::array<int, 4>{{std::min(box[0], column.i), std::min(box[1], column.j),
                                       std::max(box[2], column.i), std::max(box[3], column.j)}};
  }
  m_Columns = box[2] - box[0] + 1;
  m_Rows = box[3] - box[1] + 1;
  m_Members.assign(static_cast<std::size_t>(m_Columns) * static_cast<std::size_t>(m_Rows), -1);
  for (std::size_t n = 0; n < members.size(); ++n)
  {
    const AtomColumn & column = container[members[n]];
    m_Sites.emplace_back(column.i - box[0], column.j - box[1]);
    m_Members[static_cast<std::size_t>(m_Sites[n].second) * static_cast<std::size_t>(m_Columns) +
              static_cast<std::size_t>(m_Sites[n].first)] = static_cast<long>(n);
  }
  Normal normal = Stiffness * Normal::Identity();
  for (int v = -Half; v <= Half; ++v)
  {
    for (int u = -Half; u <= Half; ++u)
    {
      const Terms terms = TermsOf(static_cast<double>(u) / Half, static_cast<double>(v) / Half);
      normal += WeightOf(terms[1], terms[2]) * terms * terms.transpose();
    }
  }
  const Terms first = normal.llt().solve(Terms::Unit(0));
  for (int v = -Half; v <= Half; ++v)
  {
    for (int u = -Half; u <= Half; ++u)
    {
      const Terms terms = TermsOf(static_cast<double>(u) / Half, static_cast<double>(v) / Half);
      m_Kernel.push_back(WeightOf(terms[1], terms[2]) * first.dot(terms));
    }
  }
}

std::vector<Eigen::Vector2d>
LocalLattice::Smooth(const std::vector<Eigen::Vector2d> & values, const std::vector<bool> & counts) const
{
  std::vector<Eigen::Vector2d> smooth(values.size());
  for (std::size_t n = 0; n < values.size(); ++n)
  {
    const auto [i, j] = m_Sites[n];
    std::array<long, Width * Width> around;
    bool whole = true;
    for (int v = -Half; v <= Half; ++v)
    {
      for (int u = -Half; u <= Half; ++u)
      {
        const bool inside = i + u >= 0 && j + v >= 0 && i + u < m_Columns && j + v < m_Rows;
        long member = inside ? m_Members[static_cast<std::size_t>(j + v) * static_cast<std::size_t>(m_Columns) +
                                         static_cast<std::size_t>(i + u)]
                             : -1;
        member = member >= 0 && counts[static_cast<std::size_t>(member)] ? member : -1;
        around[static_cast<std::size_t>((v + Half) * Width + u + Half)] = member;
        whole = whole && member >= 0;
      }
    }
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    if (whole)
    {
      for (std::size_t k = 0; k < around.size(); ++k)
      {
        sum += m_Kernel[k] * values[static_cast<std::size_t>(around[k])];
      }
      smooth[n] = sum;
      continue;
    }
    Normal normal = Stiffness * Normal::Identity();
    Eigen::Matrix<double, 6, 2> right = Eigen::Matrix<double, 6, 2>::Zero();
    for (int k = 0; k < Width * Width; ++k)
    {
      const long member = around[static_cast<std::size_t>(k)];
      if (member >= 0)
      {
        const Terms terms =
          TermsOf(static_cast<double>(k % Width - Half) / Half, static_cast<double>(k / Width - Half) / Half);
        const Terms weighted = WeightOf(terms[1], terms[2]) * terms;
        normal += weighted * terms.transpose();
        right += weighted * values[static_cast<std::size_t>(member)].transpose();
      }
    }
    smooth[n] = normal.llt().solve(right).row(0).transpose();
  }
  return smooth;
}
} // namespace ferro
