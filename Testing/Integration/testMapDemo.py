"""The main job on the demo image: every file, every column name, the same bytes for every run, Ctrl-C."""
import glob
import os
import signal
import subprocess
import time
import unittest

import harness

COLUMNS = (
    "id sublattice i j x_px y_px x_nm y_nm amplitude background sigma_major_px sigma_minor_px rotation_deg "
    "err_x_pm err_y_pm cov_xy_pm2 residual_rms flag"
).split()
CELLS = (
    "id center i j x_px y_px x_nm y_nm px_pm py_pm p_pm angle_deg err_px_pm err_py_pm cov_pxy_pm2 "
    "a_nm b_nm gamma_deg area_nm2 flag"
).split()
FILES = (
    "columns.csv cells.csv polarization.nrrd polarization.vti columns.vtp cells.vtp columns.roi.zip summary.json "
    "report.html"
).split()
SUMMARY = {
    "image": "file title width_px height_px calibrated pixel_size_nm".split(),
    "columns": "total A B other flagged".split(),
    "cells": "total flagged".split(),
    "lattice": "kind description a_nm b_nm gamma_deg rotation_deg rms_deviation_A_pm rms_deviation_B_pm".split(),
    "polarization": "defined mean_pm mean_error_pm rms_pm median_magnitude_pm median_error_pm".split(),
    "noise": "gain offset".split(),
}


class MapDemo(harness.ProgramTest):
    def test_everything_that_comes_out(self):
        done = self.run_ok("map", harness.DEMO, "--output", "result")
        self.assertNotIn("\r", done.stdout + done.stderr, "progress was written into a pipe")
        self.assertNotIn("<filter-progress>", done.stdout)

        for name in FILES:
            self.assertGreater(os.path.getsize(self.path("result", name)), 0, name)
        self.assertEqual(os.listdir(self.folder), ["result"], "something was left beside the results")

        columns = self.header("result", "columns.csv")
        cells = self.header("result", "cells.csv")
        self.assertEqual(columns[: len(COLUMNS)], COLUMNS)
        self.assertEqual(cells[: len(CELLS)], CELLS)

        pictures = glob.glob(self.path("result", "figures", "*.png"))
        self.assertGreaterEqual(len(pictures), 5)
        for picture in pictures:
            with open(picture, "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n", picture)

        report = self.content("result", "report.html").decode("utf-8")
        self.assertIn("</html>", report)
        self.assertIn("data:image/png;base64,", report)
        for reference in ('src="figures', "src='figures", 'src="http', 'href="http://localhost'):
            self.assertNotIn(reference, report, "the report is not one file")

        self.check_summary(self.summary("result"))
        self.check_numbers()

    def check_summary(self, summary):
        for key in "program version command macro inputs parameters seed threads stages warnings".split():
            self.assertIn(key, summary)
        self.assertEqual(summary["program"], "ferroscope")
        self.assertEqual(summary["command"], "map")
        self.assertTrue(summary["macro"].startswith("ferroscope map "), summary["macro"])
        import hashlib

        with open(harness.DEMO, "rb") as file:
            self.assertEqual(summary["inputs"][0]["sha256"], hashlib.sha256(file.read()).hexdigest())
        for section, keys in SUMMARY.items():
            for key in keys:
                self.assertIn(key, summary[section], section)
        self.assertEqual(summary["columns"]["total"], len(self.table("result", "columns.csv")))
        self.assertEqual(summary["cells"]["total"], len(self.table("result", "cells.csv")))
        self.assertTrue(summary["polarization"]["defined"])

    def check_numbers(self):
        """The tables agree with themselves: units, signs, error bars."""
        import math

        cells = self.table("result", "cells.csv")
        self.assertGreater(len(cells), 100)
        for cell in cells:
            px, py = float(cell["px_pm"]), float(cell["py_pm"])
            self.assertAlmostEqual(float(cell["p_pm"]), math.hypot(px, py), delta=0.01 + 1e-3 * math.hypot(px, py))
            if math.hypot(px, py) > 1:
                difference = float(cell["angle_deg"]) - math.degrees(math.atan2(-py, px))
                self.assertAlmostEqual((difference + 180) % 360 - 180, 0, delta=0.5)
            self.assertGreater(float(cell["err_px_pm"]), 0)
            self.assertGreater(float(cell["err_py_pm"]), 0)
        ids = [row["id"] for row in self.table("result", "columns.csv")]
        self.assertEqual(len(ids), len(set(ids)))

    def test_same_bytes_for_any_thread_count_and_run(self):
        for result, threads in (("one", 1), ("two", 2), ("again", 2)):
            self.run_ok("map", harness.DEMO, "--output", result, "--threads", threads, "--no-figures")
        for name in ("columns.csv", "cells.csv", "polarization.nrrd"):
            self.assertEqual(self.content("one", name), self.content("two", name), name + ": 1 and 2 threads")
            self.assertEqual(self.content("two", name), self.content("again", name), name + ": repeated")

    def test_no_figures(self):
        self.run_ok("map", harness.DEMO, "--output", "result", "--no-figures")
        self.assertEqual(glob.glob(self.path("result", "figures", "*")), [])

    def test_run_again_from_the_summary(self):
        self.run_ok("map", harness.DEMO, "--output", "result", "--no-figures")
        before = {name: self.content("result", name) for name in ("columns.csv", "cells.csv")}
        for name in before:
            os.remove(self.path("result", name))
        os.rename(self.path("result", "summary.json"), self.path("summary.json"))
        self.run_ok("run", "summary.json")
        for name, bytes_before in before.items():
            self.assertEqual(self.content("result", name), bytes_before, name)

    def test_default_folder_is_named_after_the_image(self):
        with open(harness.DEMO, "rb") as file:
            self.write("sample.tif", file.read())
        self.run_ok("map", "sample.tif", "--no-figures")
        folders = [name for name in os.listdir(self.folder) if name.startswith("sample") and name != "sample.tif"]
        self.assertEqual(len(folders), 1, os.listdir(self.folder))
        self.assertTrue(os.path.isfile(self.path(folders[0], "cells.csv")))

    def test_pixel_size_scales_the_result(self):
        self.run_ok("map", harness.DEMO, "--output", "one", "--pixel-size-nm", "0.02", "--no-figures")
        self.run_ok("map", harness.DEMO, "--output", "two", "--pixel-size-nm", "0.04", "--no-figures")
        for one, two in zip(self.table("one", "cells.csv"), self.table("two", "cells.csv")):
            self.assertAlmostEqual(2 * float(one["px_pm"]), float(two["px_pm"]), delta=0.01)
            self.assertAlmostEqual(2 * float(one["a_nm"]), float(two["a_nm"]), delta=1e-4)

    def test_unset_display_and_locale(self):
        environment = {"DISPLAY": "", "LC_ALL": "de_DE.UTF-8"}
        self.run_ok("map", harness.DEMO, "--output", "result", environment=environment)
        self.assertTrue(glob.glob(self.path("result", "figures", "*.png")))

    def test_slicer_progress(self):
        done = self.run_ok("map", harness.DEMO, "--output", "result", "--no-figures", "--progress", "slicer")
        self.assertIn("<filter-progress>", done.stdout)


