"""Runs 'ferroscope build-structure'. Usage: testBuildStructure.py PROGRAM"""

import csv
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)


class BuildStructureTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_program(self, *words, status=0):
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def read_xyz(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            lines = file.read().splitlines()
        cell = [float(word) for word in lines[1].split('"')[1].split()]
        atoms = [line.split() for line in lines[2:]]
        self.assertEqual(len(atoms), int(lines[0]))
        return (cell[0], cell[4], cell[8]), [(atom[0], *map(float, atom[1:])) for atom in atoms]

    def read_truth(self, base):
        with open(self.path(base + "_truth.csv"), newline="") as file:
            columns = list(csv.DictReader(file))
        with open(self.path(base + ".json"), encoding="utf-8") as file:
            return columns, json.load(file)

    def test_crystal(self):
        self.run_program("build-structure", "--output", "bfo", "--width-nm", "1.6", "--thickness-nm", "2")
        cell, atoms = self.read_xyz("bfo.xyz")
        for length, cells in zip(cell, (2, 1, 3)):
            self.assertAlmostEqual(length, cells * 2 * 3.984596034, places=6)
        self.assertEqual(len(atoms), 40 * 6)
        # Again from the file that was written, by way of the other format.
        self.run_program("build-structure", "bfo.xyz", "--output", "again", "--format", "prismatic")
        with open(self.path("again.xyz"), encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines()[-1], "-1")
        with open(self.path("again.json"), encoding="utf-8") as file:
            description = json.load(file)
        self.assertEqual(description["atoms"], 40)  # the smallest cell along the same axes
        self.assertIn("build-structure bfo.xyz", description["macro"])

    def test_zone_axis_and_strain(self):
        self.run_program("build-structure", "SrTiO3", "--zone-axis", "1,1,1", "--output", "sto")
        cell, atoms = self.read_xyz("sto.xyz")
        self.assertEqual(len(atoms), 30)
        self.assertAlmostEqual(cell[2], 3.9053 * math.sqrt(3), places=6)
        done = self.run_program("build-structure", "BiFeO3", "--zone-axis=-4,-2,1", "--output", "bfo")
        self.assertIn("straightened", done.stderr)
        done = self.run_program(
            "build-structure", "BiFeO3", "--zone-axis=-4,-2,1", "--largest-misfit", "0.001", "--longest-edge-nm", "1",
            status=4)
        self.assertIn("there is one with a misfit of 0.00", done.stderr)

    def test_truth_of_a_film_is_what_the_atoms_say(self):
        self.run_program(
            "build-structure", "BiFeO3-pc", "--output", "film", "--domains", "109", "--width-nm", "5", "--height-nm", "5",
            "--thickness-nm", "1.2", "--substrate", "SrTiO3", "--pixel-size-nm", "0.025")
        columns, description = self.read_truth("film")
        _, atoms = self.read_xyz("film.xyz")
        pixel = description["px_A"]
        self.assertEqual(pixel, 0.25)
        elements = {("A", "film"): "Bi", ("B", "film"): "Fe", ("A", "substrate"): "Sr", ("B", "substrate"): "Ti"}
        for column in columns:
            x, y = pixel * float(column["x_px"]), pixel * float(column["y_px"])
            element = elements[column["sublattice"], column["region"]]
            here = [atom for atom in atoms if atom[0] == element and math.hypot(atom[1] - x, atom[2] - y) < 1e-4]
            self.assertEqual(len(here), 3)
        displacements = {round(pixel * 100 * float(column["ux_px"]), 3) for column in columns
                         if column["sublattice"] == "B"}
        self.assertEqual(displacements, {0.0, 30.0})
        width, height = (float(word) for word in description["scan_region_nm"].split(",")[2:])
        self.assertAlmostEqual(width, 0.025 * description["width_px"])
        self.assertAlmostEqual(height, 0.025 * description["height_px"])

    def test_evaluate_map_takes_the_truth(self):
        self.run_program("build-structure", "BiFeO3-pc", "--output", "film", "--domains", "109", "--width-nm", "4.8",
                         "--height-nm", "4.8", "--displacement-pm", "25")
        columns, description = self.read_truth("film")
        width, height = description["width_px"], description["height_px"]
        # Gaussians in place of a simulation; the file is NumPy's, without calibration.
        pixels = [0.15 + 0.001 * ((7 * n) % 11) for n in range(width * height)]
        for column in columns:
            x, y = float(column["x_px"]), float(column["y_px"])
            high = 1.0 if column["sublattice"] == "A" else 0.4
            for row in range(max(0, int(y) - 8), min(height, int(y) + 10)):
                for line in range(max(0, int(x) - 8), min(width, int(x) + 10)):
                    pixels[row * width + line] += high * math.exp(-((line - x) ** 2 + (row - y) ** 2) / (2 * 2.2**2))
        header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (height, width)
        header += " " * (-(11 + len(header)) % 64) + "\n"
        with open(self.path("film.npy"), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
            file.write(struct.pack("<%df" % len(pixels), *pixels))
        self.run_program("map", "film.npy", "--pixel-size-nm", "0.02", "--no-figures", "--output", "film_map")
        score = json.loads(self.run_program("evaluate-map", "film", "film_map", "--json").stdout)
        for sublattice in "AB":
            self.assertGreater(score[sublattice]["true_interior"], 80)
            self.assertEqual(score[sublattice]["missed"], 0)
            self.assertEqual(score[sublattice]["wrong_sublattice"], 0)
        self.assertLess(abs(score["P"]["slope"] - 1.0), 0.03)

    def test_wrong_usage(self):
        for words, part, status in (
            (("Unobtainium",), "BaTiO3, BiFeO3, BiFeO3-pc", 3),
            (("SrTiO3", "--zone-axis", "1,1"), "three whole numbers", 2),
            (("SrTiO3", "--zone-axis", "0,0,0"), "zone axis", 2),
            (("SrTiO3", "--substrate", "BaTiO3"), "for a film only", 2),
            (("SrTiO3", "--domains", "109", "--zone-axis", "0,0,1"), "along [100]", 2),
            (("SrTiO3", "--width-nm", "900", "--height-nm", "900", "--thickness-nm", "900"), "atoms", 2),
        ):
            done = self.run_program("build-structure", *words, "--output", "out", status=status)
            self.assertIn(part, done.stderr)
        self.assertEqual(os.listdir(self.folder), [])
        with open(self.path("bad.cif"), "w", encoding="utf-8") as file:
            file.write("data_x\n_cell_length_a five\n")
        done = self.run_program("build-structure", "bad.cif", "--output", "out", status=3)
        self.assertIn("bad.cif", done.stderr)


if __name__ == "__main__":
    unittest.main()
