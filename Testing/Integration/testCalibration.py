"""The pixel size held against the lattice: the warning of 'map --material', and 'map --calibrate'.

The truth is the lattice parameter that 'synthesize' draws with.
"""
import os
import re
import unittest

import harness

BIFEO3 = 0.396  # nm


class Material(harness.ProgramTest):
    def warnings(self, lattice, material, *options, name="film.tif"):
        output = name if name.endswith(".npy") else "film"
        self.run_ok(
            "synthesize", output, "--width", 220, "--height", 220, "--substrate-fraction", 0,
            "--lattice-nm", "%.6f" % lattice, "--pixel-size-nm", 0.02, "--dose-counts", 1000
        )
        done = self.run_ok("map", name, "--material", material, "--output", "result", "--no-figures", *options)
        listed = [text for text in self.summary("result")["warnings"] if "cell edge" in text]
        for text in listed:
            self.assertIn(text, done.stderr)
        return listed

    def test_both_sides_of_the_limit(self):
        for percent in (-3.3, -2.7, 0.0, 2.7, 3.3):
            with self.subTest(percent):
                found = self.warnings(BIFEO3 * (1 + percent / 100), "BiFeO3")
                if abs(percent) < 3:
                    self.assertEqual(found, [])
                    continue
                self.assertEqual(len(found), 2, found)
                for text in found:
                    stated = re.search(r"differs by ([-+][\d.]+) % from the 0.396 nm of BiFeO3", text)
                    self.assertTrue(stated, text)
                    self.assertAlmostEqual(float(stated.group(1)), percent, delta=0.1)

    def test_a_wrong_pixel_size_is_found_out(self):
        self.assertEqual(len(self.warnings(BIFEO3, "BiFeO3", "--pixel-size-nm", 0.021)), 2)
        # Calibrated by the lattice there is nothing left to warn of.
        self.assertEqual(
            self.warnings(BIFEO3, "BiFeO3", "--pixel-size-nm", 0.021, "--calibrate", "BiFeO3"), [])

    def test_either_edge_of_a_tetragonal_cell(self):
        for edge, count in ((0.3904, 0), (0.4150, 0), (0.400, 0), (0.3904 * 0.967, 2), (0.4150 * 1.033, 2)):
            with self.subTest(edge):
                self.assertEqual(len(self.warnings(edge, "PbTiO3")), count)

    def test_without_calibration_nothing_can_be_said(self):
        self.assertEqual(self.warnings(BIFEO3 * 1.2, "BiFeO3", name="film.npy"), [])


class Calibrate(harness.ProgramTest):
    def test_by_how_much_the_file_was_off(self):
        self.run_ok("synthesize", "film", "--width", 300, "--height", 300, "--substrate-fraction", 0,
                    "--dose-counts", 1000)
        for target in ("BiFeO3", "0.396", "0.396x0.396"):
            done = self.run_ok("map", "film.tif", "--pixel-size-nm", 0.021, "--calibrate", target, "--output", "result",
                               "--no-figures")
            off = re.search(r"off by ([-+][\d.]+) % along x and ([-+][\d.]+) % along y", done.stdout + done.stderr)
            self.assertTrue(off, done.stdout + done.stderr)
            for value in off.groups():
                self.assertAlmostEqual(float(value), 5.0, delta=0.1)
            for value in self.summary("result")["image"]["pixel_size_nm"]:
                self.assertAlmostEqual(value, 0.02, delta=2e-5)

    def test_by_the_substrate_alone(self):
        # Along a the substrate has the film's parameter, along b its own.
        self.run_ok("synthesize", "film", "--width", 300, "--height", 400, "--substrate-fraction", 0.5,
                    "--rotation-deg", 0, "--dose-counts", 1000)
        self.run_ok("map", "film.tif", "--pixel-size-nm", 0.021, "--calibrate", "0.396x0.3905", "--calibrate-region",
                    "0,220,299,399", "--calibrate-per-axis", "--output", "result", "--no-figures")
        for value in self.summary("result")["image"]["pixel_size_nm"]:
            self.assertAlmostEqual(value, 0.02, delta=3e-5)

    def test_wrong_use(self):
        self.write("image.npy", harness.npy(harness.noise_image(64)))
        for words in (["--calibrate", "Kryptonite"], ["--calibrate", "-1"], ["--calibrate", "0.39y0.40"],
                      ["--calibrate-per-axis"], ["--calibrate-region", "0,0,9,9"]):
            self.assert_fails(self.run_program("map", "image.npy", *words), 2, "map")
            self.assertFalse(os.path.exists(self.path("image_map")))


if __name__ == "__main__":
    harness.main()
