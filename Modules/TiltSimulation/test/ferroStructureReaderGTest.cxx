#include "ferroErrors.h"
#include "ferroStructureReader.h"
#include "ferroStructureWriter.h"
#include "ferroTestArrays.h"
#include "ferroTestStructures.h"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace
{
constexpr double Pi = 3.14159265358979323846;

ferro::CrystalStructure
ReadSample(const std::string & name)
{
  TestFolder folder;
  return ferro::ReadStructure(folder.Write(name, GetStructureSamples().at(name)));
}

// The message of the InputError that reading causes.
std::string
ErrorOf(const std::string & name, const std::string & text)
{
  TestFolder folder;
  try
  {
    ferro::ReadStructure(folder.Write(name, text));
  }
  catch (const ferro::InputError & error)
  {
    return error.GetMessage();
  }
  return "no error";
}

bool
HasWarning(const ferro::CrystalStructure & structure, const std::string & part)
{
  for (const auto & warning : structure.warnings)
  {
    if (warning.find(part) != std::string::npos)
    {
      return true;
    }
  }
  return false;
}

void
ExpectSame(const ferro::CrystalStructure & l, const ferro::CrystalStructure & r, double tolerance)
{
  ASSERT_EQ(l.atoms.size(), r.atoms.size());
  EXPECT_TRUE(l.cellA.isApprox(r.cellA, 1e-9));
  for (std::size_t n = 0; n < l.atoms.size(); ++n)
  {
    EXPECT_EQ(l.atoms[n].atomicNumber, r.atoms[n].atomicNumber);
    EXPECT_LT((l.atoms[n].positionA - r.atoms[n].positionA).norm(), tolerance);
    EXPECT_NEAR(l.atoms[n].occupancy, r.atoms[n].occupancy, 1e-6);
    EXPECT_NEAR(l.atoms[n].displacementRmsA, r.atoms[n].displacementRmsA, 1e-6);
  }
}
} // namespace

TEST(StructureReader, CifExpandsTheSpaceGroup)
{
  const auto structure = ReadSample("SrTiO3.cif");
  ASSERT_EQ(structure.atoms.size(), 5u); // special positions are merged
  EXPECT_EQ(CountAtoms(structure, 38), 1.0);
  EXPECT_EQ(CountAtoms(structure, 22), 1.0);
  EXPECT_EQ(CountAtoms(structure, 8), 3.0);
  EXPECT_EQ(structure.title, "strontium titanate");
  EXPECT_EQ(structure.cellA, Eigen::Matrix3d(Eigen::Vector3d::Constant(3.9053).asDiagonal()));
  EXPECT_NEAR(structure.atoms[0].displacementRmsA, std::sqrt(0.62 / (8 * Pi * Pi)), 1e-12);
  EXPECT_TRUE(structure.warnings.empty());
}

TEST(StructureReader, CifWithOperationsAndAnisotropicDisplacements)
{
  const auto structure = ReadSample("symop.cif");
  // The site on the threefold axis, written as 0.333 0.667, stays one atom per plane, on the axis.
  EXPECT_DOUBLE_EQ(CountAtoms(structure, 30), 1.0); // two of occupancy 1/2
  EXPECT_DOUBLE_EQ(CountAtoms(structure, 48), 3.0); // six of occupancy 1/2
  const Eigen::Vector3d fraction = structure.cellA.inverse() * structure.atoms[0].positionA;
  EXPECT_NEAR(fraction.x(), 1.0 / 3.0, 1e-9);
  EXPECT_NEAR(fraction.y(), 2.0 / 3.0, 1e-9);
  // Hexagonal axes, U11 = U22 = 2 U12: isotropic in the plane, so U_eq = (2 U11 + U33) / 3.
  EXPECT_NEAR(structure.atoms[0].displacementRmsA, std::sqrt((2 * 0.01 + 0.016) / 3.0), 1e-9);
  EXPECT_TRUE(HasWarning(structure, "Cd: B = 0.5 A^2 (assumed"));
}

TEST(StructureReader, ExtendedXyz)
{
  const auto structure = ReadSample("extended.xyz");
  ASSERT_EQ(structure.atoms.size(), 2u);
  EXPECT_EQ(structure.title, "two atoms");
  EXPECT_EQ(structure.cellA.col(2), Eigen::Vector3d(0.5, 0.0, 6.0));
  EXPECT_EQ(structure.atoms[0].atomicNumber, 83);
  EXPECT_EQ(structure.atoms[0].positionA, Eigen::Vector3d(0.0, 0.25, 1.0));
  EXPECT_NEAR(structure.atoms[0].displacementRmsA, 0.1, 1e-12);
  EXPECT_EQ(structure.atoms[1].occupancy, 0.5);
  // -1 stands for unknown: oxygen as in SrTiO3.
  EXPECT_NEAR(structure.atoms[1].displacementRmsA, std::sqrt(0.7323 / (8 * Pi * Pi)), 1e-9);
  EXPECT_TRUE(HasWarning(structure, "Abramov"));
}

