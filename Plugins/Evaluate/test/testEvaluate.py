"""Runs 'ferroscope evaluate'. Usage: testEvaluate.py PROGRAM"""

import csv
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
SIZE = 600  # px, of the image that the tables are about
STEP = 20  # px between cells


def lattice():
    return [(x + 10.0, y + 10.0) for y in range(0, SIZE, STEP) for x in range(0, SIZE, STEP)]


def mean(values):
    return sum(values) / len(values)


class EvaluateTest(unittest.TestCase):
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

    def fails(self, *words, status=3):
        done = self.run_program("evaluate", *words, status=status)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done.stderr

    def write(self, name, rows):
        with open(self.path(name), "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)

    def evaluate(self, *words, figures=False):
        options = [] if figures else ["--no-figures"]
        self.run_program("evaluate", *words, "--output", "result", *options)
        with open(self.path("result", "evaluation.json"), encoding="utf-8") as file:
            return json.load(file)


class Command(EvaluateTest):
    def planted(self, seed=1):
        """Tables with a known slope of 0.9, bias, noise of 3 pm, and errors stated as such."""
        generator = random.Random(seed)
        measured, predicted = [], []
        for x, y in lattice():
            px, py = generator.gauss(0, 25), generator.gauss(10, 20)
            measured.append(
                {"x_px": x, "y_px": y, "px_pm": px, "py_pm": py, "a_nm": 0.39 + generator.gauss(0, 0.002), "flag": ""}
            )
            predicted.append(
                {
                    "x_px": x + generator.gauss(0, 0.4),
                    "y_px": y + generator.gauss(0, 0.4),
                    "px_pm": 0.9 * px + 2 + generator.gauss(0, 3),
                    "py_pm": 0.9 * py + generator.gauss(0, 3),
                    "err_px_pm": 3.0,
                    "a_nm": measured[-1]["a_nm"] + 0.001,
                    "flag": "",
                }
            )
        return measured, predicted

    def test_every_number_against_its_formula(self):
        measured, predicted = self.planted()
        self.write("measured.csv", measured)
        order = list(range(len(predicted)))
        random.Random(2).shuffle(order)  # rows belong together by place, not by number
        self.write("predicted.csv", [predicted[k] for k in order])
        result = self.evaluate("measured.csv", "predicted.csv", "--split-fraction", "0.5", "--pixel-size-nm", "0.02")
        self.assertEqual(result["matching"]["matched"], len(measured))
        width = max(x for x, _ in lattice()) + 11  # half a cell beyond the last one
        for region, inside in (
            ("all", lambda x: True),
            ("training", lambda x: x <= 0.5 * width - 0.5),
            ("test", lambda x: x > 0.5 * width - 0.5),
        ):
            for name in ("px", "py"):
                pairs = [
                    (m[name + "_pm"], p[name + "_pm"]) for m, p in zip(measured, predicted) if inside(m["x_px"])
                ]
                m, p = zip(*pairs)
                d = [b - a for a, b in pairs]
                sxx = sum((a - mean(m)) ** 2 for a in m)
                sxy = sum((a - mean(m)) * (b - mean(p)) for a, b in pairs)
                syy = sum((b - mean(p)) ** 2 for b in p)
                expected = {
                    "count": len(pairs),
                    "rmse": math.sqrt(mean([v * v for v in d])),
                    "mae": mean([abs(v) for v in d]),
                    "bias": mean(d),
                    "slope": sxy / sxx,
                    "intercept": mean(p) - sxy / sxx * mean(m),
                    "correlation": sxy / math.sqrt(sxx * syy),
                    "r2": 1 - sum(v * v for v in d) / sxx,
                }
                if name == "px":
                    z = [v / 3.0 for v in d]
                    expected["z_mean"] = mean(z)
                    expected["z_sd"] = math.sqrt(sum((v - mean(z)) ** 2 for v in z) / (len(z) - 1))
                found = result["comparisons"]["predicted_measured"][region][name]
                for key, value in expected.items():
                    self.assertAlmostEqual(found[key], value, delta=1e-6 * max(1, abs(value)), msg=f"{region} {name} {key}")
                self.assertEqual(found["unit"], "pm")
                low, high = found["slope_ci95"]
                self.assertTrue(low < 0.9 < high, found["slope_ci95"])
        edge = result["comparisons"]["predicted_measured"]["all"]["a"]
        self.assertEqual(edge["unit"], "pm")
        self.assertAlmostEqual(edge["bias"], 1.0, places=6)
        self.assertAlmostEqual(edge["slope"], 1.0, places=6)
        both = result["comparisons"]["predicted_measured"]["all"]["P"]
        self.assertEqual(both["count"], 2 * len(measured))

        with open(self.path("result", "statistics.csv"), newline="") as file:
            rows = {(r["region"], r["quantity"]): r for r in csv.DictReader(file)}
        one = result["comparisons"]["predicted_measured"]["test"]["px"]
        self.assertAlmostEqual(float(rows["test", "px"]["rmse"]), one["rmse"], places=4)
        self.assertAlmostEqual(float(rows["test", "px"]["slope_low"]), one["slope_ci95"][0], places=4)
        with open(self.path("result", "compared_cells.csv"), newline="") as file:
            cells = list(csv.DictReader(file))
        self.assertEqual(len(cells), len(measured))
        for cell in cells:
            self.assertEqual(order[int(cell["predicted_row"])], int(cell["measured_row"]))

    def test_a_table_against_itself(self):
        self.write("measured.csv", self.planted()[0])
        result = self.evaluate("measured.csv", "measured.csv")
        one = result["comparisons"]["predicted_measured"]["test"]["P"]
        self.assertEqual((one["rmse"], one["bias"], one["slope"], one["r2"]), (0, 0, 1, 1))
        self.assertEqual(result["outliers"], {"px": 0, "py": 0, "a": 0})

    def test_regions_flags_and_outliers(self):
        measured, predicted = self.planted()
        measured[7]["flag"] = "edge"
        predicted[7]["px_pm"] = 1e4  # must not count
        predicted[40]["px_pm"] += 90.0  # an outlier
        self.write("measured.csv", measured)
        self.write("predicted.csv", predicted)
        words = ("measured.csv", "predicted.csv", "--train-region", "100,100,400,300", "--margin-px", "15")
        result = self.evaluate(*words)["comparisons"]["predicted_measured"]

        def depth(x, y):
            inside = min(x - 100, y - 100, 400 - x, 300 - y)
            return inside if inside >= 0 else -math.hypot(max(100 - x, x - 400, 0), max(100 - y, y - 300, 0))

        depths = [depth(x, y) for k, (x, y) in enumerate(lattice()) if k != 7]
        self.assertEqual(result["training"]["px"]["count"], sum(d >= 15 for d in depths))
        self.assertEqual(result["test"]["px"]["count"], sum(d <= -15 for d in depths))
        self.assertEqual(result["all"]["px"]["count"], len(measured) - 1)
        self.assertEqual(result["flagged"]["px"]["count"], 1)
        self.assertGreater(result["flagged"]["px"]["rmse"], 9000)
        self.assertLess(result["all"]["px"]["rmse"], 10)
        with open(self.path("result", "compared_cells.csv"), newline="") as file:
            cells = list(csv.DictReader(file))
        marked = [int(c["measured_row"]) for c in cells if c["px_outlier"] == "1"]
        self.assertEqual(marked, [40])
        everything = self.evaluate(*words, "--include-flagged")["comparisons"]["predicted_measured"]
        self.assertEqual(everything["all"]["px"]["count"], len(measured))
        self.assertNotIn("flagged", everything)

    def test_synthetic_image_with_truth(self):
        self.run_program("synthesize", "--output", "film", "--width", "420", "--height", "420", "--seed", "5")
        self.run_program("map", "film.tif", "--no-figures", "--output", "film_map")
        measures = json.loads(self.run_program("evaluate-map", "film", "film_map", "--json").stdout)["P"]
        result = self.evaluate("film_map", "film_map", "--truth", "film_truth.csv", "--split-fraction", "0")
        self.assertEqual(set(result["comparisons"]), {"predicted_measured", "predicted_truth", "measured_truth"})
        truth = result["comparisons"]["measured_truth"]["all"]["P"]
        # evaluate-map has its own code; it leaves out one cell along the edge and, for slope and RMS, what is not polar.
        self.assertAlmostEqual(truth["rmse"] / measures["rms_film_pm"], 1.0, delta=0.1)
        self.assertAlmostEqual(truth["z_sd"] / measures["z_sd"], 1.0, delta=0.1)
        self.assertAlmostEqual(truth["slope"], 1.0, delta=0.05)
        self.assertEqual(truth["unit"], "pm")

    def test_lengths_in_pixels(self):
        measured = [{"x_px": x, "y_px": y, "px_px": 0.01 * x, "py_px": 1.0, "a_px": 20 + 0.01 * y} for x, y in lattice()]
        predicted = [dict(row, px_px=row["px_px"] + 0.5) for row in measured]
        self.write("measured.csv", measured)
        self.write("predicted.csv", predicted)
        plain = self.evaluate("measured.csv", "predicted.csv")["comparisons"]["predicted_measured"]["all"]
        self.assertEqual((plain["px"]["unit"], plain["a"]["unit"]), ("px", "px"))
        self.assertAlmostEqual(plain["px"]["bias"], 0.5, places=9)
        scaled = self.evaluate("measured.csv", "predicted.csv", "--pixel-size-nm", "0.02")
        self.assertAlmostEqual(scaled["comparisons"]["predicted_measured"]["all"]["px"]["bias"], 10.0, places=9)
        # One table in pm, the other in pixels: only with a pixel size.
        self.write("predicted.csv", [{"x_px": r["x_px"], "y_px": r["y_px"], "px_pm": 20 * r["px_px"]} for r in measured])
        self.assertIn("--pixel-size-nm", self.fails("measured.csv", "predicted.csv", "--output", "other"))
        mixed = self.evaluate("measured.csv", "predicted.csv", "--pixel-size-nm", "0.02", "--targets", "px")
        self.assertAlmostEqual(mixed["comparisons"]["predicted_measured"]["all"]["px"]["rmse"], 0.0, places=9)

    def test_any_column_is_a_quantity(self):
        rows = [{"x_px": x, "y_px": y, "intensity": x + y, "err_intensity": 2.0} for x, y in lattice()]
        self.write("measured.csv", rows)
        result = self.evaluate("measured.csv", "measured.csv", "--targets", "intensity")
        self.assertEqual(list(result["comparisons"]["predicted_measured"]["all"]), ["intensity"])
        self.assertIn("novelty", self.fails("measured.csv", "measured.csv", "--targets", "intensity,novelty"))

    def test_figures_and_report(self):
        measured, predicted = self.planted()
        self.write("measured.csv", measured)
        self.write("predicted.csv", predicted)
        self.write("truth.csv", measured)
        self.evaluate("measured.csv", "predicted.csv", "--truth", "truth.csv", figures=True)
        names = {"10_scatter_px.png", "10_scatter_py.png", "10_scatter_a.png", "20_joint.png", "30_map_P.png"}
        names |= {"31_map_px.png", "31_map_py.png", "31_map_a.png", "40_z_scores.png"}
        self.assertEqual(set(os.listdir(self.path("result", "figures"))), names | {"truth"})
        self.assertEqual(set(os.listdir(self.path("result", "figures", "truth"))), names)
        with open(self.path("result", "report.html"), encoding="utf-8") as file:
            html = file.read()
        self.assertEqual(html.count("<img "), 2 * len(names))
        self.assertIn("Predicted against the truth", html)
        with open(self.path("result", "summary.json"), encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["inputs"]), 3)

    def test_same_seed_same_bytes(self):
        measured, predicted = self.planted()
        self.write("measured.csv", measured)
        self.write("predicted.csv", predicted)
        texts = []
        for threads, seed in (("1", "0"), ("2", "0"), ("1", "1")):
            self.evaluate("measured.csv", "predicted.csv", "--threads", threads, "--seed", seed)
            with open(self.path("result", "statistics.csv"), encoding="utf-8") as file:
                texts.append(file.read())
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    def test_bad_input(self):
        measured, predicted = self.planted()
        self.write("measured.csv", measured)
        self.write("far.csv", [dict(row, x_px=row["x_px"] + 1e5) for row in predicted])
        self.write("places.csv", [{"x_px": 1, "y_px": 2}])
        self.write("empty.csv", measured)
        with open(self.path("empty.csv"), "w", encoding="utf-8") as file:
            file.write("x_px,y_px,px_pm,py_pm\n")
        os.mkdir(self.path("folder"))
        self.assertIn("none of", self.fails("measured.csv", "far.csv", status=4))
        self.assertIn("no cells", self.fails("measured.csv", "empty.csv"))
        self.assertIn("cells.csv", self.fails("folder", "measured.csv"))
        self.assertIn("nothing.csv", self.fails("measured.csv", "nothing.csv"))
        self.assertIn("--train-region", self.fails("measured.csv", "measured.csv", "--train-region", "1,2", status=2))
        self.assertIn("--targets", self.fails("measured.csv", "measured.csv", "--targets", "px,px", status=2))
        self.assertIn("--targets", self.fails("measured.csv", "measured.csv", "--targets", "../x", status=2))
        self.write("one.csv", [{"x_px": 10, "y_px": 10}])
        self.assertIn("not in both tables", self.fails("measured.csv", "one.csv"))
        self.fails("measured.csv", "measured.csv", "--output", "measured.csv/x", status=5)
        self.assertEqual([n for n in os.listdir(self.folder) if n.endswith("evaluation")], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
