"""Simulated films of known polarization and tilt (Data/TiltScenes): correct-tilt takes the tilt out of them.

The images come from full simulations, which know nothing of the response tables; map measures them with and without tilt.
What tilt did to every cell is the difference: both have the same displaced atoms. With it a table of cells is laid out,
film over SrTiO3, whose polarization without tilt is known (that which map sees in each domain without tilt, none in
the substrate), with noise of known size; correct-tilt has to find the tilt and the polarization.

usage: testTiltScenes.py FERROSCOPE FOLDER_OF_SCENES
"""
import csv
import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

THICKNESS_NM = "9.96"
CELL_PX = 10
TILT = (12, -9)
DOSE = 5000.0  # counts for the whole intensity: 250 at the peak of an Sr column, as for the tables
NOISES = 4
NOISE_PM = 2.0
PIXEL_NM = 0.02
REPEAT = 4  # of the film along x


def read_scene(path):
    """Spacing in nm and rows of pixels."""
    with open(path, "rb") as stream:
        header, data = stream.read().split(b"\n\n", 1)
    header = header.decode()
    nx, ny = map(int, re.search(r"sizes: (\d+) (\d+)", header).groups())
    spacing = [float(v) for v in re.search(r"spacings: (\S+) (\S+)", header).groups()]
    values = struct.unpack("<%df" % (nx * ny), data)
    return spacing, [values[n * nx:(n + 1) * nx] for n in range(ny)]


def write_repeated(path, spacing, rows, generator):
    """The period and one cell more on each side at least, as a film without end would have it, with Poisson noise; returns
    what is before it. Without noise the fit follows tails that it does not follow in a real image."""
    ny, nx = len(rows), len(rows[0])
    before = CELL_PX if nx >= 6 * CELL_PX else nx
    width, height = nx + 2 * before, ny + 2 * CELL_PX
    header = (f"NRRD0004\ntype: float\ndimension: 2\nsizes: {width} {height}\nspacings: {spacing[0]} {spacing[1]}\n"
              "units: \"nm\" \"nm\"\nendian: little\nencoding: raw\n\n")
    with open(path, "wb") as stream:
        stream.write(header.encode())
        for y in range(height):
            row = rows[(y - CELL_PX) % ny]
            values = [DOSE * row[(x - before) % nx] for x in range(width)]
            stream.write(struct.pack("<%df" % width, *(v + math.sqrt(v) * generator.gauss(0.0, 1.0) for v in values)))
    return before


