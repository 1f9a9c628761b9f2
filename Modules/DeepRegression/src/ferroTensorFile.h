#ifndef ferroTensorFile_h
#define ferroTensorFile_h

#include "FerroscopeDeepRegressionExport.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ferro
{
/** \class TensorFile
 * \brief A JSON description and named arrays of float32 in one file, laid out as safetensors.
 *
 * Eight bytes with the length of a JSON header (little endian), the header, the numbers. The header's "__metadata__"
 * holds the description under "ferroscope" and the SHA-256 of the numbers under "sha256". Nothing in such a file is
 * code, and a damaged file is recognised. Reading allocates no more than the file holds.
 */
struct FerroscopeDeepRegression_EXPORT TensorFile
{
  struct Tensor
  {
    std::vector<long> shape;
    std::vector<float> values;
  };
  nlohmann::json description;
  std::map<std::string, Tensor> tensors;

  /** Writes the file; throws OutputError. Not atomic: write beside the final place and rename. */
  void Write(const std::filesystem::path & file) const;
  /** Throws InputError: which file, what is wrong with it. */
  static TensorFile Read(const std::filesystem::path & file);
};
} // namespace ferro

#endif
