"""Makes the scenes of this folder: images of tilted films whose polarization is known.

usage: makeTiltScenes.py PROGRAM FOLDER [SCENE]

Builds a film of six by six cells with a wall and a strip of substrate, simulates it for several tilts with one set of
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
    # name: domains, cells along x and y, share of the substrate, tilts in mrad (0, 0 first), seed
    "wall109": ("109", 6, 6, 0.34, [(0, 0), (12, -9)], 1),
    "strip": ("uniform", 3, 8, 0.63, [(0, 0), (12, -9)], 3),
}
CONDITIONS = ["--voltage-kv", "200", "--semi-angle-mrad", "30", "--detectors", "haadf:65-150", "--source-size-nm", "0.04",
              "--thickness-nm", "10", "--motion", "frozen-phonon", "--configurations", "1", "--cells-x", "1", "--cells-y",
              "1", "--method", "multislice"]


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


def split_stack(folder, base):
    """One file for each image of simulate's stack."""
    with open(os.path.join(folder, "simulation.json")) as stream:
        report = json.load(stream)
    with open(os.path.join(folder, "stack.nrrd"), "rb") as stream:
        pixels = stream.read().split(b"\n\n", 1)[1]
    nx, ny = report["scan"]["positions"]
    step = report["scan"]["step_nm"]
    for n, image in enumerate(report["images"]):
        x, y = image["tilt_mrad"]
        header = (f"NRRD0004\n# simulated, fraction of the incident intensity\ntype: float\ndimension: 2\nsizes: {nx} {ny}\n"
                  f"spacings: {step[0]} {step[1]}\nunits: \"nm\" \"nm\"\nendian: little\nencoding: raw\n\n")
        with open(f"{base}_tilt_{x:g}_{y:g}.nrrd", "wb") as stream:
            stream.write(header.encode() + pixels[4 * nx * ny * n:4 * nx * ny * (n + 1)])


def main():
    program, folder = sys.argv[1:3]
    work = os.path.join(folder, "work")
    os.makedirs(work, exist_ok=True)
    for name, (domains, nx, ny, substrate, tilts, seed) in SCENES.items():
        if len(sys.argv) > 3 and name not in sys.argv[3:]:
            continue
        structure = os.path.join(work, name)
        size, truth = build(program, domains, (nx, ny), substrate, structure)
        with open(os.path.join(folder, name + "_truth.csv"), "w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["x_nm", "y_nm", "px_pm", "py_pm", "region"])
            writer.writerows(truth)
        if not os.path.exists(os.path.join(work, name + "_images", "simulation.json")):
            subprocess.run(
                [program, "simulate", structure + ".xyz", *CONDITIONS, "--scan-region", f"0,0,{size[0]},{size[1]}",
                 "--scan-step-nm", str(EDGE_NM / POSITIONS + 1e-6), "--samples-x", str(72 * nx), "--samples-y", str(72 * ny),
                 "--tilt-mrad=" + ",".join(str(x) for x, _ in tilts), "--tilt-y-mrad=" + ",".join(str(y) for _, y in tilts),
                 "--seed", str(seed), "--threads", "1", "--output", os.path.join(work, name + "_images")],
                check=True)
        split_stack(os.path.join(work, name + "_images"), os.path.join(folder, name))


if __name__ == "__main__":
    main()
