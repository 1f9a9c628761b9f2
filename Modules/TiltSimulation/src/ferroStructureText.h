#ifndef ferroStructureText_h
#define ferroStructureText_h

#include "ferroCrystalStructure.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferro
{
/** More atoms than this are refused: 10 million take a gigabyte. */
constexpr std::size_t MaximumAtoms = 10'000'000;

/** The number that a word is, in the notation of C or with Fortran's D as exponent; nothing when it is none or not
 * finite. */
std::optional<double> ParseNumber(std::string_view word);
/** The whole number that a word is. */
std::optional<long> ParseInteger(std::string_view word);

/** \class StructureText
 * \brief A text file of a structure, line by line; errors name file, line, what was found and what was expected.
 */
class StructureText
{
public:
  /** Reads the whole file. Throws InputError when it is missing, not a regular file, empty, too large or not text. */
  explicit StructureText(const std::filesystem::path & path);

  const std::filesystem::path &
  GetPath() const
  {
    return m_Path;
  }
  const std::string &
  GetBytes() const
  {
    return m_Bytes;
  }
  std::size_t
  CountLines() const
  {
    return m_Lines.size();
  }
  /** Line n, from 0, without its end. Throws InputError when the file is shorter.
   *
   * \param n number of the line
   * \param what what should stand there, for the error
   */
  std::string_view GetLine(std::size_t n, const std::string & what) const;
  /** The words of a line, split at blanks. */
  std::vector<std::string_view> GetWords(std::size_t n, const std::string & what) const;
  /** Throws InputError about line n.
   *
   * \param n number of the line, from 0
   * \param found what was found
   * \param expected what was expected
   */
  [[noreturn]] void Fail(std::size_t n, const std::string & found, const std::string & expected) const;
  /** Number that a word of line n is; throws InputError. */
  double RequireNumber(std::size_t n, std::string_view word, const std::string & what) const;
  /** The same for the first words of a line. */
  Eigen::Vector3d RequireVector(std::size_t n, const std::vector<std::string_view> & words,
                                const std::string & what) const;
  /** A count from 1 to MaximumAtoms, which the lines left in the file can hold. */
  std::size_t RequireCount(std::size_t n, std::string_view word, const std::string & what) const;
  /** Atomic number of a symbol or of a whole number. */
  int RequireElement(std::size_t n, std::string_view word) const;
  double RequireOccupancy(std::size_t n, std::string_view word) const;

private:
  std::filesystem::path m_Path;
  std::string m_Bytes;
  std::vector<std::string_view> m_Lines;
};

/** Cell vectors as columns, a along x and b in the plane of x and y.
 *
 * \param lengthsA a, b, c, Angstrom
 * \param anglesDeg alpha, beta, gamma, degrees
 * \return nothing when these are no cell
 */
std::optional<Eigen::Matrix3d> MakeCell(const Eigen::Vector3d & lengthsA, const Eigen::Vector3d & anglesDeg);

/** Readers of one format each. */
CrystalStructure ReadCif(const StructureText & text);
CrystalStructure ReadExtendedXyz(const StructureText & text);
CrystalStructure ReadPrismaticXyz(const StructureText & text);
CrystalStructure ReadMuStemXtl(const StructureText & text);
CrystalStructure ReadPoscar(const StructureText & text);
} // namespace ferro

#endif
