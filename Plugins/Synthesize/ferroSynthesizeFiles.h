#ifndef ferroSynthesizeFiles_h
#define ferroSynthesizeFiles_h

#include "ferroImageGeometry.h"
#include "ferroSyntheticTruth.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace ferro
{
/** Writes the columns inside the image: id, sublattice, x_px, y_px, ux_px, uy_px, amp_rel, sigma_px, region, i, j.
 * ux_px, uy_px is the polar displacement. Throws OutputError. */
void WriteTruthTable(const SyntheticTruth::Values & truth, const std::filesystem::path & path);

/** Parameters of the image, vacancies and Cramer-Rao bound (crlb_pm). Lengths in Angstrom end in _A. */
nlohmann::json DescribeSynthetic(const SyntheticTruth::Values & truth);

/** Writes a 2-D array of float32 in NumPy's format (version 1.0, C order). Throws OutputError. */
void WriteNumpyArray(const MicrographType & image, const std::filesystem::path & path);
} // namespace ferro

#endif
