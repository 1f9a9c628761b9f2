"""Synthetic images whose truth is known, judged by the evaluator that lies beside them (FERROSCOPE_SHARED_DATA)."""
import glob
import json
import os
import subprocess
import sys
import unittest

import harness

EVALUATOR = os.path.join(harness.SHARED, os.pardir, "tools", "evaluate_map.py")
INTERPRETER = "/usr/bin/python3"


class SyntheticTruth(harness.ProgramTest):
    def check(self, name):
        base = os.path.join(harness.SHARED, "synthetic", name)
        with open(base + ".json", encoding="utf-8") as file:
            pixel_size_nm = json.load(file)["px_A"] / 10
        self.run_ok(
            "map", base + ".tif", "--pixel-size-nm", "%.6g" % pixel_size_nm, "--output", "result", "--no-figures"
        )
        done = subprocess.run(
            [INTERPRETER, EVALUATOR, base, self.path("result"), "--json"], capture_output=True, text=True, check=True
        )
        scores = json.loads(done.stdout)
        print(json.dumps(scores))
        self.assertEqual(scores["invented_interior"], 0)
        for sublattice in "AB":
            self.assertEqual(scores[sublattice]["missed"], 0, sublattice)
            self.assertEqual(scores[sublattice]["wrong_sublattice"], 0, sublattice)
        self.assertGreaterEqual(scores["P"]["slope"], 0.97)
        self.assertLessEqual(scores["P"]["slope"], 1.03)


def add_tests():
    """One test per image at 100 and 1000 counts."""
    for pattern in ("*_d100_*.tif", "*_d1000_*.tif"):
        for file in sorted(glob.glob(os.path.join(harness.SHARED, "synthetic", pattern))):
            name = os.path.splitext(os.path.basename(file))[0]
            setattr(SyntheticTruth, "test_" + name, lambda self, name=name: self.check(name))


if __name__ == "__main__":
    if harness.SHARED and not os.path.isfile(EVALUATOR):
        print("skipped: no evaluator beside the images")
        sys.exit(harness.SKIPPED)
    if subprocess.run([INTERPRETER, "-c", "import numpy, scipy"], stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: the evaluator needs numpy and scipy")
        sys.exit(harness.SKIPPED)
    add_tests()
    harness.main(needs_shared_data=True)
