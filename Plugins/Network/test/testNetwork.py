"""Runs 'ferroscope extract', 'train' and 'predict' on small synthetic images. Usage: testNetwork.py PROGRAM"""

import csv
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = sys.argv.pop(1)
# Ten pixels per cell and a small network: seconds instead of minutes.
SMALL = "--blocks 2x8,1x12p,1x16 --window-px 32 --input-pooling 1 --crop-px 64 --threads 1 --no-figures".split()


class NetworkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        options = "--width 288 --height 256 --pixel-size-nm 0.0396 --dose-counts 500 --substrate-fraction 0".split()
        cls.run_in(cls.folder, "synthesize", "--output", "film", *options)
        cls.run_in(cls.folder, "extract", "film.tif", "--labels", "film_truth.csv", "--output", "film.h5")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def run_in(cls, folder, *words, status=0, word=""):
        done = subprocess.run([PROGRAM, *words], cwd=folder, capture_output=True, text=True)
        if done.returncode != status or word not in done.stderr:
            raise AssertionError("%s\n%d\n%s%s" % (" ".join(words), done.returncode, done.stdout, done.stderr))
        return done

    def program(self, *words, **options):
        return self.run_in(self.folder, *words, **options)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def curve(self, name):
        with open(self.path(name), newline="") as file:
            return list(csv.DictReader(file))

    def tensors(self, name):
        """The numbers of a network, without the provenance."""
        data = self.content(name)
        return data[8 + int.from_bytes(data[:8], "little") :]


class Train(NetworkTest):
    def test_learns(self):
        self.program("train", "film.h5", "--steps", "200", "--output", "learned.safetensors", *SMALL)
        points = self.curve("learned_curve.csv")
        self.assertEqual(points[-1]["step"], "200")
        # P is 30 pm per component: a network that learned nothing stays there.
        self.assertLess(min(float(point["validation_rmse_pm"]) for point in points), 12.0)
        self.assertFalse(os.path.exists(self.path("learned.safetensors.checkpoint")))

    def test_resumed_after_kill_is_the_same(self):
        options = ["train", "film.h5", "--steps", "120", "--validate-every", "10", "--dropout", "0.1", *SMALL]
        self.program(*options, "--output", "whole.safetensors")
        for _ in range(2):  # killed at two places, whatever it was doing there
            process = subprocess.Popen(
                [PROGRAM, *options, "--output", "killed.safetensors", "--resume"],
                cwd=self.folder, stderr=subprocess.PIPE, text=True)
            seen = 0
            for line in process.stderr:
                seen += "step " in line
                if seen >= 3:
                    break
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stderr.close()
            self.assertFalse(os.path.exists(self.path("killed.safetensors")))
            self.assertTrue(os.path.exists(self.path("killed.safetensors.checkpoint")))
        self.program(*options, "--output", "killed.safetensors", "--resume")
        self.assertEqual(self.tensors("killed.safetensors"), self.tensors("whole.safetensors"))
        self.assertEqual(self.content("killed_curve.csv"), self.content("whole_curve.csv"))

    def test_two_processes_make_one_network(self):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        options = ["train", "film.h5", "--steps", "150", "--batch", "4", "--world-size", "2", *SMALL,
                   "--master", "localhost:%d" % port]
        second = subprocess.Popen([PROGRAM, *options, "--rank", "1", "--output", "second.safetensors"], cwd=self.folder)
        self.program(*options, "--rank", "0", "--output", "shared.safetensors")
        self.assertEqual(second.wait(timeout=60), 0)
        self.assertFalse(os.path.exists(self.path("second.safetensors")))
        points = self.curve("shared_curve.csv")
        self.assertLess(min(float(point["validation_rmse_pm"]) for point in points), 15.0)

    def test_mistakes_are_named(self):
        def fails(status, word, *words):
            self.program("train", *words, status=status, word=word)
            self.assertFalse(os.path.exists(self.path("bad.safetensors")))

        bad = ["--output", "bad.safetensors"]
        fails(2, "CUDA", "film.h5", "--device", "cuda:7", *bad)
        fails(2, "--device", "film.h5", "--device", "tpu", *bad)
        fails(3, "HDF5", "film.tif", *bad)
        fails(3, "holds no windows", "film.h5", "--network", "paper", *bad)
        fails(2, "same padding", "film.h5", "--padding", "same", "--mode", "crops", *bad)
        fails(2, "--crop-px", "film.h5", "--crop-px", "40", *bad)
        fails(4, "crop", "film.h5", "--crop-px", "400", *bad)
        fails(2, "--blocks", "film.h5", "--blocks", "5by3", *bad)
        fails(2, "--validation-images", "film.h5", "--validation-images", "1", *bad)  # of one image
        fails(2, "--start", "film.h5", "--steps", "0", *bad)
        fails(2, "--predict-variance", "film.h5", "--predict-variance", "--loss", "huber", *bad)
        fails(2, "too small", "film.h5", "--window-px", "20", *bad)
        fails(2, "--master", "film.h5", "--world-size", "2", "--master", "nowhere", *bad, *SMALL)
        fails(5, "", "film.h5", "--steps", "1", "--output", "film.tif/bad.safetensors", *SMALL)
        # A checkpoint of another training.
        process = subprocess.Popen([PROGRAM, "train", "film.h5", "--steps", "5000", "--validate-every", "2", *bad, *SMALL],
                                   cwd=self.folder, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "step " in line:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        fails(2, "other data or other parameters", "film.h5", "--steps", "50", "--resume", *bad, *SMALL)
        with open(self.path("bad.safetensors.checkpoint"), "r+b") as file:
            file.truncate(5000)
        fails(3, "checkpoint", "film.h5", "--steps", "5000", "--validate-every", "2", "--resume", *bad, *SMALL)

    def test_interrupted_leaves_nothing_but_the_checkpoint(self):
        process = subprocess.Popen(
            [PROGRAM, "train", "film.h5", "--steps", "5000", "--validate-every", "5", "--output", "stop.safetensors", *SMALL],
            cwd=self.folder, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "step " in line:
                break
        process.send_signal(signal.SIGINT)
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), 130)
        left = [name for name in os.listdir(self.folder) if "stop" in name]
        self.assertEqual(left, ["stop.safetensors.checkpoint"])