def run(program, *arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, (arguments, result.stdout, result.stderr)


def mean(values):
    return sum(values) / len(values)


def measure(program, folder, name, tilt):
    """P in pm of every B column of the truth, by its number: the mean over images of different noise."""
    measured = [measure_once(program, folder, name, tilt, seed) for seed in range(NOISES)]
    return {n: tuple(mean([m[n][k] for m in measured]) for k in range(2))
            for n in set.intersection(*(set(m) for m in measured))}


def measure_once(program, folder, name, tilt, seed):
    file = f"{name}_tilt_{tilt[0]}_{tilt[1]}"
    spacing, rows = read_scene(os.path.join(folder, file + ".nrrd"))
    before = write_repeated(file + ".nrrd", spacing, rows, random.Random(seed))
    shutil.rmtree(file, ignore_errors=True)
    run(program, "map", file + ".nrrd", "--output", file, "--no-figures")
    truth = read_truth(folder, name)
    period = [len(rows[0]) * spacing[0], len(rows) * spacing[1]]
    result = {}
    with open(os.path.join(file, "cells.csv")) as stream:
        for row in csv.DictReader(stream):
            x = float(row["x_nm"]) - before * spacing[0]
            y = float(row["y_nm"]) - CELL_PX * spacing[1]
            if "edge" in row["flag"] or not (0 <= x < period[0] and 0 <= y < period[1]):
                continue
            n = min(range(len(truth)), key=lambda k: (truth[k]["x"] - x) ** 2 + (truth[k]["y"] - y) ** 2)
            assert math.hypot(truth[n]["x"] - x, truth[n]["y"] - y) < 0.15, (file, x, y)
            result[n] = (float(row["px_pm"]), float(row["py_pm"]))
    return result


def read_truth(folder, name):
    with open(os.path.join(folder, name + "_truth.csv")) as stream:
        return [{"x": float(r["x_nm"]), "y": float(r["y_nm"]), "p": (float(r["px_pm"]), float(r["py_pm"])),
                 "region": r["region"]} for r in csv.DictReader(stream)]


def compare(program, folder, name):
    """Cells with their truth and what tilt did to them; of the substrate those between two rows of Sr."""
    truth = read_truth(folder, name)
    flat, tilted = (measure(program, folder, name, tilt) for tilt in ((0, 0), TILT))
    rows = sorted({t["y"] for t in truth if t["region"] == "substrate"})
    cells = []
    for n in sorted(set(flat) & set(tilted)):
        cell = dict(truth[n])
        if cell["region"] == "substrate" and cell["y"] in (rows[0], rows[-1]):
            continue
        cell["flat"] = flat[n]
        cell["change"] = tuple(tilted[n][k] - flat[n][k] for k in range(2))
        cells.append(cell)
    return cells


def lay_out(wall, reference, template, tilted, seed):
    """Rows of cells.csv: REPEAT times the film, below it as wide the substrate; and the polarization without tilt."""
    generator = random.Random(seed)
    film = [c for c in wall if c["region"] == "film"]
    for side in (-1, 1):  # the component along the wall changes its sign; cells next to a wall are left out
        domain = [c for c in film if c["p"][1] * side > 22.0]
        polar = tuple(mean([c["flat"][k] for c in domain]) for k in range(2))
        # One configuration of displaced atoms: how far the mean over the domain may be from what tilt does in the mean.
        own = [math.sqrt(mean([c["change"][k] ** 2 for c in domain]) - mean([c["change"][k] for c in domain]) ** 2) /
               math.sqrt(len(domain) - 1) for k in range(2)]
        for cell in domain:
            cell["without"] = polar
            cell["own_error"] = own
            cell["domain"] = 1 if side < 0 else 2
    film = [c for c in film if "without" in c]
    substrate = [dict(c, without=(0.0, 0.0), domain=0) for c in reference if c["region"] == "substrate"]
    top = max(c["y"] for c in film) + 0.4 - min((c["y"] for c in substrate), default=0.0)
    rows, truth = [], []
    for cells, width, times, down in ((film, 2.391, REPEAT, 0.0), (substrate, 1.195, 2 * REPEAT, top)):
        for time in range(times):
            for cell in cells:
                x, y = cell["x"] + time * width, cell["y"] + down
                p = [cell["without"][k] + (cell["change"][k] if tilted else 0.0) + generator.gauss(0.0, NOISE_PM)
                     for k in range(2)]
                row = dict(template, id=len(rows), i=round(x / 0.4), j=round(y / 0.4), x_px=x / PIXEL_NM, y_px=y / PIXEL_NM,
                           x_nm=x, y_nm=y, px_pm=p[0], py_pm=p[1], p_pm=math.hypot(*p), err_px_pm=NOISE_PM,
                           err_py_pm=NOISE_PM, cov_pxy_pm2=0, flag="", domain=cell["domain"])
                rows.append(row)
                truth.append((cell["without"], cell["domain"], cell.get("own_error") if tilted else (0.0, 0.0)))
    border = (max(c["y"] for c in film) + 0.2) / PIXEL_NM if substrate else None
    return rows, truth, border


def correct(program, name, rows, border, template_folder):
    """What correct-tilt makes of the table: its summary and cells."""
    os.mkdir(name)
    size = [int(max(float(r[k]) for r in rows)) + 20 for k in ("x_px", "y_px")]
    with open(os.path.join(template_folder, "summary.json")) as stream:
        summary = json.load(stream)
    summary["image"].update(width_px=size[0], height_px=size[1], pixel_size_nm=[PIXEL_NM, PIXEL_NM])
    with open(os.path.join(name, "summary.json"), "w") as stream:
        json.dump(summary, stream)
    with open(os.path.join(name, "cells.csv"), "w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    known = ["--opposite-domains"]  # all there is to know without a reference
    if border is not None:
        known = ["--non-polar-response", "SrTiO3", "--non-polar-region", f"0,{border},{size[0]},{size[1]}"]
    run(program, "correct-tilt", name, "--tilt-response", "BiFeO3", *known, "--thickness-nm", THICKNESS_NM,
        "--uniform-tilt", "--no-figures", "--output", name + "_corrected")
    with open(os.path.join(name + "_corrected", "summary.json")) as stream:
        tilt = json.load(stream)["tilt"]
    with open(os.path.join(name + "_corrected", "cells.csv")) as stream:
        return tilt, list(csv.DictReader(stream))


def main():
    program, folder = sys.argv[1], os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        wall = compare(program, folder, "wall109")
        opposite = compare(program, folder, "wall180")
        strip = compare(program, folder, "strip")
        alone = compare(program, folder, "substrate")
        for name, cells in (("wall109", wall), ("wall180", opposite), ("strip", strip), ("substrate", alone)):
            for region in ("film", "substrate"):
                part = [c for c in cells if c["region"] == region]
                if part:
                    change = [mean([c["change"][k] for c in part]) for k in range(2)]
                    print(f"{name} {region}: {len(part)} cells, tilt changes P by ({change[0]:.2f}, {change[1]:.2f}) pm")
        template_folder = "wall109_tilt_0_0"
        with open(os.path.join(template_folder, "cells.csv")) as stream:
            template = next(csv.DictReader(stream))
        # The strip is narrow: its cells have Bi two cells away, and answer tilt by more than SrTiO3 does by itself, of which
        # the tables know nothing. Opposite domains need no reference.
        for case, film, substrate, share_left in (("alone", wall, alone, 0.2), ("strip", wall, strip, 1.0),
                                                  ("opposite", opposite, [], 0.2), ("opposite_alone", opposite, alone, 0.2)):
            for tilted in (False, True):
                name = case + ("_tilted" if tilted else "_level")
                rows, truth, border = lay_out(film, substrate, template, tilted, 7 + tilted)
                tilt, cells = correct(program, name, rows, border, template_folder)
                assert len(cells) == len(rows)
                check(name, TILT if tilted else (0, 0), tilt, rows, cells, truth, share_left)
    print("simulated scenes: all checks passed")


def check(name, true_tilt, tilt, before, after, truth, share_left):
    film = [n for n, t in enumerate(truth) if t[1] > 0]

    def bias(cells):
        return [mean([float(cells[n][key]) - truth[n][0][k] for n in film]) for k, key in enumerate(("px_pm", "py_pm"))]

    was, left = bias(before), bias(after)
    z = math.sqrt(mean([((float(after[n][key]) - truth[n][0][k]) / float(after[n]["err_" + key])) ** 2
                        for n in film for k, key in enumerate(("px_pm", "py_pm"))]))
    print(f"{name}: bias ({was[0]:.2f}, {was[1]:.2f}) -> ({left[0]:.2f}, {left[1]:.2f}) pm, z {z:.2f}, tilt {tilt['tilt_mrad']} "
          f"+- {tilt['tilt_error_mrad']}, true {true_tilt}, chance {tilt['chance_without_tilt']:.2g}")
    for clue in tilt["clues"]:
        print(f"  {clue['name']}: {clue['tilt_mrad']} +- {clue['tilt_error_mrad']} mrad")
    print(f"  agreement: {tilt['clue_agreement']}")
    for domain in (1, 2):
        cells = [n for n in film if truth[n][1] == domain]
        for k, key in enumerate(("px_pm", "py_pm")):
            first, last = (mean([float(c[n][key]) for n in cells]) for c in (before, after))
            error = mean([float(after[n]["err_" + key]) for n in cells])  # nearly all of it common to all cells
            true, own = truth[cells[0]][0][k], truth[cells[0]][2][k]
            print(f"  domain {domain}, {key}: {first:.2f} -> {last:.2f}, true {true:.2f} +- {own:.2f}, error {error:.2f}")
            if share_left < 1.0:  # the polarization that is there stays, to its own error bar
                assert abs(last - true) < math.hypot(error, own), (name, domain, key, last, true, error)
    # What is left of the false polarization lies within the stated error of what was subtracted.
    for k in range(2):
        assert abs(left[k] - (was[k] if true_tilt == (0, 0) else 0.0)) < 3.0 * tilt["film"]["subtracted_error_pm"][k], name
    if true_tilt == (0, 0):
        assert tilt["chance_without_tilt"] > 1e-3, tilt
    else:
        assert math.hypot(*left) < share_left * math.hypot(*was), (name, was, left)
        assert tilt["chance_without_tilt"] < 1e-3, tilt
        if share_left < 1.0:
            for k in range(2):
                assert abs(tilt["tilt_mrad"][k] - true_tilt[k]) < 3.0 * tilt["tilt_error_mrad"][k], tilt


main()
