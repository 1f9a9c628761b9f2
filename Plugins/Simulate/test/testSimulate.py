"""Runs 'ferroscope simulate' and looks at its files. Usage: testSimulate.py PROGRAM [MPIRUN]"""

import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""
MPIRUN = sys.argv.pop(1) if len(sys.argv) > 1 and (not sys.argv[1] or os.path.isabs(sys.argv[1])) else ""

# SrTiO3, two cells of 0.39 nm along each axis, a coarse grid: a fraction of a second per configuration.
QUICK = (
    "SrTiO3 --cells-x 2 --cells-y 2 --samples-x 96 --samples-y 96 --detectors haadf:50-90,bf:0-30 --thickness 2,4 "
    "--scan-region 0,0,0.3905,0.1 --scan-step-nm 0.05"
).split()


def read_stack(path):
    """Sizes and values of a three-dimensional NRRD of floats."""
    with open(path, "rb") as file:
        data = file.read()
    end = data.index(b"\n\n")
    header = dict(line.split(": ", 1) for line in data[:end].decode().splitlines() if ": " in line)
    sizes = [int(word) for word in header["sizes"].split()]
    count = sizes[0] * sizes[1] * sizes[2]
    return sizes, struct.unpack("<%df" % count, data[end + 2 :]), header


class Simulate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {**os.environ, "XDG_CACHE_HOME": os.path.join(self.folder, "cache")}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self, *words, launcher=()):
        return subprocess.Popen(
            [*launcher, PROGRAM, "simulate", *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_program(self, *words, status=0, launcher=()):
        process = self.start(*words, launcher=launcher)
        output, errors = process.communicate(timeout=250)
        self.assertEqual(process.returncode, status, output + errors)
        return errors

    def wait_for_checkpoint(self, process, folder):
        deadline = time.monotonic() + 200
        while not os.path.exists(self.path(folder, "checkpoint.bin")):
            self.assertIsNone(process.poll(), "it ended before its first configuration")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def content(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def test_files(self):
        words = [*QUICK, "--tilt-mrad", "0,20", "--configurations", "3", "--output", "out"]
        said = self.run_program(*words)
        self.assertIn("multislice", said)  # the plan, before the work
        names = set(os.listdir(self.path("out")))
        self.assertEqual(
            names, {"images", "stack.nrrd", "errors.nrrd", "simulation.json", "summary.json", "checkpoint.bin"}
        )
        report = json.loads(self.content("out", "simulation.json"))
        self.assertEqual(report["configurations_done"], 3)
        self.assertEqual(len(report["images"]), 8)
        self.assertEqual(report["scan"]["positions"], [8, 2])
        for image in report["images"]:
            self.assertTrue(os.path.exists(self.path("out", image["file"])))
            self.assertLess(image["lost_beyond_band_limit"], 0.05)
            self.assertGreater(image["mean"], 0.0)
        self.assertEqual(report["images"][4]["tilt_mrad"], [20, 0])
        self.assertEqual(report["tilt_sense"], "clockwise")
        sizes, means, header = read_stack(self.path("out", "stack.nrrd"))
        self.assertEqual(sizes, [8, 2, 8])
        self.assertTrue(header["spacings"].startswith("0.0488"))
        _, errors, _ = read_stack(self.path("out", "errors.nrrd"))
        self.assertEqual(len(errors), len(means))
        for value, error in zip(means, errors):
            self.assertTrue(0.0 < value < 1.0)
            self.assertTrue(0.0 < error < value)
        # Sr is at the first position, oxygen between two of them: the column is the brightest at a high angle.
        haadf = means[2 * 16 : 2 * 16 + 8]
        self.assertEqual(max(range(8), key=lambda n: haadf[n]), 0)

    def test_resume_and_threads(self):
        self.run_program(*QUICK, "--configurations", "4", "--output", "whole", "--threads", "1")
        self.run_program(*QUICK, "--configurations", "2", "--output", "parts", "--threads", "2")
        self.run_program(*QUICK, "--configurations", "4", "--output", "parts", "--resume", "--threads", "2")
        for name in ("stack.nrrd", "errors.nrrd"):
            self.assertEqual(self.content("whole", name), self.content("parts", name))
        # Nothing left to do.
        self.run_program(*QUICK, "--configurations", "4", "--output", "parts", "--resume")
        self.assertEqual(self.content("whole", "stack.nrrd"), self.content("parts", "stack.nrrd"))
        # Another simulation, and a damaged file.
        said = self.run_program(*QUICK, "--seed", "9", "--output", "parts", "--resume", status=2)
        self.assertIn("another structure", said)
        whole = self.content("parts", "checkpoint.bin")
        for damaged, status in ((whole[:-5], 3), (b"something else", 3), (b"", 3)):
            with open(self.path("parts", "checkpoint.bin"), "wb") as file:
                file.write(damaged)
            self.run_program(*QUICK, "--configurations", "4", "--output", "parts", "--resume", status=status)

    def test_interrupt_keeps_what_is_done(self):
        process = self.start(*QUICK, "--configurations", "100000", "--output", "long")
        self.wait_for_checkpoint(process, "long")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        report = json.loads(self.content("long", "simulation.json"))
        self.assertGreaterEqual(report["configurations_done"], 1)
        self.assertEqual(report["configurations_wanted"], 100000)
        read_stack(self.path("long", "stack.nrrd"))
        done = report["configurations_done"] + 1
        self.run_program(*QUICK, "--configurations", str(done), "--output", "long", "--resume")

    def test_tilt_sense(self):
        # Two positions, one to the left and one to the right of a column.
        tilted = (
            "SrTiO3 --cells-x 2 --cells-y 2 --samples-x 96 --samples-y 96 --detectors haadf:50-90 --thickness 8 "
            "--configurations 4 --scan-region=-0.04,0,0.16,0 --scan-step-nm 0.08"
        ).split()
        self.run_program(*tilted, "--tilt-mrad", "20", "--output", "a")
        self.run_program(*tilted, "--tilt-mrad", "-20", "--tilt-sense", "counter-clockwise", "--output", "b")
        self.run_program(*tilted, "--tilt-mrad", "-20", "--output", "c")
        _, a, _ = read_stack(self.path("a", "stack.nrrd"))
        _, b, _ = read_stack(self.path("b", "stack.nrrd"))
        _, c, _ = read_stack(self.path("c", "stack.nrrd"))
        self.assertEqual(a, b)
        # compare-tilt turns the tilts round by this.
        self.assertEqual(json.loads(self.content("b", "simulation.json"))["tilt_sense"], "counter-clockwise")
        # Columns seem to move to -x with a tilt clockwise: the left position is nearer to the column.
        self.assertNotEqual(a, c)
        self.assertGreater(a[0], 1.1 * a[1])
        self.assertGreater(c[1], 1.1 * c[0])

    def test_zone_axis(self):
        words = (
            "SrTiO3 --zone-axis 1,1,0 --cells-x 2 --cells-y 2 --motion damped --samples-x 96 --samples-y 96 "
            "--detectors haadf:40-60 --thickness 2"
        )
        said = self.run_program(*words.split(), "--scan-step-nm", "0.2", "--output", "zone")
        report = json.loads(self.content("zone", "simulation.json"))
        a = 3.905
        cell = sorted(report["structure"]["cell_A"])
        for found, expected in zip(cell, (a, a * 2**0.5, a * 2**0.5)):
            self.assertAlmostEqual(found, expected, delta=0.01)
        self.assertAlmostEqual(report["structure"]["cell_A"][2], a * 2**0.5, delta=0.01)
        self.run_program("SrTiO3", "--zone-axis", "1,1", "--output", "bad", status=2)

    def test_absorptive(self):
        """One layer, where nothing is scattered twice: the mean over the cell is that of displaced atoms, to its standard error."""
        words = (
            "SrTiO3 --cells-x 2 --cells-y 2 --samples-x 96 --samples-y 96 --detectors haadf:50-90,bf:0-30,all:0-100 "
            "--thickness 0.3905,4 --scan-region 0,0,0.3905,0.3905 --scan-step-nm 0.0976"
        ).split()
        for motion, configurations in (("absorptive", "1"), ("damped", "1"), ("frozen-phonon", "40")):
            self.run_program(*words, "--motion", motion, "--configurations", configurations, "--output", motion)
        self.assertFalse(os.path.exists(self.path("absorptive", "errors.nrrd")))
        report = json.loads(self.content("absorptive", "simulation.json"))
        self.assertEqual((report["motion"], report["configurations_wanted"]), ("absorptive", 1))
        images = {
            motion: json.loads(self.content(motion, "simulation.json"))["images"]
            for motion in ("absorptive", "damped", "frozen-phonon")
        }
        for quick, damped, frozen in zip(*images.values()):
            # The error of a pixel is no less than that of the mean over all of them.
            error = frozen["standard_error_of_a_pixel"]
            self.assertGreater(error, 0.0)
            if frozen["thickness_nm"] < 1 and frozen["detector"] != "all":
                self.assertLess(abs(quick["mean"] - frozen["mean"]), 4 * error, quick)
            if frozen["detector"] == "haadf":
                self.assertLess(damped["mean"], frozen["mean"] - 4 * error)  # elastic scattering alone
            if frozen["detector"] == "all":  # electrons that are scattered once more may be lost beyond the band limit
                self.assertGreater(quick["mean"], frozen["mean"] - 4 * error)
                self.assertLessEqual(quick["mean"] + quick["lost_beyond_band_limit"], 1.0 + 1e-6)
        said = self.run_program(*QUICK, "--motion", "absorptive", "--method", "prism", "--output", "no", status=2)
        self.assertIn("multislice", said)

    def test_wrong_usage(self):
        for words, status in (
            (["nothing-of-the-kind"], 3),
            ([*QUICK, "--tilt-mrad", "0,x"], 2),
            ([*QUICK, "--tilt-mrad", "0,1,2", "--tilt-y-mrad", "0,1"], 2),
            ([*QUICK, "--thickness", "-3"], 2),
            ([*QUICK, "--detectors", "haadf:65-900"], 2),
            ([*QUICK, "--scan-region", "0,0,1"], 2),
            ([*QUICK, "--memory-gb", "0.01", "--samples-x", "1024", "--samples-y", "1024"], 2),
        ):
            self.run_program(*words, "--output", "bad", status=status)
            self.assertFalse(os.path.exists(self.path("bad")), words)

    def test_prism_is_multislice(self):
        for method in ("multislice", "prism"):
            self.run_program(*QUICK, "--motion", "qep", "--configurations", "2", "--method", method, "--output", method)
        _, one, _ = read_stack(self.path("multislice", "stack.nrrd"))
        _, other, _ = read_stack(self.path("prism", "stack.nrrd"))
        for a, b in zip(one, other):
            self.assertAlmostEqual(a, b, delta=3e-6)


@unittest.skipUnless(MPIRUN, "built without MPI")
class SimulateTogether(Simulate):
    """Several processes on one simulation."""

    # The tests of the base class ran already.
    test_files = test_resume_and_threads = test_interrupt_keeps_what_is_done = None
    test_tilt_sense = test_wrong_usage = test_prism_is_multislice = test_zone_axis = test_absorptive = None

    def setUp(self):
        super().setUp()
        self.environment.update({"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})

    def together(self, count):
        return (MPIRUN, "--oversubscribe", "-n", str(count))

    def test_same_for_any_number(self):
        # Five configurations: three at once and two shared, two and two at once and one shared.
        self.run_program(*QUICK, "--configurations", "5", "--output", "alone")
        for count in (2, 3):
            said = self.run_program(*QUICK, "--configurations", "5", "--output", "many", launcher=self.together(count))
            self.assertEqual(said.count("results in"), 1, said)
            _, one, _ = read_stack(self.path("alone", "stack.nrrd"))
            _, other, _ = read_stack(self.path("many", "stack.nrrd"))
            for a, b in zip(one, other):
                self.assertAlmostEqual(a, b, delta=1e-6 * a)

    def test_wrong_usage_is_said_once(self):
        process = self.start(*QUICK, "--tilt-mrad", "x", launcher=self.together(3))
        _, errors = process.communicate(timeout=200)
        self.assertNotEqual(process.returncode, 0)
        self.assertEqual(errors.count("tiltMrad"), 1, errors)

    def test_death_of_a_process(self):
        process = self.start(*QUICK, "--configurations", "100000", "--output", "dying", launcher=self.together(2))
        self.wait_for_checkpoint(process, "dying")
        children = []
        for name in os.listdir("/proc"):
            try:
                with open("/proc/%s/stat" % name) as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                if parent == process.pid:
                    children.append(int(name))
            except (OSError, ValueError):
                pass
        self.assertEqual(len(children), 2)
        os.kill(max(children), signal.SIGKILL)
        _, errors = process.communicate(timeout=100)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("signal 9", errors)
        report = json.loads(self.content("dying", "simulation.json"))
        self.assertGreaterEqual(report["configurations_done"], 1)
        done = report["configurations_done"] + 1
        self.run_program(*QUICK, "--configurations", str(done), "--output", "dying", "--resume")


if __name__ == "__main__":
    unittest.main()
