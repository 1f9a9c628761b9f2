"""Runs 'ferroscope evaluate-map'. Usage: testEvaluateMap.py PROGRAM [agreement]

With 'agreement' its numbers are held against an independent evaluator that lies beside the shared data
(FERROSCOPE_SHARED_DATA/../tools) and needs numpy and scipy.
"""

import csv
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
AGREEMENT = len(sys.argv) > 1 and sys.argv.pop(1) == "agreement"
EVALUATOR = os.path.join(os.environ.get("FERROSCOPE_SHARED_DATA", ""), os.pardir, "tools", "evaluate_map.py")
INTERPRETER = "/usr/bin/python3"
SKIPPED = 77


class EvaluateMapTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run_program(self, *words, status=0):
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def make(self, base, *options, image=None):
        self.run_program("synthesize", "--output", image or base, *options)
        self.run_program("map", image or base + ".tif", "--no-figures", "--output", base + "_map")


class Command(EvaluateMapTest):
    def test_image_that_is_not_square(self):
        self.make("film", "--width", "320", "--height", "220")
        text = self.run_program("evaluate-map", "film", "film_map").stdout
        self.assertIn("film: 0 columns invented in the interior", text)
        self.assertIn("slope", text)
        done = self.run_program("evaluate-map", "film.tif", "film_map", "--json", "--output", "score.json")
        score = json.loads(done.stdout)
        with open(self.path("score.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), score)
        with open(self.path("film_truth.csv"), newline="") as file:
            truth = list(csv.DictReader(file))
        cell = 3.96 / 0.2
        for sublattice in "AB":
            inside = [
                row
                for row in truth
                if row["sublattice"] == sublattice
                and cell < float(row["x_px"]) < 319 - cell
                and cell < float(row["y_px"]) < 219 - cell
            ]
            self.assertEqual(score[sublattice]["true_interior"], len(inside))
            self.assertEqual(score[sublattice]["missed"], 0)
            self.assertLess(score[sublattice]["ratio"], 1.3)
            self.assertGreater(score[sublattice]["ratio"], 0.7)
        self.assertGreater(score["P"]["slope"], 0.95)
        self.assertLess(score["P"]["slope"], 1.05)

    def test_image_without_calibration(self):
        self.make("film", "--width", "260", "--height", "260")
        self.make("plain", "--width", "260", "--height", "260", image="plain.npy")
        score = json.loads(self.run_program("evaluate-map", "film", "film_map", "--json").stdout)
        plain = json.loads(self.run_program("evaluate-map", "plain.npy", "plain_map", "--json").stdout)
        for kind, key in (("A", "rms_pm"), ("B", "z_sd"), ("P", "rms_film_pm"), ("P", "slope"), ("P", "z_sd")):
            self.assertAlmostEqual(plain[kind][key] / score[kind][key], 1.0, places=2, msg=kind + " " + key)

    def test_cells_without_columns(self):
        self.make("film", "--width", "260", "--height", "260")
        whole = json.loads(self.run_program("evaluate-map", "film", "film_map", "--json").stdout)
        cells = self.path("film_map", "cells.csv")
        score = json.loads(self.run_program("evaluate-map", "film", cells, "--json").stdout)
        self.assertEqual(score, {"name": "film", "P": whole["P"]})
        self.assertIn("cells only", self.run_program("evaluate-map", "film", cells).stdout)
        self.run_program("evaluate-map", "film", "film_truth.csv", status=3)

    def test_a_mistake_in_the_pixel_size_is_named(self):
        self.run_program("synthesize", "--output", "film", "--width", "260", "--height", "260")
        self.run_program("map", "film.tif", "--no-figures", "--pixel-size-nm", "0.022", "--output", "film_map")
        self.assertIn("0.022", self.run_program("evaluate-map", "film", "film_map").stderr)

    def test_files_that_cannot_be_read(self):
        def fails(*names):
            done = self.run_program("evaluate-map", *names, status=3)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertEqual(done.stdout, "")
            return done.stderr

        self.make("film", "--width", "260", "--height", "260")
        self.run_program("synthesize", "--output", "other", "--width", "280", "--height", "260")
        self.assertIn("nothing_truth.csv: cannot be read", fails("nothing", "film_map"))
        self.assertIn("nothing: there is no such folder", fails("film", "nothing"))
        self.assertIn("film.tif: line 1: binary data, expected a line of column names", fails("film", "film.tif"))
        self.assertIn("260 x 260 pixels", fails("other", "film_map"))

        os.rename(self.path("film_map", "cells.csv"), self.path("cells.csv"))
        self.assertIn("cells.csv: cannot be read", fails("film", "film_map"))
        shutil.copy(self.path("film.tif"), self.path("film_map", "cells.csv"))
        self.assertIn("cells.csv", fails("film", "film_map"))
        os.replace(self.path("cells.csv"), self.path("film_map", "cells.csv"))
        self.run_program("evaluate-map", "film", "film_map")

        with open(self.path("film_truth.csv")) as file:
            table = file.read()
        with open(self.path("film.json")) as file:
            description = file.read()
        for content, reason in (
            (table.replace("ux_px", "u"), "ux_px"),
            (table.replace("\n0,A,", "\n0,Z,"), "A or B"),
            (table.splitlines()[0] + "\n", "no columns"),
            (table.replace(",film,", ",film"), "film_truth.csv"),
        ):
            with open(self.path("film_truth.csv"), "w") as file:
                file.write(content)
            self.assertIn(reason, fails("film", "film_map"))
        with open(self.path("film_truth.csv"), "w") as file:
            file.write(table)
        for content, reason in (
            (description[:100], "not a JSON object"),
            ("[]", "not a JSON object"),
            (description.replace('"px_A"', '"pixel"'), "px_A is missing"),
            (description.replace('"width_px": 260', '"width_px": "wide"'), "width_px"),
        ):
            with open(self.path("film.json"), "w") as file:
                file.write(content)
            self.assertIn(reason, fails("film", "film_map"))

    def test_output_that_cannot_be_written(self):
        self.make("film", "--width", "260", "--height", "260")
        self.run_program("evaluate-map", "film", "film_map", "--output", "film.json", status=2)  # is an input
        self.run_program("evaluate-map", "film", "film_map", "--output", "film.tif/score.json", status=5)


class Agreement(EvaluateMapTest):
    """Every measure of the other evaluator, for good maps and for one that was spoiled."""

    def compare(self, base):
        done = subprocess.run(
            [INTERPRETER, EVALUATOR, base, base + "_map", "--json"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        expected = json.loads(done.stdout)
        found = json.loads(self.run_program("evaluate-map", base, base + "_map", "--json").stdout)
        self.hold(found, expected, base)
        return found

    def hold(self, found, expected, where):
        if isinstance(expected, dict):
            for key, value in expected.items():
                self.assertIn(key, found, where)
                self.hold(found[key], value, where + " " + key)
        elif isinstance(expected, list):
            self.assertEqual(len(found), len(expected), where)
            for first, second in zip(found, expected):
                self.hold(first, second, where)
        elif isinstance(expected, float):
            if math.isnan(expected):
                self.assertIsNone(found, where)
            else:
                self.assertAlmostEqual(found, expected, delta=1e-9 * max(1.0, abs(expected)), msg=where)
        else:
            self.assertEqual(found, expected, where)

    def test_default_image(self):
        self.make("film", "--width", "360", "--height", "360")
        self.compare("film")

    def test_low_dose_with_jitter_and_vacancies(self):
        options = "--dose-counts 20 --jitter-px 0.3 --vacancies 6 --rotation-deg 31 --seed 3".split()
        self.make("worn", "--width", "400", "--height", "400", *options)
        self.compare("worn")

    def test_without_substrate(self):
        self.make("vortex", "--width", "300", "--height", "300", "--domains", "vortex", "--substrate-fraction", "0")
        self.compare("vortex")

    def test_spoiled_map(self):
        self.make("film", "--width", "360", "--height", "360")
        with open(self.path("film_map", "columns.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        inner = [r for r in rows if 60 < float(r["x_px"]) < 300 and 60 < float(r["y_px"]) < 300]
        inner[3]["x_px"] = str(float(inner[3]["x_px"]) + 8.0)  # invented, and one missed
        inner[9]["y_px"] = str(float(inner[9]["y_px"]) + 2.0)  # beyond 30 pm
        inner[15]["flag"] = "outlier"
        inner[21]["sublattice"] = "A" if inner[21]["sublattice"] == "B" else "B"
        inner[27]["err_x_pm"] = inner[27]["err_y_pm"] = ""
        rows.append(dict(inner[33]))  # there twice
        rows.remove(inner[39])
        with open(self.path("film_map", "columns.csv"), "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        score = self.compare("film")
        self.assertEqual(score["invented_interior"], 2)
        self.assertEqual(score["A"]["missed"] + score["B"]["missed"], 2)
        self.assertEqual(score["A"]["wrong_sublattice"] + score["B"]["wrong_sublattice"], 1)
        self.assertEqual(score["A"]["beyond_30pm"] + score["B"]["beyond_30pm"], 1)


if __name__ == "__main__":
    if AGREEMENT:
        if not os.path.isfile(EVALUATOR):
            print("skipped: no evaluator beside FERROSCOPE_SHARED_DATA")
            sys.exit(SKIPPED)
        try:
            subprocess.run([INTERPRETER, "-c", "import numpy, scipy"], stderr=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.CalledProcessError):
            print("skipped: the evaluator needs numpy and scipy")
            sys.exit(SKIPPED)
    unittest.main(defaultTest="Agreement" if AGREEMENT else "Command", verbosity=2)
