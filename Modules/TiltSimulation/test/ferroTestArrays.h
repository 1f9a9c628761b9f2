#ifndef ferroTestArrays_h
#define ferroTestArrays_h

#include "ferroCrystalStructure.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/** An array of NumPy's, in C order. */
struct TestArray
{
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

/** The folder of the reference data of the multislice simulation; nothing where FERROSCOPE_SHARED_DATA is not set. */
std::optional<std::filesystem::path> GetReferenceFolder();

/** Reads an .npy file. */
TestArray ReadNpy(const std::filesystem::path & file);
/** Reads the arrays of an .npz file. */
std::map<std::string, TestArray> ReadNpz(const std::filesystem::path & file);

/** The structure that config_*.npz hold: displaced positions, one configuration. */
ferro::CrystalStructure ReadConfiguration(const std::filesystem::path & file);

#endif
