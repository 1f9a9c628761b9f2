"""Runs 'ferroscope synthesize' and looks at its files. Usage: testSynthesize.py PROGRAM DEMO_FOLDER"""

import array
import csv
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 2 else ""
DEMO = sys.argv.pop(1) if len(sys.argv) > 1 else ""


def read_tiff(path):
    """Width, height and pixels of a little-endian float TIFF of one strip, and its tags."""
    with open(path, "rb") as file:
        data = file.read()
    (offset,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, offset)
    tags = {}
    for n in range(count):
        tag, kind, _, value = struct.unpack_from("<HHII", data, offset + 2 + 12 * n)
        tags[tag] = value
        if kind == 5:
            numerator, denominator = struct.unpack_from("<II", data, value)
            tags[tag] = numerator / denominator
    pixels = array.array("f")
    pixels.frombytes(data[tags[273] : tags[273] + tags[279]])
    return tags[256], tags[257], pixels, tags


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Synthesize(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_program(self, *words, status=0):
        done = subprocess.run([PROGRAM, "synthesize", *words], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_files(self):
        self.run_program("--output", "film", "--width", "300", "--height-px", "200", "--dose-counts", "400")
        self.assertEqual(sorted(os.listdir(self.folder)), ["film.json", "film.tif", "film_truth.csv"])
        width, height, pixels, tags = read_tiff(self.path("film.tif"))
        self.assertEqual((width, height), (300, 200))
        self.assertAlmostEqual(tags[282], 50.0, places=6)  # pixels per nm
        description = json.loads(self.content("film.json"))
        self.assertNotIn("n", description)  # only square images have one size
        self.assertEqual(description["px_A"], 0.2)
        rows = table(self.path("film_truth.csv"))
        self.assertEqual(list(rows[0]), "id,sublattice,x_px,y_px,ux_px,uy_px,amp_rel,sigma_px,region,i,j".split(","))
        self.assertEqual(len(rows), description["n_columns"])
        # The brightest pixels lie on A columns of the film.
        bright = 0
        for row in rows:
            x, y = round(float(row["x_px"])), round(float(row["y_px"]))
            if row["sublattice"] == "A" and row["region"] == "film" and 0 <= x < width and 0 <= y < height:
                self.assertAlmostEqual(pixels[y * width + x], 400 * 1.15, delta=160)
                bright += 1
        self.assertGreater(bright, 80)

    def test_bound(self):
        self.run_program("film")
        description = json.loads(self.content("film.json"))
        self.assertEqual(description["n"], 512)
        bound = description["crlb_pm"]
        self.assertEqual(set(bound), {"A_film", "A_substrate", "B_film", "B_substrate", "u_film"})
        self.assertAlmostEqual(bound["u_film"], (bound["B_film"] ** 2 + bound["A_film"] ** 2 / 4) ** 0.5)
        self.run_program("free", "--dose-counts", "0")
        self.assertNotIn("crlb_pm", json.loads(self.content("free.json")))

    def test_columns_that_are_not_round_have_no_bound(self):
        self.run_program("skewed", "--skew-fraction", "0.3", "--skew-shift-nm", "0.05", "--ellipticity", "1.2")
        description = json.loads(self.content("skewed.json"))
        self.assertNotIn("crlb_pm", description)
        self.assertEqual((description["skew_fraction"], description["skew_shift_A"], description["ellipticity"]), (0.3, 0.5, 1.2))
        # The shape belongs to the probe: columns and displacements are those of the image without it.
        self.run_program("round")
        self.assertNotIn("ellipticity", set(json.loads(self.content("round.json"))) - {"parameters"})
        self.assertEqual(self.content("skewed_truth.csv"), self.content("round_truth.csv"))
        self.assertNotEqual(self.content("skewed.tif"), self.content("round.tif"))
        self.run_program("x", "--ellipticity", "0.5", status=2)

    def test_same_seed_same_bytes(self):
        self.run_program("one.tif", "--threads", "1", "--jitter-px", "0.2")
        self.run_program("two.tif", "--threads", "2", "--jitter-px", "0.2")
        self.run_program("other.tif", "--seed", "5", "--jitter-px", "0.2")
        self.assertEqual(self.content("one.tif"), self.content("two.tif"))
        self.assertNotEqual(self.content("one.tif"), self.content("other.tif"))

    def test_series(self):
        self.run_program("--output", "alloy", "--series", "3", "--series-end", "0.75", "--width", "128", "--height", "128")
        ratios = [json.loads(self.content("alloy_0%d.json" % n))["ratioB"] for n in range(3)]
        for found, expected in zip(ratios, (0.35, 0.55, 0.75)):
            self.assertAlmostEqual(found, expected)
        self.assertIn("seriesEnd", self.run_program("--output", "x", "--series", "3", status=2).stderr)

    def test_numpy(self):
        self.run_program("plain.npy", "--width", "64", "--height", "48")
        data = self.content("plain.npy")
        self.assertEqual(data[:8], b"\x93NUMPY\x01\x00")
        (length,) = struct.unpack_from("<H", data, 8)
        self.assertEqual((10 + length) % 64, 0)
        self.assertEqual(eval(data[10 : 10 + length])["shape"], (48, 64))
        self.assertEqual(len(data), 10 + length + 4 * 64 * 48)

    def test_errors(self):
        self.run_program("--output", "x", "--vacancies", "90000", status=2)
        self.run_program("--output", "x", "--pixel-size-nm", "0.2", status=2)
        with open(self.path("file"), "w"):
            pass
        self.run_program("--output", "file/x", status=5)
        self.assertEqual(os.listdir(self.folder), ["file"])

    def test_demo_is_what_its_recipe_makes(self):
        with open(os.path.join(DEMO, "README.md")) as file:
            line = next(line for line in file if line.startswith("    ferroscope synthesize "))
        self.run_program(*line.split()[2:])
        self.assertEqual(table(self.path("demo_truth.csv")), table(os.path.join(DEMO, "demo_truth.csv")))
        made = read_tiff(self.path("demo.tif"))[2]
        kept = read_tiff(os.path.join(DEMO, "demo.tif"))[2]
        self.assertEqual(len(made), len(kept))
        # Another processor may round an exponential in another way, which moves a count once in a blue moon.
        self.assertLess(sum(a != b for a, b in zip(made, kept)), 100)


if __name__ == "__main__":
    unittest.main()
