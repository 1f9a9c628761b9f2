#include "ferroBendField.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace ferro
{
namespace
{
constexpr long TileNodes = 128;
constexpr long TilePx = 1024; // of the evaluation: larger than a tile of nodes

/** Nodes of the grid over the image, a rectangle of which is evaluated at a time. */
class NodeTile
{
public:
  NodeTile(const NetworkModel & model, const ModelFrame & frame, long reach)
    : m_Model(model), m_Frame(frame), m_Reach(reach), m_Stride(model.GetStride()),
      m_Window(model.GetDescription().architecture.windowPx), m_Columns((frame.width - m_Window) / m_Stride + 1),
      m_Rows((frame.height - m_Window) / m_Stride + 1)
  {
  }

  /** Evaluates the nodes around a tile. */
  void
  Evaluate(const PixelSource & sample, long tileColumn, long tileRow)
  {
    m_FirstColumn = std::max(0L, tileColumn * TileNodes - m_Reach);
    m_FirstRow = std::max(0L, tileRow * TileNodes - m_Reach);
    const long lastColumn = std::min(m_Columns - 1, (tileColumn + 1) * TileNodes + m_Reach);
    const long lastRow = std::min(m_Rows - 1, (tileRow + 1) * TileNodes + m_Reach);
    const long width = m_Window + (lastColumn - m_FirstColumn) * m_Stride;
    const long height = m_Window + (lastRow - m_FirstRow) * m_Stride;
    const auto pixels =
      sample(Eigen::Vector2d(static_cast<double>(m_FirstColumn * m_Stride), static_cast<double>(m_FirstRow * m_Stride)),
             width, height);
    m_Plane = m_Model.EvaluatePlane(pixels.data(), width, height, 0, false, TilePx);
  }

  /** Adds to the bends of a place, in nodes of the image. */
  void
  Add(const Eigen::Vector2d & place, double * bends) const
  {
    for (const auto & [x, y] : {std::pair(m_Reach, 0L), std::pair(0L, m_Reach)})
    {
      const auto second = this->Interpolate(place, x, y);
      for (std::size_t t = 0; t < second.size(); ++t)
      {
        bends[t] += second[t] * second[t];
      }
    }
  }

private:
  /** Second differences over x and y nodes, interpolated between the nodes around a place that have them;
   * empty where none has. */
  std::vector<double>
  Interpolate(const Eigen::Vector2d & place, long x, long y) const
  {
    const auto column = static_cast<long>(std::floor(place.x()));
    const auto row = static_cast<long>(std::floor(place.y()));
    std::vector<double> sum(m_Model.GetDescription().targets.size(), 0.0);
    double total = 0.0;
    for (const auto & [right, below] : {std::pair{0L, 0L}, {1L, 0L}, {0L, 1L}, {1L, 1L}})
    {
      const double weight = (1.0 - std::abs(place.x() - static_cast<double>(column + right))) *
                            (1.0 - std::abs(place.y() - static_cast<double>(row + below)));
      const float * before = this->Node(column + right - x, row + below - y);
      const float * here = this->Node(column + right, row + below);
      const float * behind = this->Node(column + right + x, row + below + y);
      if (weight > 0.0 && before && here && behind)
      {
        total += weight;
        for (std::size_t t = 0; t < sum.size(); ++t)
        {
          sum[t] += weight * (static_cast<double>(before[t]) - 2.0 * here[t] + behind[t]);
        }
      }
    }
    for (double & value : sum)
    {
      value /= total;
    }
    return total > 0.0 ? sum : std::vector<double>();
  }

  /** Values of a node; null where its window leaves the image. */
  const float *
  Node(long column, long row) const
  {
    const long x = column - m_FirstColumn;
    const long y = row - m_FirstRow;
    const auto edge = static_cast<double>(m_Window);
    if (x < 0 || y < 0 || x >= m_Plane.columns || y >= m_Plane.rows ||
        !m_Frame.IsInside(static_cast<double>(column * m_Stride), static_cast<double>(row * m_Stride), edge, edge))
    {
      return nullptr;
    }
    return m_Plane.values.data() + (y * m_Plane.columns + x) * m_Plane.outputs;
  }

  const NetworkModel & m_Model;
  const ModelFrame & m_Frame;
  long m_Reach;
  long m_Stride;
  long m_Window;
  long m_Columns; ///< of the whole image
  long m_Rows;
  long m_FirstColumn = 0; ///< of what was evaluated
  long m_FirstRow = 0;
  RegressionPlane m_Plane;
};
} // namespace

std::vector<double>
FindBendsAt(const NetworkModel & model, const ModelFrame & frame, long reach,
            const std::vector<Eigen::Vector2d> & firsts, const PixelSource & sample)
{
  const std::size_t targets = model.GetDescription().targets.size();
  const auto stride = static_cast<double>(model.GetStride());
  std::vector<double> bends(firsts.size() * targets, 0.0);
  std::map<std::pair<long, long>, std::vector<std::size_t>> tiles;
  for (std::size_t k = 0; k < firsts.size(); ++k)
  {
    const Eigen::Vector2d tile = (firsts[k] / (stride * static_cast<double>(TileNodes))).array().floor();
    tiles[{static_cast<long>(tile.y()), static_cast<long>(tile.x())}].push_back(k);
  }
  NodeTile nodes(model, frame, reach);
  for (const auto & [tile, places] : tiles)
  {
    nodes.Evaluate(sample, tile.second, tile.first);
    for (const std::size_t k : places)
    {
      nodes.Add(firsts[k] / stride, bends.data() + k * targets);
    }
  }
  return bends;
}
} // namespace ferro
