#ifndef ferroTiaMetadata_h
#define ferroTiaMetadata_h

#include <filesystem>
#include <map>
#include <string>

namespace ferro
{
/** What the .emi file beside a .ser file says of it. */
struct TiaMetadata
{
  std::map<std::string, std::string> values; ///< beam_energy_kV, magnification, mode, date, ...
  bool reciprocal = false;                   ///< a diffraction pattern: lengths are 1/m
};

/** Reads NAME.emi for NAME_<k>.ser: the k-th ObjectInfo in it. Empty when there is no such file or it cannot
 * be understood: a .ser file must work alone. */
TiaMetadata ReadTiaMetadata(const std::filesystem::path & serFile);
} // namespace ferro

#endif
