#ifndef ferroVeloxMetadata_h
#define ferroVeloxMetadata_h

#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ferro
{
/** \class VeloxDocument
 * \brief A JSON text of a Velox file. Whatever is wrong with it, asking gives an empty text or NaN.
 *
 * Texts nested deeper than 64 levels or longer than 16 MiB count as empty.
 */
class VeloxDocument
{
public:
  explicit VeloxDocument(const std::string & text);
  /** Value at the end of a chain of keys; empty when there is none. Velox writes numbers as texts. */
  std::string Text(std::initializer_list<const char *> keys) const;
  double Number(std::initializer_list<const char *> keys) const;
  /** The value itself; nullptr when there is none. */
  const nlohmann::json * Find(std::initializer_list<const char *> keys) const;
  /** Where the results of an operation go: path of the next operation and the number of its input. */
  std::vector<std::pair<std::string, int>> Outputs() const;
  /** The objects of a list, at most 16; empty when there is none. */
  std::vector<VeloxDocument> List(std::initializer_list<const char *> keys) const;

private:
  nlohmann::json m_Json;
};

/** Name of the detector that made an image; empty when unknown. */
std::string VeloxDetector(const VeloxDocument & metadata);
/** Seconds from one frame to the next; NaN when unknown. */
double VeloxFrameTime(const VeloxDocument & metadata);
/** Fills voltage, magnification, dwell time, scan rotation, date, ... */
void FillVeloxMetadata(const VeloxDocument & metadata, const std::string & detector,
                       std::map<std::string, std::string> & values);
/** "FFT%231" -> "FFT#1". */
std::string DecodePercent(const std::string & text);
/** Seconds since 1970 as "2020-07-29" and "16:49:34" (UTC); empty outside of the years 1971 to 9999. */
std::pair<std::string, std::string> UnixDateTime(double seconds);
} // namespace ferro

#endif
