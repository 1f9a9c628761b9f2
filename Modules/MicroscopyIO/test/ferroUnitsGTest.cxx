// Units in the spellings that files have.
#include "ferroMicrographReader.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <gtest/gtest.h>

using namespace ferrotest;

namespace
{
// What a step of 2 in a unit becomes, through a file of HyperSpy.
ferro::AxisInfo
AxisOf(const std::string & unit)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.hspy";
  {
    Hdf5Writer file(path);
    file.Group("/Experiments/a");
    file.Data("/Experiments/a/data", {3, 4}, RowsFirst());
    file.Text("/", "file_format", "HyperSpy");
    file.Text("/", "file_format_version", "3.1");
    for (const std::string axis : {"/Experiments/a/axis-0", "/Experiments/a/axis-1"})
    {
      file.Group(axis);
      file.Number(axis, "scale", 2.0);
      file.Number(axis, "offset", 6.0);
      file.Text(axis, "units", unit);
    }
  }
  return ferro::InspectFile(path).images.at(0).axes.at(1);
}
} // namespace

TEST(Units, LengthsInEverySpelling)
{
  const std::vector<std::pair<double, std::vector<std::string>>> spellings = {
    {1e9, {"m", "meter", "Meters", "metre", "[m]"}},
    {1e7, {"cm", "centimeter"}},
    {1e6, {"mm", "millimetres", "Millimeter"}},
    {1e3,
     {"um", "\xc2\xb5m", "\xce\xbcm", "micron", "Microns", "MICRON", "micrometer", "micrometres", "[u_m]", "$\\mu m$",
      "$\\mu$m", "\\u00B5m", "\xc3\x82\xc2\xb5m", "&#181;m", " \xc2\xb5m "}},
    {1.0, {"nm", "n_m", "[n_m]", "[nm]", "(nm)", "nanometer", "Nanometers", "nanometre", "nm ", "$nm$"}},
    {0.1,
     {"A", "\xc3\x85", "\xe2\x84\xab", "A\xcc\x8a", "Angstrom", "angstroms", "ANGSTROM", "\xc3\x85ngstr\xc3\xb6m",
      "\xc3\xa5ngstrom", "$\\AA$", "[\xc3\x85]", "Ang", "\xc3\x83\xe2\x80\xa6"}},
    {1e-3, {"pm", "[p_m]", "picometer", "Picometres"}},
    {1e-6, {"fm"}}};
  for (const auto & [factor, units] : spellings)
  {
    for (const std::string & unit : units)
    {
      const ferro::AxisInfo axis = AxisOf(unit);
      EXPECT_EQ(axis.unit, "nm") << unit;
      EXPECT_NEAR(axis.scale / (2.0 * factor), 1.0, 1e-12) << unit;
      EXPECT_NEAR(axis.offset / (6.0 * factor), 1.0, 1e-12) << unit;
    }
  }
}

TEST(Units, ReciprocalLengthsInEverySpelling)
{
  const std::vector<std::pair<double, std::vector<std::string>>> spellings = {
    {1.0,
     {"1/nm", "1 / nm", "nm^-1", "nm-1", "nm\xe2\x81\xbb\xc2\xb9", "[n_m^-1]", "1/n_m", "$nm^{-1}$", "nm**-1",
      "nm ** -1", "1/nanometer",
      "nm^\xe2\x88\x92"
      "1",
      "(1/nm)"}},
    {10.0,
     {"1/A", "1/\xc3\x85", "A^-1", "\xc3\x85^-1", "[A^-1]", "$A^{-1}$", "$\\AA^{-1}$", "\xc3\x85\xe2\x81\xbb\xc2\xb9",
      "1/angstrom", "angstrom^-1", "[\xc3\x85^-1]"}},
    {1e-9, {"1/m", "m^-1"}},
    {1e-3, {"1/um", "1/\xc2\xb5m"}},
    {1e3, {"1/pm"}}};
  for (const auto & [factor, units] : spellings)
  {
    for (const std::string & unit : units)
    {
      const ferro::AxisInfo axis = AxisOf(unit);
      EXPECT_EQ(axis.unit, "1/nm") << unit;
      EXPECT_NEAR(axis.scale / (2.0 * factor), 1.0, 1e-12) << unit;
    }
  }
}

TEST(Units, OthersKeepTheirs)
{
  const std::vector<std::pair<std::string, std::vector<std::string>>> spellings = {
    {"s", {"s", "sec", "seconds", "[s]"}},
    {"ms", {"ms"}},
    {"us", {"us", "\xc2\xb5s"}},
    {"eV", {"eV", "[eV]"}},
    {"keV", {"keV", "k_eV"}},
    {"mrad", {"mrad", "[m_rad]"}},
    {"deg", {"deg", "degrees"}}};
  for (const auto & [unit, written] : spellings)
  {
    for (const std::string & text : written)
    {
      const ferro::AxisInfo axis = AxisOf(text);
      EXPECT_EQ(axis.unit, unit) << text;
      EXPECT_EQ(axis.scale, 2.0) << text;
    }
  }
}

TEST(Units, WhatIsNoneLeavesTheAxisUncalibrated)
{
  for (const std::string unit :
       {"",         " ",    "pixel",  "pixels", "px",   "px.", "[]", "None", "_None_", "<undefined>",
        "a.u.",     "inch", "Mm",     "1/",     "1/px", "^-1", "-1", "nm^2", "nm/px",  "generic",
        "\xff\xfe", "na",   "counts", "MM",     "1",    "0"})
  {
    const ferro::AxisInfo axis = AxisOf(unit);
    EXPECT_EQ(axis.unit, "") << unit;
    EXPECT_EQ(axis.scale, 1.0) << unit;
    EXPECT_EQ(axis.offset, 0.0) << unit;
  }
}
