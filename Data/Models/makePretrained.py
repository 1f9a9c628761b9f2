#!/usr/bin/env python3
"""Makes the pretrained network: synthetic images, data set, training. The same seed gives the same network.

Usage: makePretrained.py PROGRAM FOLDER [--images N] [--kept N] [--fresh N] [--steps N]
PROGRAM is ferroscope; everything is written into FOLDER, the network as perovskite100.safetensors. What is there already
is kept, and a training that was interrupted goes on where it was.
"""

import argparse
import math
import os
import random
import subprocess

SEED = 20251129
CELLS = 30  # along the edge of an image
CALIBRATION_SEED = 20260500
CALIBRATION_CELLS = 20  # smaller images: more of them for the same time
LEFT_OUT = 1  # of them, by extract: number 107, whose power spectrum shows another cell than its labels
DOMAINS = ("uniform", "180", "109", "71", "vortex")


def draw(generator, seed, cells=CELLS):
    """Parameters of one image, spread over what microscopes and specimens do."""
    lattice = generator.uniform(0.38, 0.41)
    per_cell = math.exp(generator.uniform(math.log(6.0), math.log(40.0)))
    pixel = lattice / per_cell
    size = int(round(cells * per_cell))
    polar = generator.random() > 0.1
    alike = generator.random() < 0.12  # B nearly as bright as A, or brighter
    return {
        "--width": size,
        "--height": size,
        "--pixel-size-nm": round(pixel, 6),
        "--rotation-deg": round(generator.uniform(0.0, 90.0), 2),
        "--lattice-nm": round(lattice, 5),
        "--sigma-a-nm": round(generator.uniform(0.036, 0.058), 4),
        "--sigma-b-nm": round(generator.uniform(0.034, 0.052), 4),
        "--ratio-b": round(generator.uniform(0.75, 1.1) if alike else generator.uniform(0.15, 0.75), 3),
        "--domains": generator.choice(DOMAINS),
        "--displacement-pm": round(generator.uniform(3.0, 42.0), 2) if polar else 0,
        "--wall-width-nm": round(generator.uniform(0.2, 1.6), 2),
        "--substrate-fraction": round(generator.uniform(0.1, 0.4), 2) if generator.random() < 0.5 else 0,
        "--substrate-lattice-nm": round(lattice * generator.uniform(0.97, 1.02), 5),
        "--substrate-height-a": round(generator.uniform(0.45, 0.9), 2),
        "--substrate-height-b": round(generator.uniform(0.15, 0.45), 2),
        "--dose-counts": round(math.exp(generator.uniform(math.log(10.0), math.log(2000.0))), 1),
        "--source-size-nm": round(generator.uniform(0.0, 0.05), 4),
        "--background-fraction": round(generator.uniform(0.05, 0.5), 3),
        "--background-variation": round(generator.uniform(0.0, 0.5), 3),
        "--jitter-px": round(generator.uniform(0.0, 0.012) * per_cell, 3) if generator.random() < 0.6 else 0,
        "--drift-x-px": round(generator.uniform(-0.02, 0.02) * size, 2),
        "--drift-y-px": round(generator.uniform(-0.02, 0.02) * size, 2),
        "--vacancies": generator.choice((0, 0, 0, 2, 4)),
        "--seed": seed,
    }


def draw_for_calibration(generator, seed):
    """The same with fewer and more counts."""
    parameters = draw(generator, seed, CALIBRATION_CELLS)
    parameters["--dose-counts"] = round(math.exp(generator.uniform(math.log(5.0), math.log(3000.0))), 1)
    return parameters


def make(program, name, generator, seed, count, how=draw):
    """Images NAME_000, ...; returns their lines in a list for extract."""
    lines = []
    for number in range(count):
        image = "%s_%03d" % (name, number)
        options = [str(word) for pair in how(generator, seed + number).items() for word in pair]
        if not os.path.exists(image + "_truth.csv"):
            subprocess.run([program, "synthesize", "--output", image + ".tif", "--log-level", "error"] + options, check=True)
        lines.append("%s.tif,%s_truth.csv\n" % (image, image))
    return lines


def extract(program, name, lines):
    with open(name + ".csv", "w") as table:
        table.write("image,labels\n" + "".join(lines))
    if not os.path.exists(name + ".h5"):
        subprocess.run(
            [program, "extract", "--list", name + ".csv", "--scale", "lattice", "--cell-px", "20", "--train-fraction", "1",
             "--output", name + ".h5"], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--images", type=int, default=192)
    parser.add_argument("--kept", type=int, default=32, help="images of these that choose the best step")
    parser.add_argument("--calibration", type=int, default=320, help="further images, on which the errors are measured")
    parser.add_argument("--steps", type=int, default=5000)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.program)
    os.makedirs(arguments.folder, exist_ok=True)
    os.chdir(arguments.folder)
    images = make(program, "image", random.Random(SEED), SEED, arguments.images)
    extract(program, "set", images)
    train = [program, "train", "--blocks", "5x16,2x32p,4x96", "--predict-variance", "--batch", "4", "--validate-every", "500",
             "--augment-gain", "0.1", "--augment-offset", "0.15", "--threads", "1", "--resume", "--seed", str(SEED)]
    if not os.path.exists("first.safetensors"):
        subprocess.run(
            train + ["set.h5", "--output", "first.safetensors", "--steps", str(arguments.steps), "--learning-rate", "0.0015",
                     "--crop-px", "176", "--freeze-at", "0.4", "--validation-images", str(arguments.kept)], check=True)
    # Same weights; errors and novelty are measured anew, the errors on images that neither trained nor chose anything, in
    # crops as large as fit, because only cells with neighbours on all sides tell how the field bends.
    images += make(program, "calibration", random.Random(CALIBRATION_SEED), CALIBRATION_SEED, arguments.calibration,
                   draw_for_calibration)
    extract(program, "measure", images)
    subprocess.run(
        train + ["measure.h5", "--output", "perovskite100.safetensors", "--start", "first.safetensors", "--steps", "0",
                 "--crop-px", "260", "--validation-images", str(arguments.calibration - LEFT_OUT)], check=True)


if __name__ == "__main__":
    main()
