#ifndef ferroTestStructures_h
#define ferroTestStructures_h

#include "ferroCrystalStructure.h"

#include <filesystem>
#include <map>
#include <string>

/** A small file of each format, by the name that it may have. */
const std::map<std::string, std::string> & GetStructureSamples();

/** A folder that is removed with the object. */
class TestFolder
{
public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder &) = delete;
  TestFolder & operator=(const TestFolder &) = delete;
  /** Writes a file into it. */
  std::filesystem::path Write(const std::string & name, const std::string & text) const;
  std::filesystem::path
  operator/(const std::string & name) const
  {
    return m_Path / name;
  }

private:
  std::filesystem::path m_Path;
};

/** Atoms of an element, with their occupancy. */
double CountAtoms(const ferro::CrystalStructure & structure, int atomicNumber);

/** Distances from atom n to the nearest atoms of an element, over the borders of the cell, sorted, Angstrom. */
std::vector<double> NearestDistances(const ferro::CrystalStructure & structure, std::size_t n, int atomicNumber,
                                     std::size_t count);

#endif
