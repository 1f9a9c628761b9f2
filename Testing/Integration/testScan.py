"""Stacks of frames, pairs of scans a quarter turn apart, and drift: 'map' against the truth of 'synthesize'."""
import ast
import json
import math
import struct

import harness

FILM = ("--width", 320, "--height", 320, "--pixel-size-nm", 0.02, "--dose-counts", 100, "--log-level", "error")


def read_npy(path):
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<H", data[8:10])[0]
    return ast.literal_eval(data[10:10 + length].decode("ascii")), data[10 + length:]


def write_stack(path, frames):
    """A 3-D NumPy file of 2-D ones, without NumPy."""
    header, _ = read_npy(frames[0])
    text = str({"descr": header["descr"], "fortran_order": False, "shape": (len(frames),) + tuple(header["shape"])})
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("ascii"))
        for frame in frames:
            file.write(read_npy(frame)[1])


class Scan(harness.ProgramTest):
    def synthesize(self, name, *options):
        self.run_ok("synthesize", name, *FILM, *options)

    def score(self, truth, result):
        return json.loads(self.run_ok("evaluate-map", truth, result, "--json").stdout)

    def rms_of_polarization(self, truth, result):
        return self.score(truth, result)["P"]["rms_film_pm"]


class Frames(Scan):
    SHIFTS = ((0, 0), (3.3, -1.7), (-5.25, 4.5), (0.4, 7.8), (2, 2))

    def make_stack(self):
        names = []
        for k, (x, y) in enumerate(self.SHIFTS):
            self.synthesize("frame%d" % k, "--shift-x-px", x, "--shift-y-px", y, "--seed", k + 1, "--jitter-px", 0.2)
            self.run_ok("convert", "frame%d.tif" % k, "frame%d.npy" % k)
            names.append(self.path("frame%d.npy" % k))
        write_stack(self.path("stack.npy"), names)

    def test_the_mean_of_frames_is_better_and_their_scatter_checks_the_errors(self):
        self.make_stack()
        self.run_ok("map", "stack.npy", "--frames", "all", "--pixel-size-nm", 0.02, "--no-figures", "--output", "many")
        self.run_ok("map", "frame0.tif", "--no-figures", "--output", "one")
        frames = self.summary("many")["frames"]
        self.assertEqual(frames["count"], len(self.SHIFTS))
        for found, true in zip(frames["shifts_px"], self.SHIFTS):
            # Some hundred columns of 0.1 px; jitter moves whole lines.
            self.assertLess(math.hypot(found[0] - true[0], found[1] - true[1]), 0.08, frames["shifts_px"])
        for ratio in frames["frames_over_error"]:
            self.assertAlmostEqual(ratio, 1.0, delta=0.25)
        ratio = self.rms_of_polarization("frame0", "many") / self.rms_of_polarization("frame0", "one")
        # Five frames: 1 / sqrt(5) = 0.45, a little more where jitter is common to a line.
        self.assertLess(ratio, 0.65)

    def test_what_is_no_stack_is_refused(self):
        self.synthesize("frame0")
        done = self.run_program("map", "frame0.tif", "--frames", "all", "--output", "x")
        self.assert_fails(done, 2, "map", "expected a stack")


class Pair(Scan):
    def test_drift_and_jitter_of_both_scans_are_found(self):
        common = ("--substrate-fraction", 0, "--domains", "uniform", "--jitter-px", 0.3)
        self.synthesize("first", *common, "--rotation-deg", 7, "--drift-x-px", 4, "--drift-y-px=-3", "--seed", 1)
        self.synthesize("second", *common, "--rotation-deg", 97, "--drift-x-px=-3", "--drift-y-px", 5, "--seed", 2)
        self.run_ok("map", "first.tif", "--no-figures", "--output", "single")
        self.run_ok("map", "first.tif", "--pair", "second.tif", "--no-figures", "--output", "both")
        summary = self.summary("both")
        self.assertEqual(summary["pair"]["turned"], "counter-clockwise")
        # Seen along the axes of the first image the second scan drifts by (-5, -3).
        for found, true in ((summary["pair"]["drift_first_px"], (4, -3)), (summary["pair"]["drift_second_px"], (-5, -3))):
            self.assertLess(math.hypot(found[0] - true[0], found[1] - true[1]), 1.0, summary["pair"])
        # The crystal is a square of 0.396 nm; one image alone shows it sheared and stretched by a per cent.
        lattice = summary["lattice"]
        self.assertAlmostEqual(lattice["a_nm"], 0.396, delta=0.0006)
        self.assertAlmostEqual(lattice["b_nm"], 0.396, delta=0.0006)
        self.assertAlmostEqual(lattice["gamma_deg"], 90.0, delta=0.15)
        self.assertGreater(abs(self.summary("single")["lattice"]["gamma_deg"] - 90.0), 0.4)
        self.assertLess(self.rms_of_polarization("first", "both"), self.rms_of_polarization("first", "single"))

    def test_another_crystal_is_refused(self):
        self.synthesize("first", "--substrate-fraction", 0)
        self.synthesize("second", "--substrate-fraction", 0, "--rotation-deg", 60, "--lattice-nm", 0.45)
        done = self.run_program("map", "first.tif", "--pair", "second.tif", "--no-figures", "--output", "x")
        self.assert_fails(done, 4, "map", "do not match")


class Drift(Scan):
    def test_linear_drift_by_a_known_cell(self):
        self.synthesize("film", "--substrate-fraction", 0, "--displacement-pm", 0, "--drift-x-px", 8, "--drift-y-px=-6")
        done = self.run_program("map", "film.tif", "--scan-correction", "affine", "--output", "x")
        self.assert_fails(done, 2, "map", "--calibrate")
        self.run_ok("map", "film.tif", "--no-figures", "--output", "left")
        self.assertGreater(abs(self.summary("left")["lattice"]["gamma_deg"] - 90.0), 1.0)
        self.run_ok("map", "film.tif", "--scan-correction", "affine", "--calibrate", "0.396", "--no-figures", "--output", "taken")
        summary = self.summary("taken")
        self.assertEqual(summary["scan"]["correction"], "affine")
        self.assertAlmostEqual(summary["lattice"]["gamma_deg"], 90.0, delta=0.03)
        self.assertAlmostEqual(summary["lattice"]["a_nm"], 0.396, delta=0.0001)
        self.assertAlmostEqual(summary["lattice"]["b_nm"], 0.396, delta=0.0001)
        # The scale along x was right, so the pixels keep their size.
        self.assertAlmostEqual(summary["image"]["pixel_size_nm"][0], 0.02, delta=0.00001)


if __name__ == "__main__":
    harness.main()
