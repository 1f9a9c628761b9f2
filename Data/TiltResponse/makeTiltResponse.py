"""Makes the response tables of this folder: how far columns seem to move when the crystal is tilted.

usage: makeTiltResponse.py PROGRAM TABLE FOLDER [SEEDS]

TABLE is BiFeO3, SrTiO3 or SrTiO3-80kV. Simulates SEEDS times (one configuration of displaced atoms each) into FOLDER, measures
each with compare-tilt, and writes FOLDER/TABLE.json: means over the seeds, with their standard error. What FOLDER
holds already is not computed again, so that the run may be stopped and more seeds may be added.
"""
import json
import math
import os
import random
import struct
import subprocess
import sys

# Two by two pseudo-cubic cells, all of them scanned with 12 positions along an edge. The diagonal tilt of BiFeO3 is
# perpendicular to its polarization, which is that of the structure.
SRTIO3 = ["SrTiO3", "--cells-x", "2", "--cells-y", "2", "--scan-region", "0,0,0.78106,0.78106", "--scan-step-nm", "0.03255"]
SRTIO3_TILTS = [(0, 0), (5, 0), (10, 0), (20, 0), (30, 0), (14, -14)]
TABLES = {
    "BiFeO3": {
        "material": "BiFeO3",
        "structure": ["BiFeO3-pc", "--cells-x", "1", "--cells-y", "1", "--scan-step-nm", "0.03321"],
        "conditions": ["--voltage-kv", "200", "--detectors", "haadf:65-250", "--samples-x", "240", "--samples-y", "240"],
        "tilts": [(0, 0), (5, 0), (-5, 0), (10, 0), (-10, 0), (20, 0), (-20, 0), (14, -14)],
        # Along the polarization and against it: tilt takes off more of it there than anywhere else.
        "further tilts": [(0, 0), (14, 14), (-14, -14)],
        "polar": True,
    },
    "SrTiO3": {
        "material": "SrTiO3",
        "structure": SRTIO3,
        "conditions": ["--voltage-kv", "200", "--detectors", "haadf:65-250", "--samples-x", "240", "--samples-y", "240"],
        "tilts": SRTIO3_TILTS,
    },
    "SrTiO3-80kV": {
        "material": "SrTiO3",
        "structure": SRTIO3,
        "conditions": ["--voltage-kv", "80", "--detectors", "haadf:65-200", "--samples-x", "128", "--samples-y", "128"],
        "tilts": SRTIO3_TILTS,
    },
}
# Thick specimens take most of the time: only the first seed reaches 50 nm.
THICKNESSES_NM = {1: "5,10,15,20,30,40,50"}
FURTHER_NM = "5,10,15,20,30"
FURTHER_TILTS_NM = "5,10,15,20"
COMMON = ["--semi-angle-mrad", "30", "--source-size-nm", "0.04", "--motion", "frozen-phonon", "--configurations", "1", "--threads", "1"]


# The fit weighs pixels by their noise, and follows tails that it should not where there is none. With this dose an Sr
# column has 250 counts at its peak, a Bi column 650.
DOSE = 5000.0
NOISES = 5
NAMES = ("tilt_x_mrad", "tilt_y_mrad", "shift_a_x_pm", "shift_a_y_pm", "shift_b_x_pm", "shift_b_y_pm")


def add_noise(name, folder, seed):
    """The images of a simulation with Poisson noise, as a simulation of its own."""
    generator = random.Random(seed)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(name, "simulation.json")) as stream:
        report = json.load(stream)
    with open(os.path.join(name, "stack.nrrd"), "rb") as stream:
        pixels = stream.read().split(b"\n\n", 1)[1]
    nx, ny = report["scan"]["positions"]
    for n, image in enumerate(report["images"]):
        values = struct.unpack_from("<%df" % (nx * ny), pixels, 4 * nx * ny * n)
        noisy = [DOSE * v + math.sqrt(DOSE * v) * generator.gauss(0.0, 1.0) for v in values]
        image["file"] = f"{n}.nrrd"
        with open(os.path.join(folder, image["file"]), "wb") as stream:
            stream.write(f"NRRD0004\ntype: float\ndimension: 2\nsizes: {nx} {ny}\nendian: little\nencoding: raw\n\n".encode())
            stream.write(struct.pack("<%df" % len(noisy), *noisy))
    with open(os.path.join(folder, "simulation.json"), "w") as stream:
        json.dump(report, stream)


