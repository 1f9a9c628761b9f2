#!/usr/bin/env python3
"""Writes BiFeO3-pc.cif: the R3c structure of BiFeO3 with its rhombohedral angle put at exactly 60 degrees."""

import math

A_HEX, C_HEX = 5.58, 13.87  # Angstrom
SITES = {"Bi": (0.0, 0.0, 0.0), "Fe": (0.0, 0.0, 0.2212), "O": (0.443, 0.012, 0.9543)}
U_ISO = {"Bi": 0.0054, "Fe": 0.0047, "O": 0.0081}  # Angstrom^2

HEADER = """\
# Bismuth ferrite, 2 x 2 x 2 pseudo-cubic cells: the positions of the rhombohedral cell with its angle of 59.35 degrees put
# at exactly 60, which makes the pseudo-cubic cell a cube. Along any cube axis each Fe column lies 0.23 Angstrom off the
# middle of its four Bi columns, per component. Written by makeBiFeO3PseudoCubic.py; numbers: see the README of this folder.
data_BiFeO3-pc
_chemical_name_common 'BiFeO3, pseudo-cubic (rhombohedral angle 60 degrees)'
_chemical_formula_sum 'Bi Fe O3'
_publ_section_references
;
positions: J. M. Moreau, C. Michel, R. Gerson, W. J. James, J. Phys. Chem. Solids 32, 1315 (1971); displacements:
A. Palewicz et al., Acta Cryst. B 63, 537 (2007)
;
_cell_length_a %.9f
_cell_length_b %.9f
_cell_length_c %.9f
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P 1'
_symmetry_Int_Tables_number 1
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
_atom_site_U_iso_or_equiv
"""


def distance(p, q):
    return max(abs((a - b + 0.5) % 1.0 - 0.5) for a, b in zip(p, q))


def add(places, place):
    place = tuple(round(value % 1.0, 9) % 1.0 for value in place)
    if all(distance(place, other) > 1e-6 for other in places):
        places.append(place)


def main():
    # Length of the rhombohedral vectors; at 60 degrees they are the face diagonals of a cube of two a_pc.
    a_rhombohedral = math.sqrt(A_HEX**2 / 3.0 + C_HEX**2 / 9.0)
    a_pc = a_rhombohedral / math.sqrt(2.0)
    lines = []
    for element, (x, y, z) in SITES.items():
        places = []
        for i, j, k in [
            (x, y, z), (-y, x - y, z), (-x + y, -x, z),
            (-y, -x, z + 0.5), (-x + y, y, z + 0.5), (x, x - y, z + 0.5),
        ]:
            # Hexagonal to rhombohedral coordinates (obverse), then to the cube with vectors (0 1 1), (1 0 1), (1 1 0) / 2.
            u, v, w = i + k, -i + j + k, -j + k
            for shift in [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]:
                add(places, ((v + w) / 2 + shift[0], (u + w) / 2 + shift[1], (u + v) / 2 + shift[2]))
        for n, place in enumerate(sorted(places), 1):
            lines.append("%-4s %-2s %.6f %.6f %.6f 1 %g" % (element + str(n), element, *place, U_ISO[element]))
    with open("BiFeO3-pc.cif", "w", encoding="ascii", newline="\n") as file:
        file.write(HEADER % (2 * a_pc, 2 * a_pc, 2 * a_pc) + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
