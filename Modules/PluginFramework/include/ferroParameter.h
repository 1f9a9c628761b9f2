#ifndef ferroParameter_h
#define ferroParameter_h

#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace ferro
{
/** What a parameter of a command holds. */
enum class ParameterType
{
  Image,       ///< a micrograph in any format that MicroscopyIO reads
  ColumnTable, ///< columns.csv
  CellTable,   ///< cells.csv
  VectorField, ///< polarization.nrrd
  Structure,   ///< a crystal structure
  Model,       ///< a trained network
  File,        ///< any other file
  Folder,      ///< a folder
  Number,      ///< a real number
  Integer,     ///< a whole number
  Boolean,     ///< on or off
  Choice,      ///< one of a list of words
  Text         ///< free text
};

/** Value of a parameter; std::monostate where none was given and there is no default. Paths are std::string. */
using ParameterValue = std::variant<std::monostate, bool, long, double, std::string>;

/** \class Parameter
 * \brief One typed parameter of a command, declared once for every front end.
 *
 * The name is an identifier in camelCase with the unit at its end (pixelSizeNm), because 3D Slicer permits
 * no hyphen; the command line accepts --pixel-size-nm and --pixelSizeNm alike.
 */
struct Parameter
{
  std::string name;
  ParameterType type = ParameterType::Text;
  std::string label; ///< a few words for a dialog
  std::string help;  ///< one sentence
  std::string unit;  ///< nm, px, pm, degrees, ... or empty
  ParameterValue defaultValue;
  bool required = false;
  bool output = false;     ///< written rather than read (files and folders)
  bool advanced = false;   ///< shown apart from the basic ones
  bool positional = false; ///< given without a name, in the order of declaration
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  double step = 0.0;                   ///< increment in dialogs; 0: none
  std::vector<std::string> choices;    ///< for Choice
  std::vector<std::string> extensions; ///< for files, with the dot
  std::vector<std::string> aliases;    ///< further names on the command line, with hyphens; the first is the one shown
  bool common = false;                 ///< one of the options that every command has
};
} // namespace ferro

#endif