class Predict(NetworkTest):
    """One network, trained on the truth of an image, on that image and on others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_in(cls.folder, "train", "film.h5", "--steps", "400", "--output", "net.safetensors", *SMALL)

    def truth(self, name):
        with open(self.path(name + "_truth.csv"), newline="") as file:
            return [row for row in csv.DictReader(file) if row["sublattice"] == "B"]

    def score(self, truth, prediction, pm_per_px, left=0.0):
        """RMS error per axis, slope, and SD of z of the places nearest to true cells, to the right of left."""
        with open(self.path(prediction, "prediction.csv"), newline="") as file:
            rows = [[float(row[key]) for key in ("x_px", "y_px", "px_pm", "py_pm", "sigma_px_pm")] for row in csv.DictReader(file)]
        true = {}
        for cell in truth:
            true.setdefault((int(float(cell["x_px"]) // 20), int(float(cell["y_px"]) // 20)), []).append(
                [float(cell[key]) for key in ("x_px", "y_px", "ux_px", "uy_px")])
        square = both = norm = z = count = 0
        for x, y, px, py, sigma in rows:
            near = [c for i in (-1, 0, 1) for j in (-1, 0, 1) for c in true.get((int(x // 20) + i, int(y // 20) + j), [])]
            if x < left or not near:
                continue
            cell = min(near, key=lambda c: (c[0] - x) ** 2 + (c[1] - y) ** 2)
            for value, actual in ((px, cell[2] * pm_per_px), (py, cell[3] * pm_per_px)):
                square += (value - actual) ** 2
                both += value * actual
                norm += actual**2
                z += ((value - actual) / sigma) ** 2
                count += 1
        self.assertGreater(count, 50)
        return (square / count) ** 0.5, both / norm, (z / count) ** 0.5

    def test_at_cells_and_everywhere(self):
        self.program("map", "film.tif", "--no-figures", "--output", "film_map")
        done = self.program("predict", "film.tif", "--model", "net.safetensors", "--compare", "film_map", "--novelty-sites", "4",
                            "--output", "everywhere")
        self.assertIn("correlation", done.stderr)
        rms, slope, z = self.score(self.truth("film"), "everywhere", 39.6, 192.0)
        self.assertLess(rms, 12.0)
        self.assertGreater(slope, 0.8)
        self.assertLess(slope, 1.1)
        self.assertGreater(z, 0.5)
        self.assertLess(z, 2.0)
        for name in ("cells.csv", "prediction.csv", "difference.csv", "novelty_sites.csv", "polarization.nrrd", "polarization.vti",
                     "cells.vtp", "summary.json", "report.html", "figures/03_polarization.png", "figures/30_novelty.png"):
            self.assertTrue(os.path.getsize(self.path("everywhere", name)) > 100, name)
        with open(self.path("everywhere", "novelty_sites.csv")) as file:
            self.assertEqual(len(file.readlines()), 5)
        self.program("predict", "film.tif", "--model", "net.safetensors", "--cells", "film_map", "--compare", "film_map",
                     "--no-figures", "--output", "cells")
        rms, slope, _ = self.score(self.truth("film"), "cells", 39.6, 192.0)
        self.assertLess(rms, 12.0)
        # The same file as 'map' writes: what follows takes either.
        with open(self.path("film_map", "cells.csv")) as one, open(self.path("cells", "cells.csv")) as other:
            self.assertEqual(one.readline(), other.readline())

    def libraries(self, *words):
        """Names of the files that the dynamic linker loads for a command."""
        log = self.path("linker")
        environment = dict(os.environ, LD_DEBUG="files", LD_DEBUG_OUTPUT=log)
        subprocess.run([PROGRAM, *words], cwd=self.folder, check=True, capture_output=True, env=environment)
        names = set()
        for file in os.listdir(self.folder):
            if file.startswith("linker."):
                with open(self.path(file), errors="replace") as lines:
                    names |= {line.split("calling init: ")[1].strip() for line in lines if "calling init: " in line}
                os.remove(self.path(file))
        self.assertTrue(any("FerroscopeDeepRegression." in name for name in names), names)  # else nothing was recorded
        return {os.path.basename(name) for name in names}

    def test_libtorch_is_loaded_where_it_is_needed(self):
        """It brings hundreds of libraries along, which take longer to load than a network takes to run."""
        ours = self.libraries("predict", "film.tif", "--model", "net.safetensors", "--no-figures", "--output", "ours")
        self.assertEqual([name for name in ours if "torch" in name.lower()], [])
        self.assertLess(len(ours), 200)
        small = "--blocks 1x4 --window-px 16 --input-pooling 1 --crop-px 32 --steps 1 --threads 1 --no-figures".split()
        trained = self.libraries("train", "film.h5", "--output", "one.safetensors", *small)
        self.assertTrue(any(name.startswith("libtorch") for name in trained), trained)

    def test_other_pixel_size(self):
        options = "--width 430 --height 400 --pixel-size-nm 0.0264 --dose-counts 500 --substrate-fraction 0 --seed 4".split()
        self.program("synthesize", "--output", "fine", *options)
        self.program("predict", "fine.tif", "--model", "net.safetensors", "--no-figures", "--output", "fine")
        rms, slope, _ = self.score(self.truth("fine"), "fine", 26.4)
        self.assertLess(rms, 15.0)
        self.assertGreater(slope, 0.75)
        self.assertLess(slope, 1.15)

    def test_foreign_images_are_novel(self):
        self.program("synthesize", "--output", "other", "--width", "288", "--height", "256", "--pixel-size-nm", "0.0396", "--lattice-nm",
                     "0.55", "--ratio-b", "1", "--substrate-fraction", "0")
        done = self.program("predict", "other.tif", "--model", "net.safetensors", "--no-figures", "--output", "other")
        self.assertIn("does not know images like this one", done.stderr)
        done = self.program("predict", "film.tif", "--model", "net.safetensors", "--no-figures", "--output", "own")
        self.assertNotIn("does not know images like this one", done.stderr)

    def test_mistakes_are_named(self):
        def fails(status, word, *words):
            self.program("predict", *words, "--no-figures", "--output", "bad", status=status, word=word)
            self.assertFalse(os.path.exists(self.path("bad")))

        model = ["--model", "net.safetensors"]
        fails(3, "film.tif", "film.tif", "--model", "film.tif")
        fails(3, "nothing.safetensors", "film.tif", "--model", "nothing.safetensors")
        with open(self.path("short.safetensors"), "wb") as file:
            file.write(self.content("net.safetensors")[:-9])
        fails(3, "truncated", "film.tif", "--model", "short.safetensors")
        fails(2, "CUDA", "film.tif", "--device", "cuda:3", *model)
        fails(2, "--stride-px", "film.tif", "--stride-px", "3", *model)
        fails(4, "smaller than its window", "film.tif", "--pixel-size-nm", "0.004", *model)
        fails(4, "another scale", "film.tif", "--pixel-size-nm", "3", *model)
        fails(3, "cells.csv", "film.tif", "--compare", "nothing/cells.csv", *model)


    def test_large_image_piece_by_piece(self):
        """An image that repeats itself, large enough to be read piece by piece, against a small part of it."""
        self.program("synthesize", "--output", "tile", *"--width 320 --height 320 --pixel-size-nm 0.0396 --substrate-fraction 0".split())
        self.program("convert", "tile.tif", "tile.npy")
        rows = self.content("tile.npy")[-320 * 320 * 4 :]
        for name, times in (("part", 2), ("large", 13)):
            edge = 320 * times
            header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (edge, edge)
            header = header.ljust(117) + "\n"
            with open(self.path(name + ".npy"), "wb") as file:
                file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
                for _ in range(times):
                    for y in range(320):
                        file.write(rows[4 * 320 * y : 4 * 320 * (y + 1)] * times)
            self.program("predict", name + ".npy", "--model", "net.safetensors", "--pixel-size-nm", "0.0396", "--no-figures",
                         "--novelty-sites", "3", "--output", name)
        os.remove(self.path("large.npy"))
        part, large = ({}, {})
        for found, name in ((part, "part"), (large, "large")):
            with open(self.path(name, "prediction.csv"), newline="") as file:
                for row in csv.DictReader(file):
                    found[float(row["x_px"]), float(row["y_px"])] = row
        self.assertGreater(len(large), 160000)
        self.assertEqual(len(large), len({(row["i"], row["j"]) for row in large.values()}))
        compared = 0
        # Periods that strips of 1024 pixels and blocks of 2048 cut everywhere.
        for (x, y), row in large.items():
            other = part.get((x % 320 if x % 320 >= 15.5 else x % 320 + 320, y % 320 if y % 320 >= 15.5 else y % 320 + 320))
            self.assertIsNotNone(other, (x, y))
            for key, tolerance in (("px_pm", 0.01), ("py_pm", 0.01), ("novelty", 1e-3)):
                self.assertAlmostEqual(float(row[key]), float(other[key]), delta=tolerance, msg=str((x, y, key)))
            compared += 1
        self.assertEqual(compared, len(large))
        with open(self.path("large", "novelty_sites.csv")) as file:
            self.assertEqual(len(file.readlines()), 4)


class FullDisk(NetworkTest):
    """Files may not become longer than a limit, which fails as a full disk does: wherever that happens, there is one
    sentence, the status for output, and nothing half-written."""

    def sweep(self, needed, *words):
        """Runs a command under ever larger limits until it fits; returns how often it did not."""
        failures = 0
        for limit in (200, 20000, 100000, 10000000):
            before = set(os.listdir(self.folder))

            def restrict(limit=limit):
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

            done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True, preexec_fn=restrict,
                                  restore_signals=False)
            left = set(os.listdir(self.folder)) - before
            if done.returncode == 0:
                self.assertEqual(left, set(needed))
                return failures
            failures += 1
            self.assertEqual(done.returncode, 5, words[0] + done.stderr)
            self.assertIn("cannot be written", done.stderr)
            # A checkpoint that was written whole stays: --resume goes on from it.
            checkpoints = {name for name in left if name.endswith(".checkpoint")}
            self.assertEqual(left - checkpoints, set(), limit)
            for name in checkpoints:
                os.remove(self.path(name))
        raise AssertionError("%s never fits" % words[0])

    def test_every_output(self):
        small = [word for word in SMALL if word != "--no-figures"]
        self.assertGreater(self.sweep(["w.h5"], "extract", "film.tif", "--labels", "film_truth.csv", "--windows", "C",
                                      "--window-px", "32", "--output", "w.h5"), 2)
        self.assertGreater(self.sweep(["n.safetensors", "n_curve.csv", "n_curve.png"], "train", "film.h5", "--steps", "4",
                                      "--validate-every", "2", "--output", "n.safetensors", *small), 1)
        self.program("map", "film.tif", "--no-figures", "--output", "film_map")
        self.assertGreater(self.sweep(["p"], "predict", "film.tif", "--model", "n.safetensors", "--compare", "film_map",
                                      "--novelty-sites", "3", "--no-figures", "--output", "p"), 1)
        self.program("predict", "film.tif", "--model", "n.safetensors", "--cells", "film_map", "--no-figures", "--output", "cells")
        self.assertGreater(self.sweep(["e"], "evaluate", "film_map", "cells", "--no-figures", "--output", "e"), 0)


class Extract(NetworkTest):
    def test_windows(self):
        done = self.program("extract", "film.tif", "--labels", "film_truth.csv", "--windows", "C", "--window-px", "40",
                            "--output", "windows.h5")
        self.assertIn("windows for training", done.stderr)
        self.program("train", "windows.h5", "--network", "paper", "--blocks", "1x4,1x4p", "--steps", "20", "--batch", "8",
                     "--validate-every", "10", "--threads", "1", "--output", "paper.safetensors")
        self.assertTrue(os.path.getsize(self.path("paper_curve.png")) > 1000)

    def test_map_as_labels_and_several_images(self):
        self.program("map", "film.tif", "--no-figures", "--output", "film_map")
        with open(self.path("list.csv"), "w") as file:
            file.write("image,labels,train_region\nfilm.tif,film_map,\"0,0,287,120\"\nfilm.tif,film_truth.csv,\n")
        self.program("extract", "--list", "list.csv", "--targets", "px,py", "--output", "two.h5")
        self.program("extract", "film.tif", "--labels", "film_map", "--targets", "px,py,a,b,gamma,area", "--output", "all.h5")
        self.program("train", "all.h5", "--steps", "4", "--output", "all.safetensors", *SMALL)

    def test_lattice_scale(self):
        self.program("extract", "film.tif", "--labels", "film_truth.csv", "--scale", "lattice", "--cell-px", "12",
                     "--output", "lattice.h5")

    def test_background_is_subtracted_where_it_varies_and_images_without_lattice_are_left_out(self):
        size = "--width 200 --height 200 --pixel-size-nm 0.0396 --substrate-fraction 0".split()
        self.program("synthesize", "--output", "slope", *size, "--background-fraction", "2", "--background-variation", "1")
        self.program("synthesize", "--output", "dark", *size, "--dose-counts", "0.01")
        with open(self.path("list.csv"), "w") as file:
            file.write("image,labels\nfilm.tif,film_truth.csv\nslope.tif,slope_truth.csv\ndark.tif,dark_truth.csv\n")
        words = ["extract", "--list", "list.csv", "--output", "list.h5", "--scale", "lattice"]
        done = self.program(*words, "--subtract-background")
        self.assertIn("2 images, 1 of them without their background", done.stderr)
        self.assertIn("dark.tif: left out, because its power spectrum shows no lattice", done.stderr)
        self.assertNotIn("without", self.program(*words).stderr)
        self.program(*words[:-1], "pixel-size", "--subtract-background", status=2, word="--scale lattice")

    def test_mistakes_are_named(self):
        def fails(status, word, *words):
            self.program("extract", *words, "--output", "bad.h5", status=status, word=word)
            self.assertFalse(os.path.exists(self.path("bad.h5")))

        fails(2, "--labels", "film.tif")
        fails(3, "no calibration", "film.npy", "--labels", "film_truth.csv") if os.path.exists(self.path("film.npy")) else None
        fails(3, "cells.csv", "film.tif", "--labels", ".")
        fails(3, "a_nm", "film.tif", "--labels", "film_truth.csv", "--targets", "a,b")
        fails(2, "--targets", "film.tif", "--labels", "film_truth.csv", "--targets", "px")
        fails(2, "--train-region", "film.tif", "--labels", "film_truth.csv", "--train-region", "3,4")
        fails(4, "training part", "film.tif", "--labels", "film_truth.csv", "--train-region", "0,0,2,2")
        fails(4, "--window-px", "film.tif", "--labels", "film_truth.csv", "--windows", "C", "--window-px", "230")
        with open(self.path("empty.csv"), "w") as file:
            file.write("image,labels\n")
        fails(3, "names no image", "--list", "empty.csv")


if __name__ == "__main__":
    unittest.main(verbosity=2)
