"""Runs 'ferroscope feature-maps' and 'visualize-filters'. Usage: testInsight.py PROGRAM

The network is written here, number by number: a derivative along x, and a filter without a pattern.
"""

import csv
import hashlib
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
WINDOW = 12
SIDE = 30
KERNELS = [[-1, 0, 1, -2, 0, 2, -1, 0, 1], [0.25, -0.5, 0.5, 0.125, 0.75, -0.625, -0.25, 0.25, 1.0]]


def write_model(file, scale="pixels"):
    """Average pooling of 2, one layer of two filters, a head of 4 x 4: window 12."""
    generator = random.Random(4)
    head = (WINDOW // 2) - 2
    tensors = {
        "conv1.weight": ([2, 1, 3, 3], KERNELS[0] + KERNELS[1]),
        "conv1.bias": ([2], [0.0, 0.5]),
        "norm1.weight": ([2], [1.0, 1.0]),
        "norm1.bias": ([2], [0.0, 0.0]),
        "norm1.running_mean": ([2], [0.0, 0.0]),
        "norm1.running_var": ([2], [1.0, 1.0]),
        "head.weight": ([2, 2, head, head], [generator.gauss(0, 0.1) for _ in range(4 * head * head)]),
        "head.bias": ([2], [0.0, 0.0]),
    }
    header, data = {}, b""
    for name, (shape, values) in sorted(tensors.items()):  # the order that the checksum is taken in
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    description = {
        "format": "ferroscope-network",
        "version": 1,
        "architecture": {
            "preset": "lite",
            "window_px": WINDOW,
            "input_pooling": 2,
            "blocks": "1x2",
            "kernel": 3,
            "padding": "valid",
            "normalize_every_layer": True,
            "dropout": 0.0,
        },
        "targets": ["px", "py"],
        "target_mean": [0, 0],
        "target_deviation": [1, 1],
        "sigma": [],
        "scale": scale,
        "pixel_size_nm": 0.02,
        "cell_px": 0,
        "normalization": "image",
        "sampling": "NC",
        "provenance": {},
    }
    header["__metadata__"] = {"ferroscope": json.dumps(description), "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps(header).encode()
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def write_npy(file, rows):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(file, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in rows:
            out.write(struct.pack(f"<{len(row)}f", *row))


def read_nrrd(file):
    with open(file, "rb") as stream:
        header, data = stream.read().split(b"\n\n", 1)
    lines = dict(re.findall(r"^([a-zA-Z. ]+):=? ?(.*)$", header.decode(), re.M))
    sizes = [int(word) for word in lines["sizes"].split()]
    values = struct.unpack(f"<{len(data) // 4}f", data)
    assert len(values) == sizes[0] * sizes[1] * sizes[2], (sizes, len(values))
    return lines, sizes, values


class Insight(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        generator = random.Random(1)
        self.image = [[generator.gauss(100, 20) for _ in range(SIDE)] for _ in range(SIDE)]
        write_npy(self.path("image.npy"), self.image)
        write_model(self.path("model.safetensors"))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run_program(self, *words, status=0):
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def table(self, *names):
        with open(self.path(*names), newline="") as file:
            return list(csv.DictReader(file))

    def test_feature_maps_are_convolutions(self):
        self.run_program("feature-maps", "image.npy", "--model", "model.safetensors", "--output", "maps")
        lines, (columns, rows, filters), values = read_nrrd(self.path("maps", "activations_conv1.nrrd"))
        self.assertEqual((columns, rows, filters), (SIDE // 2 - 2, SIDE // 2 - 2, 2))
        # Two pixels from value to value; the first one is centred on the first 6 x 6 pixels.
        self.assertEqual(lines["space directions"], "(2,0,0) (0,2,0) (0,0,1)")
        self.assertEqual(lines["space origin"], "(2.5,2.5,0)")
        pixels = [v for row in self.image for v in row]
        mean = sum(pixels) / len(pixels)
        deviation = math.sqrt(sum((v - mean) ** 2 for v in pixels) / len(pixels))
        pooled = [
            [
                (sum(self.image[2 * y + j][2 * x + i] for i in (0, 1) for j in (0, 1)) / 4 - mean) / deviation
                for x in range(SIDE // 2)
            ]
            for y in range(SIDE // 2)
        ]
        for f in (0, 1):
            for y in range(rows):
                for x in range(columns):
                    total = [0.0, 0.5][f]
                    total += sum(KERNELS[f][k] * pooled[y + k // 3][x + k % 3] for k in range(9))
                    expected = total if total > 0 else 0.01 * total
                    self.assertAlmostEqual(values[(f * rows + y) * columns + x], expected, places=3)
        row = self.table("maps", "filters.csv")[1]
        mine = values[rows * columns :]
        self.assertAlmostEqual(float(row["mean"]), sum(mine) / len(mine), places=4)
        self.assertAlmostEqual(float(row["positive_share"]), sum(v > 0 for v in mine) / len(mine), places=4)
        self.assertEqual(
            set(os.listdir(self.path("maps", "figures"))),
            {"00_input.png", "01_overview.png", "02_conv1.png", "03_head.png"},
        )
        with open(self.path("maps", "report.html"), encoding="utf-8") as file:
            self.assertEqual(file.read().count("<img "), 4)

    def test_a_part_of_the_image_and_chosen_filters(self):
        words = ("feature-maps", "image.npy", "--model", "model.safetensors", "--no-figures", "--layer", "conv1")
        self.run_program(*words, "--output", "whole")
        self.run_program(*words, "--output", "part", "--region", "4,6,23,19", "--filters", "1")
        lines, (columns, rows, filters), part = read_nrrd(self.path("part", "activations_conv1.nrrd"))
        self.assertEqual((columns, rows, filters), (8, 5, 1))
        self.assertEqual(lines["space origin"], "(6.5,8.5,0)")
        _, (width, height, _), whole = read_nrrd(self.path("whole", "activations_conv1.nrrd"))
        for y in range(rows):
            for x in range(columns):
                self.assertAlmostEqual(part[y * columns + x], whole[(height + y + 3) * width + x + 2], places=5)
        self.assertFalse(os.path.exists(self.path("part", "figures")))

    def test_pixels_are_brought_to_the_scale_of_the_network(self):
        write_model(self.path("model.safetensors"), "pixel-size")
        words = ("feature-maps", "image.npy", "--model", "model.safetensors", "--no-figures", "--layer", "conv1")
        self.run_program(*words, "--pixel-size-nm", "0.04", "--output", "maps")
        lines, (columns, _, _), _ = read_nrrd(self.path("maps", "activations_conv1.nrrd"))
        self.assertEqual(lines["space directions"], "(0.04,0,0) (0,0.04,0) (0,0,1)")
        self.assertEqual(lines["Ferroscope.lengthUnit"], "nm")
        self.assertGreater(columns, 1.8 * (SIDE // 2 - 2))
        self.run_program(*words, status=3)  # no pixel size

    def test_ascent_raises_the_answers_and_repeats(self):
        words = ("visualize-filters", "--model", "model.safetensors", "--layer", "conv1,head", "--steps", "30")
        self.run_program(*words, "--output", "one", "--threads", "1")
        self.run_program(*words, "--output", "two", "--threads", "2", "--no-figures")
        self.run_program(*words, "--output", "other", "--seed", "7", "--no-figures")
        rows = self.table("one", "filters.csv")
        self.assertEqual([(r["layer"], r["filter"]) for r in rows], [("conv1", "0"), ("conv1", "1"), ("head", "0"), ("head", "1")])
        for row in rows:
            self.assertGreater(float(row["end_activation"]), float(row["start_activation"]) + 0.01, row)
        _, sizes, one = read_nrrd(self.path("one", "images_conv1.nrrd"))
        self.assertEqual(sizes, [WINDOW, WINDOW, 2])
        self.assertEqual(read_nrrd(self.path("two", "images_conv1.nrrd"))[2], one)
        self.assertNotEqual(read_nrrd(self.path("other", "images_conv1.nrrd"))[2], one)
        self.assertEqual(set(os.listdir(self.path("one", "figures"))), {"01_conv1.png", "02_head.png"})

    def test_ascent_from_an_image(self):
        words = ("visualize-filters", "--model", "model.safetensors", "--layer", "1", "--filters", "0", "--steps", "1")
        words += ("--step-size", "1e-6", "--blur-every", "0", "--no-figures", "--start", "image.npy")
        self.run_program(*words, "--region", "0,0,15,15", "--output", "near")
        _, sizes, values = read_nrrd(self.path("near", "images_conv1.nrrd"))
        self.assertEqual(sizes, [16, 16, 1])
        pixels = [v for row in self.image for v in row]
        mean = sum(pixels) / len(pixels)
        deviation = math.sqrt(sum((v - mean) ** 2 for v in pixels) / len(pixels))
        for k in (0, 17, 255):
            self.assertAlmostEqual(values[k], (self.image[k // 16][k % 16] - mean) / deviation, places=3)

    def test_what_cannot_be_done_is_said(self):
        def fails(*words, status):
            done = self.run_program(*words, status=status)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
            return done.stderr

        maps = ("feature-maps", "image.npy", "--model", "model.safetensors")
        self.assertIn("conv1, head", fails(*maps, "--layer", "conv7", status=2))
        self.assertIn("0 to 1", fails(*maps, "--filters", "2", status=2))
        self.assertIn("--filters", fails(*maps, "--filters", "x", status=2))
        self.assertIn("--region", fails(*maps, "--region", "0,0,99,99", status=2))
        self.assertIn("--device", fails(*maps, "--device", "gpu", status=2))
        self.assertIn("12 x 12", fails(*maps, "--layer", "head", "--region", "0,0,8,8", status=4))
        self.assertIn("image.npy", fails("feature-maps", "image.npy", "--model", "image.npy", status=3))
        images = ("visualize-filters", "--model", "model.safetensors")
        self.assertIn("--start", fails(*images, "--region", "0,0,15,15", status=2))
        self.assertIn("6 x 6", fails(*images, "--size-px", "4", status=4))
        write_npy(self.path("flat.npy"), [[1.0] * SIDE] * SIDE)
        self.assertIn("same value", fails("feature-maps", "flat.npy", "--model", "model.safetensors", status=4))
        self.assertEqual(sorted(os.listdir(self.folder)), ["flat.npy", "image.npy", "model.safetensors"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