TEST(StructureReader, PrismaticAndMuStem)
{
  const auto prismatic = ReadSample("prismatic.xyz");
  ASSERT_EQ(prismatic.atoms.size(), 2u);
  EXPECT_EQ(prismatic.cellA.diagonal(), Eigen::Vector3d(4.0, 5.0, 6.0));
  EXPECT_EQ(prismatic.atoms[1].positionA, Eigen::Vector3d(1.0, 2.0, 3.0));
  EXPECT_EQ(prismatic.atoms[1].occupancy, 0.25);
  EXPECT_EQ(prismatic.atoms[0].displacementRmsA, 0.09);
  const auto mustem = ReadSample("sample.xtl");
  ASSERT_EQ(mustem.atoms.size(), 3u);
  EXPECT_EQ(mustem.atoms[2].positionA, Eigen::Vector3d(0.0, 2.5, 1.5));
  EXPECT_NEAR(mustem.atoms[0].displacementRmsA, 0.09, 1e-12); // the file holds its square
}

TEST(StructureReader, Poscar)
{
  const auto direct = ReadSample("POSCAR");
  ASSERT_EQ(direct.atoms.size(), 3u);
  EXPECT_EQ(direct.cellA.diagonal(), Eigen::Vector3d(4.0, 4.0, 6.0));
  EXPECT_EQ(direct.atoms[2].atomicNumber, 8);
  EXPECT_EQ(direct.atoms[2].positionA, Eigen::Vector3d(2.0, 0.0, 1.5));
  const auto cartesian = ReadSample("CONTCAR"); // version 4, and a volume in place of a scale
  ASSERT_EQ(cartesian.atoms.size(), 2u);
  EXPECT_NEAR(cartesian.cellA.determinant(), 96.0, 1e-9);
  EXPECT_NEAR(cartesian.atoms[1].positionA.z(), 3.0, 1e-12);
}

// The same crystal, written by other programs in three formats.
TEST(StructureReader, AgreesAcrossFormatsOfTheReferenceData)
{
  const auto folder = GetReferenceFolder();
  if (!folder)
  {
    GTEST_SKIP() << "FERROSCOPE_SHARED_DATA is not set, or has no folder multislice";
  }
  const auto cif = ferro::ReadStructure(*folder / "BFO_pc2x2x2.cif");
  const auto xtl = ferro::ReadStructure(*folder / "BFO_pc2x2x2.xtl");
  const auto prismatic = ferro::ReadStructure(*folder / "BFO_pc2x2x2_prismatic.xyz");
  ASSERT_EQ(cif.atoms.size(), 40u);
  for (const auto * other : {&xtl, &prismatic})
  {
    ASSERT_EQ(other->atoms.size(), 40u);
    EXPECT_TRUE(cif.cellA.isApprox(other->cellA, 1e-9));
    for (const auto & atom : cif.atoms)
    {
      double nearest = 1e9;
      for (const auto & candidate : other->atoms)
      {
        Eigen::Vector3d difference = cif.cellA.inverse() * (candidate.positionA - atom.positionA);
        difference -= difference.array().round().matrix();
        if (candidate.atomicNumber == atom.atomicNumber)
        {
          nearest = std::min(nearest, (cif.cellA * difference).norm());
          EXPECT_NEAR(candidate.displacementRmsA, atom.displacementRmsA, 1e-4);
        }
      }
      EXPECT_LT(nearest, 1e-4);
    }
  }
  EXPECT_NE(ErrorOf("plain.xyz", "1\n\nBi 0 0 0\n").find("no Lattice"), std::string::npos);
}

TEST(StructureReader, RoundTrips)
{
  TestFolder folder;
  auto structure = ReadSample("extended.xyz");
  structure.reference = "A. Author (2000)";
  ferro::WriteExtendedXyz(structure, folder / "out.xyz");
  const auto again = ferro::ReadStructure(folder / "out.xyz");
  ExpectSame(structure, again, 1e-8);
  EXPECT_EQ(again.title, structure.title);
  EXPECT_EQ(again.reference, structure.reference);
  EXPECT_TRUE(again.warnings.empty());
  // Prismatic's format has no room for an oblique cell.
  EXPECT_THROW(ferro::WritePrismaticXyz(structure, folder / "oblique.xyz"), ferro::AnalysisError);
  const auto orthogonal = ReadSample("prismatic.xyz");
  ferro::WritePrismaticXyz(orthogonal, folder / "prismatic.xyz");
  ExpectSame(orthogonal, ferro::ReadStructure(folder / "prismatic.xyz"), 1e-8);
  EXPECT_THROW(ferro::WriteExtendedXyz(structure, folder / "missing/out.xyz"), ferro::OutputError);
}