def variance(values):
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def measure(program, name):
    """The mean of compare-tilt over images with noise."""
    tables = []
    for seed in range(NOISES):
        folder = f"{name}_noise_{seed}"
        shifts = os.path.join(folder, "shifts")
        if not os.path.exists(os.path.join(shifts, "response.json")):
            add_noise(name, folder, seed)
            subprocess.run([program, "compare-tilt", folder, "--output", shifts, "--no-figures"], check=True)
        with open(os.path.join(shifts, "response.json")) as stream:
            tables.append(json.load(stream))
    result = tables[0]
    for n, series in enumerate(result["series"]):
        same = [table["series"][n] for table in tables]
        if "polarization_pm" in series:
            series["polarization_pm"] = [sum(t["polarization_pm"][k] for t in same) / NOISES for k in range(2)]
        for t, point in enumerate(series["points"]):
            others = [other["points"][t] for other in same]
            # The scatter of the columns holds noise and atoms; the mean over images has less noise and the same atoms.
            noise = sum(variance([other[b] - other[a] for other in others])
                        for a, b in zip(NAMES[2:4], NAMES[4:6])) / 2
            scatter = sum(other["error_pm"] ** 2 for other in others) / NOISES
            for name in NAMES:
                point[name] = sum(other[name] for other in others) / NOISES
            point["error_pm"] = math.sqrt(max(scatter - noise, 0.0) + noise / NOISES)
    return result


def simulate(program, table, name, tilts, thicknesses, seed):
    """Simulates one configuration, and measures it at these tilts."""
    if not os.path.exists(os.path.join(name, "simulation.json")):
        subprocess.run(
            [program, "simulate", *table["structure"], *table["conditions"], *COMMON,
             "--tilt-mrad=" + ",".join(str(x) for x, _ in tilts), "--tilt-y-mrad=" + ",".join(str(y) for _, y in tilts),
             "--thickness-nm", thicknesses, "--seed", str(seed), "--output", name],
            check=True)
    response = measure(program, name)
    for series in response["series"]:  # runs with more tilts serve as well
        points = {(p[NAMES[0]], p[NAMES[1]]): p for p in series["points"]}
        series["points"] = [points[tilt] for tilt in tilts]
    return response


def make_seed(program, table, folder, seed):
    """The response of one configuration; with the same seed the displaced atoms of both runs are the same."""
    name = os.path.join(folder, f"seed_{seed}")
    response = simulate(program, table, name, table["tilts"], THICKNESSES_NM.get(seed, FURTHER_NM), seed)
    if "further tilts" in table:
        further = simulate(program, table, name + "_further", table["further tilts"], FURTHER_TILTS_NM, seed)
        for series in response["series"]:
            for other in further["series"]:
                if abs(other["thickness_nm"] - series["thickness_nm"]) < 0.1:
                    series["points"] += other["points"][1:]
    return response


def make_point(values, error, mirrored):
    if mirrored:  # a mirror (SrTiO3) or glide plane (BiFeO3) of the crystal exchanges x and y
        values = [values[n ^ 1] for n in range(len(NAMES))]
    point = {name: round(value, 3) for name, value in zip(NAMES, values)}
    point["error_pm"] = round(error, 3)
    return point


def follow_symmetry(point):
    """A crystal that is not polar answers a tilt along a mirror line along that line."""
    x, y = point["tilt_x_mrad"], point["tilt_y_mrad"]
    assert x == 0 or y == 0 or abs(x) == abs(y), point
    size = math.hypot(x, y)
    for letter in "ab":
        names = [f"shift_{letter}_x_pm", f"shift_{letter}_y_pm"]
        along = (point[names[0]] * x + point[names[1]] * y) / size if size else 0.0
        point[names[0]], point[names[1]] = (round(along * v / size, 3) if size else 0.0 for v in (x, y))
    return point


def combine(points):
    """From the points of all seeds at one thickness: means, and the error of B - A from the scatter of the columns."""
    seeds = len(points)
    result = []
    for t in range(len(points[0])):
        mean = [sum(run[t][name] for run in points) / seeds for name in NAMES]
        error = math.sqrt(sum(run[t]["error_pm"] ** 2 for run in points)) / seeds
        if mean[0] == mean[1]:  # on the mirror line, or no tilt
            mean = [0.5 * (mean[n] + mean[n ^ 1]) for n in range(len(NAMES))]
            result.append(make_point(mean, error, False))
        else:
            result += [make_point(mean, error, mirrored) for mirrored in (False, True)]
    return result


def main():
    program, name, folder = sys.argv[1:4]
    seeds = int(sys.argv[4]) if len(sys.argv) > 4 else 4
    os.makedirs(folder, exist_ok=True)
    tables = [make_seed(program, TABLES[name], folder, seed) for seed in range(1, seeds + 1)]
    result = tables[0]
    for series in result["series"]:
        same = [other for table in tables for other in table["series"]
                if abs(other["thickness_nm"] - series["thickness_nm"]) < 0.1]
        points = combine([other["points"] for other in same])
        if TABLES[name].get("polar"):
            polarization = [sum(other["polarization_pm"][axis] for other in same) / len(same) for axis in range(2)]
            # The glide plane makes both components the same.
            series["polarization_pm"] = [round(0.5 * sum(polarization), 3)] * 2
        else:
            series.pop("polarization_pm", None)
            points = [follow_symmetry(point) for point in points]
        series["points"] = points
    result.update(
        material=TABLES[name]["material"], fourfold=True,
        recipe=f"Data/TiltResponse/makeTiltResponse.py PROGRAM {name} FOLDER {seeds}")
    with open(os.path.join(folder, name + ".json"), "w") as stream:
        json.dump(result, stream, indent=1)
        stream.write("\n")


if __name__ == "__main__":
    main()
