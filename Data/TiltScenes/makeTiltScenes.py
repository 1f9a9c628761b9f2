"""Makes the scenes of this folder: images of tilted films whose polarization is known.

usage: makeTiltScenes.py PROGRAM FOLDER [SCENE]

Builds a film of six by six cells with a wall and a strip of substrate, simulates it for several tilts with the same
displaced atoms, and writes into FOLDER, for each scene, SCENE_tilt_X_Y.nrrd (one period of the image, which repeats in
both directions) and SCENE_truth.csv (B columns: place, polarization, region). What FOLDER holds already is not computed
again.
"""
import csv
import json
import os
import subprocess
import sys

POSITIONS = 10  # along the edge of a cell
EDGE_NM = 0.39846
SCENES = {
    # name: domains, cells along x and y, share of the substrate, tilts in mrad (0, 0 first), seed, configurations
    "wall109": ("109", 6, 6, 0.34, [(0, 0), (12, -9)], 1, 1),
    "wall180": ("180", 6, 6, 0.34, [(0, 0), (12, -9)], 2, 1),
    "strip": ("uniform", 3, 8, 0.63, [(0, 0), (12, -9)], 3, 3),
}
# SrTiO3 by itself, two by two cells; its image is kept three by three times, so that map has enough of it.
SUBSTRATE = {"edge_nm": 0.39053, "cells": 2, "times": 3, "tilts": [(0, 0), (12, -9)], "seed": 5, "configurations": 6}
CONDITIONS = ["--voltage-kv", "200", "--semi-angle-mrad", "30", "--detectors", "haadf:65-150", "--source-size-nm", "0.04",
              "--thickness-nm", "10", "--motion", "frozen-phonon", "--method", "multislice", "--threads", "1"]


def build(program, domains, cells, substrate, base):
    """The film; returns its size in nm and the truth."""
    subprocess.run(
        [program, "build-structure", "BiFeO3-pc", "--domains", domains, "--width-nm", str(EDGE_NM * cells[0]),
         "--height-nm", str(EDGE_NM * cells[1]), "--thickness-nm", "10", "--substrate", "SrTiO3",
         "--substrate-fraction", str(substrate), "--displacement-pm", "22.95",
         "--wall-width-nm", "0.2", "--pixel-size-nm", "0.01", "--output", base],
        check=True)
    with open(base + ".json") as stream:
        size = [length / 10 for length in json.load(stream)["size_A"][:2]]
    truth = []
    with open(base + "_truth.csv") as stream:
        for row in csv.DictReader(stream):
            if row["sublattice"] == "B":
                truth.append([f"{0.01 * float(row['x_px']):.5f}", f"{0.01 * float(row['y_px']):.5f}",
                              f"{10 * float(row['ux_px']):.3f}", f"{10 * float(row['uy_px']):.3f}", row["region"]])
    return size, truth


def tilt_options(tilts):
    return ["--tilt-mrad=" + ",".join(str(x) for x, _ in tilts), "--tilt-y-mrad=" + ",".join(str(y) for _, y in tilts)]


def split_stack(folder, base, times=1):
    """One file for each image of simulate's stack, repeated along both axes."""
    with open(os.path.join(folder, "simulation.json")) as stream:
        report = json.load(stream)
    with open(os.path.join(folder, "stack.nrrd"), "rb") as stream:
        pixels = stream.read().split(b"\n\n", 1)[1]
    nx, ny = report["scan"]["positions"]
    step = report["scan"]["step_nm"]
    for n, image in enumerate(report["images"]):
        x, y = image["tilt_mrad"]
        header = (f"NRRD0004\n# simulated, fraction of the incident intensity\ntype: float\ndimension: 2\nsizes: {times * nx} {times * ny}\n"
                  f"spacings: {step[0]} {step[1]}\nunits: \"nm\" \"nm\"\nendian: little\nencoding: raw\n\n")
        with open(f"{base}_tilt_{x:g}_{y:g}.nrrd", "wb") as stream:
            rows = [pixels[4 * nx * (ny * n + y):4 * nx * (ny * n + y + 1)] for y in range(ny)]
            stream.write(header.encode() + b"".join(row * times for row in rows) * times)


def write_truth(base, truth):
    with open(base + "_truth.csv", "w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["x_nm", "y_nm", "px_pm", "py_pm", "region"])
        writer.writerows(truth)


def make_substrate(program, folder, images):
    edge, cells, times = (SUBSTRATE[key] for key in ("edge_nm", "cells", "times"))
    if not os.path.exists(os.path.join(images, "simulation.json")):
        subprocess.run(
            [program, "simulate", "SrTiO3", *CONDITIONS, *tilt_options(SUBSTRATE["tilts"]), "--cells-x", str(cells), "--cells-y",
             str(cells), "--scan-region", f"0,0,{edge * cells},{edge * cells}", "--scan-step-nm", str(edge / POSITIONS + 1e-6),
             "--samples-x", str(72 * cells), "--samples-y", str(72 * cells), "--configurations", str(SUBSTRATE["configurations"]),
             "--seed", str(SUBSTRATE["seed"]), "--output", images],
            check=True)
    split_stack(images, os.path.join(folder, "substrate"), times)
    places = [f"{edge * (n + 0.5):.5f}" for n in range(cells * times)]
    write_truth(os.path.join(folder, "substrate"), [[x, y, 0, 0, "substrate"] for y in places for x in places])


def main():
    program, folder = sys.argv[1:3]
    work = os.path.join(folder, "work")
    os.makedirs(work, exist_ok=True)
    for name, (domains, nx, ny, substrate, tilts, seed, configurations) in SCENES.items():
        if len(sys.argv) > 3 and name not in sys.argv[3:]:
            continue
        structure = os.path.join(work, name)
        size, truth = build(program, domains, (nx, ny), substrate, structure)
        write_truth(os.path.join(folder, name), truth)
        if not os.path.exists(os.path.join(work, name + "_images", "simulation.json")):
            subprocess.run(
                [program, "simulate", structure + ".xyz", *CONDITIONS, *tilt_options(tilts), "--cells-x", "1", "--cells-y", "1",
                 "--scan-region", f"0,0,{size[0]},{size[1]}", "--scan-step-nm", str(EDGE_NM / POSITIONS + 1e-6), "--samples-x",
                 str(72 * nx), "--samples-y", str(72 * ny), "--configurations", str(configurations), "--seed", str(seed),
                 "--output", os.path.join(work, name + "_images")],
                check=True)
        split_stack(os.path.join(work, name + "_images"), os.path.join(folder, name))
    if len(sys.argv) <= 3 or "substrate" in sys.argv[3:]:
        make_substrate(program, folder, os.path.join(work, "substrate_images"))


if __name__ == "__main__":
    main()