TEST(StructureReader, SaysWhereAndWhatIsWrong)
{
  const auto & samples = GetStructureSamples();
  const auto replaced = [&samples](const std::string & name, const std::string & what, const std::string & by)
  {
    std::string text = samples.at(name);
    return text.replace(text.find(what), what.size(), by);
  };
  const auto expect = [](const std::string & message, const std::string & part)
  { EXPECT_NE(message.find(part), std::string::npos) << message; };
  expect(ErrorOf("a.cif", replaced("SrTiO3.cif", "P m -3 m", "P q r s")), "space group: found 'P q r s'");
  expect(ErrorOf("a.cif", replaced("SrTiO3.cif", "Ti1 0.5", "Ti1 half")), "site Ti1, x: found 'half'");
  expect(ErrorOf("a.cif", replaced("SrTiO3.cif", "Ti1", "Qq1")), "found 'Qq1', expected an element");
  expect(ErrorOf("a.cif", "data_x\n_cell_length_b 3\n"), "no atoms");
  expect(ErrorOf("a.cif", replaced("SrTiO3.cif", "loop_", "loop")), "a.cif:");
  expect(ErrorOf("a.cif", replaced("symop.cif", "-y,x-y,z", "-y,x-q,z")), "x-q");
  expect(ErrorOf("e.xyz", replaced("extended.xyz", "2\n", "3\n")), "line 4, expected atom 3 of 3");
  expect(ErrorOf("e.xyz", replaced("extended.xyz", "2\n", "99999999999\n")), "line 1: found '99999999999'");
  expect(ErrorOf("e.xyz", replaced("extended.xyz", "2\n", "9000000\n")), "as many lines");
  expect(ErrorOf("e.xyz", replaced("extended.xyz", " 6\"", "\"")), "nine components");
  expect(ErrorOf("e.xyz", replaced("extended.xyz", "Bi", "Bx")), "line 3: found 'Bx'");
  expect(ErrorOf("p.xyz", replaced("prismatic.xyz", "-1\n", "")), "ends after line 4");
  expect(ErrorOf("p.xyz", replaced("prismatic.xyz", "0.25", "1.25")), "line 4: found an occupancy of 1.25");
  expect(ErrorOf("s.xtl", replaced("sample.xtl", "8.1E-03", "nan")), "line 5: found 'nan'");
  expect(ErrorOf("s.xtl", replaced("sample.xtl", " 2 8.0", " 3 8.0")), "fractional coordinates of atom 3");
  expect(ErrorOf("POSCAR", replaced("POSCAR", "2 1", "2")), "1 numbers of atoms for 2 elements");
  expect(ErrorOf("POSCAR", replaced("POSCAR", "Direct", "Fraktal")), "expected Direct or Cartesian");
  expect(ErrorOf("x.dat", "hello\nworld\n"), "no crystal structure found");
  expect(ErrorOf("x.cif", ""), "empty");
  expect(ErrorOf("x.cif", std::string("data_\0", 6)), "not a text file");
  TestFolder folder;
  EXPECT_THROW(ferro::ReadStructure(folder / "missing.cif"), ferro::InputError);
  EXPECT_THROW(ferro::ReadStructure(folder / ""), ferro::InputError);
}

// Whatever the bytes are: atoms that are numbers, or an InputError.
TEST(StructureReader, SurvivesDamage)
{
  std::mt19937 random(1);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  long read = 0;
  for (const auto & [name, original] : GetStructureSamples())
  {
    TestFolder folder;
    for (int round = 0; round < 400; ++round)
    {
      std::string text = original;
      for (std::size_t change = 0; change < 1 + below(3); ++change)
      {
        const auto place = below(text.size());
        const auto length = 1 + below(6);
        static const std::string Words[] = {"-", "1e300", "999999999", "nan",     "\n",  " ",
                                            "0", "'",     "_",         "loop_\n", "\xff"};
        switch (below(4))
        {
          case 0:
            text[place] = static_cast<char>(1 + below(255));
            break;
          case 1:
            text.erase(place, length);
            break;
          case 2:
            text.insert(place, Words[below(std::size(Words))]);
            break;
          default:
            text.insert(place, text.substr(below(text.size()), 4 * length));
        }
        text += text.empty() ? " " : "";
      }
      try
      {
        const auto structure = ferro::ReadStructure(folder.Write(name, text));
        ++read;
        ASSERT_FALSE(structure.atoms.empty());
        for (const auto & atom : structure.atoms)
        {
          ASSERT_TRUE(atom.positionA.allFinite() && atom.occupancy > 0.0 && atom.occupancy <= 1.0 &&
                      atom.displacementRmsA >= 0.0)
            << text;
        }
      }
      catch (const ferro::InputError &)
      {
      }
    }
  }
  EXPECT_GT(read, 300); // most changes hit a digit: the test did look at structures
}
