#include "ferroTestStructures.h"

#include <algorithm>
#include <fstream>
#include <unistd.h>

const std::map<std::string, std::string> &
GetStructureSamples()
{
  static const std::map<std::string, std::string> samples = {
    {"SrTiO3.cif", "data_STO\n_chemical_name_common 'strontium titanate'\n_cell_length_a 3.9053(2)\n"
                   "_cell_length_b 3.9053(2)\n_cell_length_c 3.9053(2)\n_cell_angle_alpha 90\n_cell_angle_beta 90\n"
                   "_cell_angle_gamma 90\n_symmetry_space_group_name_H-M 'P m -3 m'\nloop_\n_atom_site_label\n"
                   "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_B_iso_or_equiv\n"
                   "Sr1 0 0 0 0.62(2)\nTi1 0.5 0.5 0.5 0.44\nO1 0.5 0.5 0 0.73\n"},
    {"symop.cif", "data_Zn\n_cell_length_a 3.0\n_cell_length_b 3.0\n_cell_length_c 5.0\n_cell_angle_gamma 120\nloop_\n"
                  "_space_group_symop_operation_xyz\n'x,y,z'\n'-y,x-y,z'\n'-x+y,-x,z'\n'x, y, "
                  "z+1/2'\n'-y,x-y,z+1/2'\n'-x+y,-x,z+1/2'\nloop_\n"
                  "_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n"
                  "_atom_site_fract_z\n_atom_site_occupancy\nM Zn2+ 0.333 0.667 0.25 0.5\nN Cd2+ 0.2 0.1 0 0.5\nloop_\n"
                  "_atom_site_aniso_label\n_atom_site_aniso_U_11\n_atom_site_aniso_U_22\n_atom_site_aniso_U_33\n"
                  "_atom_site_aniso_U_12\n_atom_site_aniso_U_13\n_atom_site_aniso_U_23\nM .01 .01 .016 .005 0 0\n"},
    {"extended.xyz",
     "2\nLattice=\"4 0 0 0 4 0 0.5 0 6\" Properties=species:S:1:pos:R:3:tags:I:2:occupancy:R:1:u_iso:R:1 "
     "title=\"two atoms\"\nBi 0 0.25 1 7 7 1 0.01\nO 2 2 2e0 7 7 0.5 -1\n"},
    {"prismatic.xyz", "a comment\n 4.0 5.0 6.0\n 83 0.0 0.5 1.0 1.0 0.09\n 8 1.0 2.0 3.0 0.25 0.1\n-1\n"},
    {"sample.xtl", "Bi and O\n 4.0 5.0 6.0 90.0 90.0 90.0\n 2\n Bi\n 1 83.0 1.0 8.1E-03\n 0.0 0.1 0.5\n O\n"
                   " 2 8.0 1.0 0.01\n 0.5 0.5 0.5\n 0.0 0.5 0.25\n"},
    {"POSCAR", "Fe2 O\n 2.0\n 2 0 0\n 0 2 0\n 0 0 3\n Fe O\n 2 1\nSelective dynamics\nDirect\n 0 0 0 T T F\n"
               " 0.5 0.5 0.5 F F F\n 0.5 0 0.25 T T T\n"},
    {"CONTCAR", "Fe O\n-96.0\n 2 0 0\n 0 2 0\n 0 0 3\n 1 1\nCartesian\n 0 0 0\n 1 1 1.5\n"}};
  return samples;
}

TestFolder::TestFolder()
{
  static int count = 0;
  const std::filesystem::path memory = "/dev/shm"; // thousands of small files are slow on some disks
  m_Path = (::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path()) /
           ("ferro_structures_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
  std::filesystem::create_directories(m_Path);
}

TestFolder::~TestFolder()
{
  std::error_code ignored;
  std::filesystem::remove_all(m_Path, ignored);
}

std::filesystem::path
TestFolder::Write(const std::string & name, const std::string & text) const
{
  std::ofstream(m_Path / name, std::ios::binary) << text;
  return m_Path / name;
}

double
CountAtoms(const ferro::CrystalStructure & structure, int atomicNumber)
{
  double count = 0.0;
  for (const auto & atom : structure.atoms)
  {
    count += atom.atomicNumber == atomicNumber ? atom.occupancy : 0.0;
  }
  return count;
}

std::vector<double>
NearestDistances(const ferro::CrystalStructure & structure, std::size_t n, int atomicNumber, std::size_t count)
{
  std::vector<double> distances;
  for (const auto & atom : structure.atoms)
  {
    for (int cell = 0; atom.atomicNumber == atomicNumber && cell < 125; ++cell)
    {
      const Eigen::Vector3d shift = structure.cellA * Eigen::Vector3d(cell % 5 - 2, cell / 5 % 5 - 2, cell / 25 - 2);
      const double distance = (atom.positionA + shift - structure.atoms[n].positionA).norm();
      if (distance > 1e-6)
      {
        distances.push_back(distance);
      }
    }
  }
  std::sort(distances.begin(), distances.end());
  distances.resize(std::min(count, distances.size()));
  return distances;
}