class Uncalibrated(harness.ProgramTest):
    def test_analysed_in_pixels(self):
        self.run_ok("synthesize", "plain.npy", "--seed", "3")
        self.run_ok("map", "plain.npy", "--output", "result", "--no-figures")
        cells = self.table("result", "cells.csv")
        self.assertGreater(len(cells), 20)
        for cell in cells:
            self.assertEqual((cell["px_pm"], cell["a_nm"], cell["x_nm"]), ("", "", ""))
            float(cell["px_px"]), float(cell["err_px_px"])
        summary = self.summary("result")
        self.assertFalse(summary["image"]["calibrated"])
        self.assertIsNone(summary["image"]["pixel_size_nm"])


class Interrupt(harness.ProgramTest):
    def test_ctrl_c(self):
        self.run_ok("synthesize", "large.tif", "--width-px", "4096", "--height-px", "4096")
        for delay in (0.2, 1.0):
            with self.subTest(delay):
                process = subprocess.Popen(
                    [harness.PROGRAM, "map", "large.tif", "--output", "result", "--progress", "slicer"],
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                # The first sign of progress: before it, on a busy machine, the program may still be loading.
                self.assertIn("<", process.stdout.readline())
                time.sleep(delay)
                self.assertIsNone(process.poll(), "the run was over before it could be interrupted")
                begin = time.monotonic()
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=30)
                seconds = time.monotonic() - begin
                self.assertEqual(process.returncode, 130, errors)
                # The aim is half a second; the tests run beside others on a busy machine.
                self.assertLess(seconds, 2.0)
                left = [name for name in os.listdir(self.folder) if not name.startswith("large")]
                self.assertEqual(left, [], "an interrupted run left files")


if __name__ == "__main__":
    harness.main()
