"""Runs 'ferroscope compare-tilt' on images whose shifts are known. Usage: testCompareTilt.py PROGRAM"""

import csv
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""

CELL = 20  # pixels of 0.02 nm
SIZE = 2 * CELL
# Shifts of A and B along x and y at 30 mrad, pixels: 10 and 4 pm along -x, and 2 pm of B along y.
SHIFTS = {0: ((0.0, 0.0), (0.0, 0.0)), 30: ((-0.5, 0.0), (-0.2, 0.1)), 15: ((-0.25, 0.0), (-0.1, 0.05))}


def write_npy(path, rows):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in rows:
            file.write(struct.pack("<%df" % len(row), *row))


def periodic_gaussian(distance, sigma):
    return sum(math.exp(-((distance + n * CELL) ** 2) / (2 * sigma**2)) for n in range(-2, 3))


def make_image(shift_a, shift_b):
    """A on the corners of the cells, B 1.2 pixels off their middles."""
    rows = []
    for y in range(SIZE):
        row = []
        for x in range(SIZE):
            value = 0.02
            for height, place, shift, sigma in ((1.0, (0.0, 0.0), shift_a, 2.6), (0.4, (8.8, 8.8), shift_b, 2.2)):
                value += height * (
                    periodic_gaussian((x - place[0] - shift[0]) % CELL, sigma)
                    * periodic_gaussian((y - place[1] - shift[1]) % CELL, sigma)
                )
            row.append(value)
        rows.append(row)
    return rows


class CompareTilt(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run_program(self, *words, status=0):
        done = subprocess.run([PROGRAM, "compare-tilt", *words], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def make_series(self, tilts=(0, 15, 30), sense="clockwise"):
        os.makedirs(self.path("series", "images"), exist_ok=True)
        images = []
        for tilt in tilts:
            name = "images/haadf_%d.npy" % tilt
            write_npy(self.path("series", name), make_image(*SHIFTS[tilt]))
            sign = 1 if sense == "clockwise" else -1
            images.append({"file": name, "detector": "haadf", "tilt_mrad": [sign * tilt, 0], "thickness_nm": 20.0})
        report = {
            "structure": {"title": "test"},
            "probe": {"voltage_kV": 200, "semi_angle_mrad": 30, "defocus_nm": 0},
            "detectors": [{"name": "haadf", "inner_mrad": 65, "outer_mrad": 250}],
            "source_size_nm": 0,
            "motion": "frozen-phonon",
            "configurations_done": 3,
            "tilt_sense": sense,
            "scan": {"step_nm": [0.02, 0.02]},
            "images": images,
        }
        with open(self.path("series", "simulation.json"), "w") as file:
            json.dump(report, file)

    def test_known_shifts(self):
        for sense in ("clockwise", "counter-clockwise"):
            self.make_series(sense=sense)
            self.run_program("series", "--output", sense)
            with open(self.path(sense, "shifts.csv"), newline="") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual(len(rows), 3 * 3 * 3)
            for row in rows:
                # The table's sense is the program's own: clockwise.
                (ax, ay), (bx, by) = SHIFTS[int(row["tilt_x_mrad"])]
                truth = {"A": (ax, ay), "B": (bx, by), "P": (bx - ax, by - ay)}[row["sublattice"]]
                self.assertEqual(int(row["columns"]), 4)
                if row["estimator"] != "mass":
                    self.assertAlmostEqual(float(row["shift_x_pm"]), 20 * truth[0], delta=0.2)
                    self.assertAlmostEqual(float(row["shift_y_pm"]), 20 * truth[1], delta=0.2)
                else:  # what moves out of the circle is missed
                    self.assertLess(abs(float(row["shift_x_pm"])), 20 * abs(truth[0]) + 0.1)
        with open(self.path("clockwise", "summary.json")) as file:
            found = json.load(file)["comparison"]["thicknesses"][0]["gaussian"]
        self.assertAlmostEqual(found["A_over_B"], 10.0 / 4.0, delta=0.05)
        self.assertAlmostEqual(found["apparent_p_pm_per_mrad"][0], 0.2, delta=0.005)
        with open(self.path("clockwise", "response.json")) as file:
            response = json.load(file)
        self.assertEqual(response["estimator"], "2-D Gaussian, radius 2.7 sigma")
        for value in response["series"][0]["polarization_pm"]:  # B stands 1.2 pixels of 20 pm off the middle
            self.assertAlmostEqual(value, -24.0, delta=0.2)
        figures = sorted(os.listdir(self.path("clockwise", "figures")))
        self.assertEqual(
            figures,
            [
                "images_20nm.png",
                "line_A_20nm.png",
                "line_B_20nm.png",
                "shift_x_20nm.png",
                "shift_y_20nm.png",
                "tilt_20nm.png",
            ],
        )

    def test_further_series(self):
        self.make_series()
        with open(self.path("series", "simulation.json")) as file:
            report = json.load(file)
        os.makedirs(self.path("other"))
        os.rename(self.path("series", "images"), self.path("other", "images"))
        report["probe"]["defocus_nm"] = 5
        with open(self.path("other", "simulation.json"), "w") as file:
            json.dump(report, file)
        self.make_series()
        self.run_program("series", "--further", "other", "--output", "both")
        self.assertIn("shift_defocus_20nm.png", os.listdir(self.path("both", "figures")))
        with open(self.path("both", "shifts.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["defocus_nm"] for row in rows], ["0"] * 27 + ["5"] * 27)
        with open(self.path("both", "summary.json")) as file:
            self.assertEqual(len(json.load(file)["further"]), 1)

    def test_refusals(self):
        self.run_program("nowhere", status=3)
        self.make_series(tilts=(15, 30))
        self.assertIn("without tilt", self.run_program("series", status=3))
        self.make_series()
        self.run_program("series", "--detector", "bf", status=2)
        with open(self.path("series", "simulation.json"), "w") as file:
            file.write('{"structure": 3}')
        self.run_program("series", status=3)
        with open(self.path("series", "simulation.json"), "w") as file:
            file.write("no")
        self.run_program("series", status=3)
        self.assertFalse(os.path.exists(self.path("tilt_comparison")))


if __name__ == "__main__":
    unittest.main()
