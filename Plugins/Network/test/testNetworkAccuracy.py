"""What networks of 'train' are good for, on small synthetic images with known truth. Usage: testNetworkAccuracy.py PROGRAM"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
# Ten pixels per cell and a small network: seconds instead of minutes.
SMALL = "--blocks 2x8,1x12p,1x16 --window-px 32 --input-pooling 1 --crop-px 64 --threads 1 --no-figures".split()
IMAGE = "--width 320 --height 320 --pixel-size-nm 0.0396 --substrate-fraction 0".split()
PM = 39.6


def area_under_curve(positive, negative):
    """Chance that a positive score is above a negative one."""
    ordered = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    ranks = sum(rank for rank, (_, kind) in enumerate(ordered, 1) if kind)
    return (ranks - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))


class Accuracy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def program(self, *words):
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, " ".join(words) + "\n" + done.stdout + done.stderr)
        return done

    def table(self, *names):
        with open(self.path(*names), newline="") as file:
            return list(csv.DictReader(file))

    def make(self, name, *options, dose="500"):
        self.program("synthesize", "--output", name, *IMAGE, "--dose-counts", dose, *options)

    def train(self, name, steps):
        self.program("extract", name + ".tif", "--labels", name + "_truth.csv", "--output", name + ".h5")
        self.program("train", name + ".h5", "--output", name + ".safetensors", "--steps", str(steps), *SMALL)

    def predict(self, image, network):
        output = image + "_by_" + network
        self.program("predict", image + ".tif", "--model", network + ".safetensors", "--threads", "1", "--no-figures", "--cells",
                     image + "_cells.csv", "--output", output)
        return self.table(output, "prediction.csv")

    def cells(self, name):
        """The true cells as a table of places for --cells; returns them."""
        rows = [row for row in self.table(name + "_truth.csv") if row["sublattice"] == "B"]
        with open(self.path(name + "_cells.csv"), "w") as file:
            file.write("i,j,x_px,y_px,px_px,py_px,px_pm,py_pm\n")
            for row in rows:
                x, y = float(row["ux_px"]), float(row["uy_px"])
                file.write("%s,%s,%s,%s,%g,%g,%g,%g\n" % (row["i"], row["j"], row["x_px"], row["y_px"], x, y, PM * x, PM * y))
        return {(row["i"], row["j"]): row for row in rows}

    def deviations(self, image, network):
        """Error and stated standard error, pm, of both components at the true cells."""
        true = self.cells(image)
        pairs = []
        for row in self.predict(image, network):
            cell = true[(row["i"], row["j"])]
            for axis in "xy":
                pairs.append((float(row["p%s_pm" % axis]) - PM * float(cell["u%s_px" % axis]), float(row["sigma_p%s_pm" % axis])))
        return pairs

    def error(self, image, network):
        """Root mean square error per axis, pm, at the true cells of the test part."""
        true = self.cells(image)
        square = count = 0
        for row in self.predict(image, network):
            cell = true[(row["i"], row["j"])]
            if float(row["x_px"]) > 320 * 2 / 3:
                for axis in "xy":
                    square += (float(row["p%s_pm" % axis]) - PM * float(cell["u%s_px" % axis])) ** 2
                    count += 1
        self.assertGreater(count, 100)
        return (square / count) ** 0.5

    def test_small_displacements_do_not_teach_large_ones(self):
        """Trained on large displacements a network predicts small ones; the reverse fails (Nelson et al. 2021, Fig. 8)."""
        self.make("high", "--displacement-pm", "30", "--domains", "vortex")
        self.make("low", "--displacement-pm", "3", "--domains", "vortex", "--seed", "8")
        for name in ("high", "low"):
            self.train(name, 300)
        self.assertLess(self.error("high", "high"), 8.0)
        down = self.error("low", "high")
        up = self.error("high", "low")
        self.assertLess(down, 8.0)
        self.assertGreater(up, 15.0)

    def test_paper_network_on_windows_around_cells(self):
        """The published kind of network, with same padding, on windows around the cells, turned and mirrored with their vectors:
        displacements of 30 pm to a few pm, in the part that it has not seen."""
        self.make("film", "--domains", "vortex", "--displacement-pm", "30")
        self.program("extract", "film.tif", "--labels", "film_truth.csv", "--windows", "C", "--window-px", "24", "--output", "film.h5")
        self.program("train", "film.h5", "--network", "paper", "--blocks", "2x8,1x12p,1x16", "--batch", "8", "--steps", "400",
                     "--validate-every", "200", "--threads", "1", "--no-figures", "--output", "paper.safetensors")
        self.assertLess(self.error("film", "paper"), 6.0)

    def test_errors_of_each_place(self):
        """One network for few and for many counts: it states what it errs on new images of either kind."""
        with open(self.path("list.csv"), "w") as file:
            file.write("image,labels\n")
            for number, dose in enumerate(("3", "600") * 5):
                name = "image%d" % number
                self.make(name, "--seed", str(20 + number), dose=dose)
                file.write("%s.tif,%s_truth.csv\n" % (name, name))
        self.program("extract", "--list", "list.csv", "--train-fraction", "1", "--output", "both.h5")
        self.program("train", "both.h5", "--output", "both.safetensors", "--steps", "400", "--predict-variance", "--validation-images",
                     "6", *SMALL)
        stated = {}
        for dose in ("3", "600"):
            pairs = []
            for seed in ("40", "41", "42"):
                self.make("new" + dose + seed, "--seed", seed, "--domains", "uniform", dose=dose)  # at walls more is wrong than is stated
                pairs += self.deviations("new" + dose + seed, "both")
            self.assertGreater(len(pairs), 3000)
            ratio = (sum((error / sigma) ** 2 for error, sigma in pairs) / len(pairs)) ** 0.5
            stated[dose] = (sum(sigma**2 for _, sigma in pairs) / len(pairs)) ** 0.5
            # Most of what such a small network errs is the same for all places where P has one direction, in every image: two
            # components and two directions in training give four independent errors and 0.35 for one standard deviation of
            # the ratio, of which three are allowed above. Below, a factor of as much.
            self.assertGreater(ratio, 0.35, dose)
            self.assertLess(ratio, 2.05, dose)
        self.assertGreater(stated["3"], 1.5 * stated["600"])

    def test_stated_errors_hold_beside_the_training_part(self):
        """Trained on what 'map' says about the left of an image: the stated errors are those against the truth at the right."""
        ratios = []
        for seed, dose in (("51", "30"), ("53", "500"), ("55", "60")):
            name = "part" + seed
            self.make(name, "--domains", "vortex", "--seed", seed, dose=dose)
            self.program("map", name + ".tif", "--no-figures", "--threads", "1", "--output", name + "_map")
            self.program("extract", name + ".tif", "--labels", name + "_map", "--output", name + ".h5")
            self.program("train", name + ".h5", "--output", name + ".safetensors", "--steps", "300", *SMALL)
            true = self.cells(name)
            pairs = []
            for row in self.predict(name, name):
                if float(row["x_px"]) > 320 * 2 / 3 + 16:
                    for axis in "xy":
                        actual = PM * float(true[(row["i"], row["j"])]["u%s_px" % axis])
                        pairs.append((float(row["p%s_pm" % axis]) - actual, float(row["sigma_p%s_pm" % axis])))
            self.assertGreater(len(pairs), 400)
            ratios.append((sum((error / sigma) ** 2 for error, sigma in pairs) / len(pairs)) ** 0.5)
        # Errors in a part of an image have causes in common: the ratios of larger networks scatter by 0.16 (Performance.md), which
        # is about 0.1 for three of them, of which three are allowed.
        pooled = (sum(ratio**2 for ratio in ratios) / len(ratios)) ** 0.5
        self.assertGreater(pooled, 0.7, ratios)
        self.assertLess(pooled, 1.3, ratios)

    def test_missing_columns_and_foreign_phase_are_novel(self):
        self.make("film", "--domains", "uniform")
        self.train("film", 300)
        self.make("defects", "--domains", "uniform", "--seed", "9", "--vacancies", "16", "--second-phase-fraction", "0.3",
                  "--second-phase-ratio-b", "0.75", "--second-phase-lattice-nm", "0.405")
        self.program("predict", "defects.tif", "--model", "film.safetensors", "--threads", "1", "--no-figures", "--output", "result")
        with open(self.path("defects.json")) as file:
            vacancies = [(v["x_px"], v["y_px"]) for v in json.load(file)["vacancies"]]
        border = min(float(row["x_px"]) for row in self.table("defects_truth.csv") if row["region"] == "second-phase")
        film, missing, foreign = [], [], []
        for row in self.table("result", "prediction.csv"):
            x, y = float(row["x_px"]), float(row["y_px"])
            distance = min(((x - a) ** 2 + (y - b) ** 2) ** 0.5 for a, b in vacancies)
            if x > border + 20:
                foreign.append(float(row["novelty"]))
            elif x < border - 20 and distance < 6:
                missing.append(float(row["novelty"]))
            elif x < border - 20 and distance > 26:
                film.append(float(row["novelty"]))
        self.assertGreater(min(len(film), len(missing), len(foreign)), 4)
        self.assertGreater(area_under_curve(missing, film), 0.95)
        self.assertGreater(area_under_curve(foreign, film), 0.95)
        self.assertLess(sum(score > 1.0 for score in film) / len(film), 0.1)

    def pretrained(self, name, *options):
        """Errors, values and stated errors, pm, of both components at the true cells of a new image; what was said."""
        self.program("synthesize", "--output", name, "--width", "640", "--height", "640", "--pixel-size-nm", "0.02",
                     "--substrate-fraction", "0", "--rotation-deg", "23", *options)
        true = self.cells(name)
        done = self.program("predict", name + ".tif", "--threads", "1", "--no-figures", "--no-novelty", "--cells", name + "_cells.csv",
                            "--output", name + "_found")
        found = []
        for row in self.table(name + "_found", "prediction.csv"):
            for axis in "xy":
                actual = 20.0 * float(true[(row["i"], row["j"])]["u%s_px" % axis])
                found.append((float(row["p%s_pm" % axis]) - actual, actual, float(row["sigma_p%s_pm" % axis])))
        self.assertGreater(len(found), 600)
        return found, done.stderr

    def test_pretrained_network(self):
        """Few counts: nearer to the truth than the Cramer-Rao bound of single columns permits (5.6 pm for these)."""
        found, said = self.pretrained("faint", "--dose-counts", "20", "--domains", "uniform", "--seed", "31")
        self.assertNotIn("warning", said)
        rms = (sum(error**2 for error, _, _ in found) / len(found)) ** 0.5
        slope = 1 + sum(error * actual for error, actual, _ in found) / sum(actual**2 for _, actual, _ in found)
        ratio = (sum((error / sigma) ** 2 for error, _, sigma in found) / len(found)) ** 0.5
        # 3.0 pm were measured. Windows of 4 x 4 cells share their noise: some 90 independent errors, 7 % for one standard
        # deviation of the root mean square; three of them are allowed here and for the ratio around 0.84.
        self.assertLess(rms, 3.7)
        self.assertGreater(slope, 0.9)
        self.assertLess(slope, 1.05)
        self.assertGreater(ratio, 0.65)
        self.assertLess(ratio, 1.05)

    def test_pretrained_network_on_a_varying_background(self):
        """Where the brightness varies more slowly than the lattice, and more than the lattice, slope and error are as without."""
        found, said = self.pretrained("thick", "--dose-counts", "1000", "--background-fraction", "2.3", "--background-variation", "0.6",
                                      "--domains", "uniform", "--seed", "33")
        self.assertIn("its local mean was subtracted", said)
        with open(self.path("thick_found", "summary.json")) as file:
            self.assertTrue(json.load(file)["network"]["background_subtracted"])
        slope = 1 + sum(error * actual for error, actual, _ in found) / sum(actual**2 for _, actual, _ in found)
        self.assertGreater(slope, 0.9)
        self.assertLess(slope, 1.05)

    def test_pretrained_network_sees_a_foreign_phase(self):
        """A phase that it has learned, but not beside this one."""
        self.program("synthesize", "--output", "phases", "--width", "720", "--height", "600", "--pixel-size-nm", "0.02", "--dose-counts",
                     "120", "--substrate-fraction", "0", "--domains", "uniform", "--vacancies", "10", "--second-phase-fraction", "0.3",
                     "--second-phase-ratio-b", "0.75", "--second-phase-lattice-nm", "0.405", "--seed", "34")
        self.program("predict", "phases.tif", "--threads", "1", "--no-figures", "--output", "phases_found")
        border = min(float(row["x_px"]) for row in self.table("phases_truth.csv") if row["region"] == "second-phase")
        with open(self.path("phases.json")) as file:
            vacancies = [(v["x_px"], v["y_px"]) for v in json.load(file)["vacancies"]]
        film, missing, foreign = [], [], []
        for row in self.table("phases_found", "prediction.csv"):
            x, y = float(row["x_px"]), float(row["y_px"])
            distance = min(((x - a) ** 2 + (y - b) ** 2) ** 0.5 for a, b in vacancies)
            if x > border + 40:
                foreign.append(float(row["novelty"]))
            elif x < border - 40 and distance < 12:
                missing.append(float(row["novelty"]))
            elif x < border - 40 and distance > 52:
                film.append(float(row["novelty"]))
        self.assertGreater(min(len(film), len(missing), len(foreign)), 4)
        self.assertGreater(area_under_curve(foreign, film), 0.95)
        self.assertGreater(area_under_curve(missing, film), 0.95)
        self.assertEqual(sum(score > 1.0 for score in film), 0)

    def test_pretrained_network_states_that_it_smears_walls(self):
        """Beside a sharp wall, of the component that changes its sign, errors are large, and stated to be so."""
        self.program("synthesize", "--output", "wall", "--width", "800", "--height", "800", "--pixel-size-nm", "0.02", "--rotation-deg",
                     "7", "--substrate-fraction", "0", "--dose-counts", "100", "--domains", "109", "--wall-width-nm", "0.1", "--seed", "35")
        true = self.cells("wall")
        self.program("predict", "wall.tif", "--threads", "1", "--no-figures", "--no-novelty", "--cells", "wall_cells.csv", "--output",
                     "wall_found")
        beside, far = [], []
        for row in self.table("wall_found", "prediction.csv"):
            i, j = int(row["i"]), int(row["j"])
            around = [true.get((str(i + x), str(j + y))) for x in (-1, 0, 1) for y in (-1, 0, 1)]
            for axis in "xy":
                actual = 20.0 * float(true[(row["i"], row["j"])]["u%s_px" % axis])
                jump = max(abs(20.0 * float(cell["u%s_px" % axis]) - actual) for cell in around if cell)
                pair = (float(row["p%s_pm" % axis]) - actual, float(row["sigma_p%s_pm" % axis]))
                if jump > 30:
                    beside.append(pair)
                elif jump < 3:
                    far.append(pair)
        self.assertGreater(len(beside), 50)

        def ratio(pairs):
            return (sum((error / sigma) ** 2 for error, sigma in pairs) / len(pairs)) ** 0.5

        def error(pairs):
            return (sum(error**2 for error, _ in pairs) / len(pairs)) ** 0.5

        self.assertGreater(error(beside), 2 * error(far))
        # 0.75 to 0.98 were measured on eleven images, and 1.8 to 5 without the bend of the field; errors in a row share
        # windows of 4 cells: some 25 independent ones, 14 % for one standard deviation, of which two are allowed.
        self.assertGreater(ratio(beside), 0.5)
        self.assertLess(ratio(beside), 1.25)

    def test_pretrained_network_where_b_is_like_a(self):
        """No wrong cell, and errors that say what is not known."""
        found, said = self.pretrained("alike", "--dose-counts", "100", "--ratio-b", "0.92", "--seed", "32")
        self.assertIn("A and B look much alike", said)
        with open(self.path("alike_found", "summary.json")) as file:
            scale = json.load(file)["network"]["image_pixels_per_pixel"]
        # The wrong cell would make it 0.70; the power spectrum finds the right one to about 2 %.
        self.assertAlmostEqual(scale, 0.396 / 0.02 / 20.0, delta=0.04)
        ratio = (sum((error / sigma) ** 2 for error, _, sigma in found) / len(found)) ** 0.5
        self.assertLess(ratio, 1.5)
        _, said = self.pretrained("same", "--dose-counts", "100", "--ratio-b", "1", "--displacement-pm", "0", "--sigma-b-nm", "0.045")
        self.assertIn("no column stands out in the middle", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
