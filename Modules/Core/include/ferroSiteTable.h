#ifndef ferroSiteTable_h
#define ferroSiteTable_h

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace ferro
{
/** \class SiteTable
 * \brief Which column stands at a lattice site: (layer, i, j) to an index. For instance the layer is the sublattice.
 */
class SiteTable
{
public:
  static constexpr std::size_t None = static_cast<std::size_t>(-1);

  /** \param expected number of sites, for which room is made */
  explicit SiteTable(std::size_t expected = 0)
  {
    m_Indices.reserve(expected);
  }
  /** \param layer 0..255
   * \param i,j site, within +-2^27
   * \param index of the column
   * \return false where the site is taken: it keeps its column */
  bool
  Insert(int layer, int i, int j, std::size_t index)
  {
    return m_Indices.emplace(Key(layer, i, j), index).second;
  }
  /** Index of the column at a site, or None. */
  std::size_t
  Find(int layer, int i, int j) const
  {
    const auto found = m_Indices.find(Key(layer, i, j));
    return found == m_Indices.end() ? None : found->second;
  }

private:
  static std::uint64_t
  Key(int layer, int i, int j)
  {
    constexpr std::uint64_t Mask = (std::uint64_t{1} << 28) - 1;
    return static_cast<std::uint64_t>(layer) << 56 |
           (static_cast<std::uint64_t>(static_cast<std::int64_t>(i)) & Mask) << 28 |
           (static_cast<std::uint64_t>(static_cast<std::int64_t>(j)) & Mask);
  }
  struct Hash
  {
    std::size_t
    operator()(std::uint64_t key) const
    {
      key ^= key >> 31; // spreads i over the low bits
      return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15ULL >> 16);
    }
  };
  std::unordered_map<std::uint64_t, std::size_t, Hash> m_Indices;
};
} // namespace ferro

#endif
