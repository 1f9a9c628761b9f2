"""What the integration tests share: running the program as a user would, and making small images without libraries.

The program comes from the environment variable FERROSCOPE_PROGRAM, the demo image from FERROSCOPE_DEMO, and the images
that are not part of the repository from FERROSCOPE_SHARED_DATA.
"""
import array
import csv
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("FERROSCOPE_PROGRAM", "")
DEMO = os.environ.get("FERROSCOPE_DEMO", "")
SHARED = os.environ.get("FERROSCOPE_SHARED_DATA", "")
SKIPPED = 77  # exit status that ctest counts as skipped


class ProgramTest(unittest.TestCase):
    """Gives every test a folder of its own, in which the program runs."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ferroscope-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    def run_program(self, *arguments, timeout=300, environment=None):
        """Runs the program in the test's folder; standard input is empty, outputs are pipes."""
        return subprocess.run(
            [PROGRAM, *[str(a) for a in arguments]],
            cwd=self.folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=timeout,
        )

    def run_ok(self, *arguments, **options):
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, 0, "%s\n%s%s" % (" ".join(map(str, arguments)), done.stdout, done.stderr))
        return done

    def assert_fails(self, done, status, command, *words):
        """The exit status, and one sentence on the error stream that begins with program and command."""
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        sentences = [line for line in done.stderr.splitlines() if line.startswith("ferroscope:")]
        errors = [line for line in sentences if "warning" not in line.lower()]
        self.assertEqual(len(errors), 1, "expected one sentence, found:\n" + done.stderr)
        self.assertTrue(errors[0].startswith("ferroscope: %s: " % command), errors[0])
        for word in words:
            self.assertIn(word, errors[0])
        for trace in ("terminate called", "Segmentation", "itk::ERROR", "what():", "Aborted"):
            self.assertNotIn(trace, done.stderr)

    def table(self, *names):
        with open(self.path(*names), newline="") as file:
            return list(csv.DictReader(file))

    def header(self, *names):
        with open(self.path(*names), newline="") as file:
            return next(csv.reader(file))

    def summary(self, result):
        with open(self.path(result, "summary.json"), encoding="utf-8") as file:
            return json.load(file)

    def content(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()


def npy(rows):
    """Bytes of a NumPy file (float32, C order) that holds the rows."""
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (len(rows), len(rows[0]))
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    data = array.array("f", (value for row in rows for value in row))
    if sys.byteorder != "little":
        data.byteswap()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data.tobytes()


def constant_image(size=256, value=100.0):
    return [[value] * size for _ in range(size)]


def noise_image(size=256, seed=1):
    generator = random.Random(seed)
    return [[generator.gauss(100.0, 10.0) for _ in range(size)] for _ in range(size)]


def photograph_image(size=256, seed=2):
    """Smooth shapes and texture whose power falls with frequency, as in pictures of everyday things."""
    generator = random.Random(seed)
    rows = [[0.0] * size for _ in range(size)]
    for octave in range(1, 8):
        cells = 2**octave
        weight = 1.0 / cells
        grid = [[generator.uniform(-1, 1) for _ in range(cells + 1)] for _ in range(cells + 1)]
        for y in range(size):
            v = y / size * cells
            j = int(v)
            v = (v - j) ** 2 * (3 - 2 * (v - j))
            for x in range(size):
                u = x / size * cells
                i = int(u)
                u = (u - i) ** 2 * (3 - 2 * (u - i))
                top = grid[j][i] * (1 - u) + grid[j][i + 1] * u
                bottom = grid[j + 1][i] * (1 - u) + grid[j + 1][i + 1] * u
                rows[y][x] += weight * (top * (1 - v) + bottom * v)
    for _ in range(7):
        x0, y0 = generator.uniform(0, size), generator.uniform(0, size)
        radius, height = generator.uniform(0.05, 0.25) * size, generator.uniform(-0.6, 0.6)
        for y in range(size):
            for x in range(size):
                if (x - x0) ** 2 + (y - y0) ** 2 < radius**2:
                    rows[y][x] += height
    return [[128.0 + 60.0 * value + generator.gauss(0, 1.5) for value in row] for row in rows]


def main(needs_shared_data=False):
    """Runs the tests of the calling file; ends with SKIPPED where what they need is not there."""
    if not PROGRAM:
        sys.exit("FERROSCOPE_PROGRAM must name the program to test")
    if needs_shared_data and not os.path.isdir(SHARED):
        print("skipped: FERROSCOPE_SHARED_DATA names no folder")
        sys.exit(SKIPPED)
    unittest.main(module="__main__", verbosity=2)
