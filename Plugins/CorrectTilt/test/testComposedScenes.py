"""Scenes of Gaussians whose columns are shifted as the response tables say: map takes the tilt out again.

The polarization and the tilt are known at every place. The tilts lie along the axes, so that the tables are taken as they
are (linear between their tilts, turned to the polarization of the cell), without the polynomial of the program.

usage: testComposedScenes.py FERROSCOPE FOLDER_OF_RESPONSE_TABLES
"""
import csv
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile

PIXEL_NM = 0.02
CELL_PX = 20.0
WIDTH, HEIGHT = 25, 24  # cells
SUBSTRATE_ROWS = 6
SIGMA_PX = 3.6
DOSE = 400.0  # counts at the peak of a column of height 1
HEIGHTS = {"film": (1.0, 0.35), "substrate": (0.55, 0.3)}
PM_PER_PX = 1000.0 * PIXEL_NM


def turn(vector, times):
    """Quarter turns."""
    for _ in range(times % 4):
        vector = (-vector[1], vector[0])
    return vector


class Law:
    """Shifts of A and B for tilts along the axes, straight from a response table."""

    def __init__(self, folder, material, thickness):
        with open(os.path.join(folder, material + ".json")) as stream:
            table = json.load(stream)
        series = min(table["series"], key=lambda s: abs(s["thickness_nm"] - thickness))
        self.thickness = series["thickness_nm"]
        self.polarization = series.get("polarization_pm")
        self.points = {(p["tilt_x_mrad"], p["tilt_y_mrad"]):
                       ((p["shift_a_x_pm"], p["shift_a_y_pm"]), (p["shift_b_x_pm"], p["shift_b_y_pm"]))
                       for p in series["points"]}

    def along(self, tilt, sublattice):
        """For the crystal of the table; a table of a crystal that is not polar has one direction for all."""
        size = math.hypot(*tilt)
        direction = tuple(round(v / size) for v in tilt)
        line = sorted((max(map(abs, t)), t) for t in self.points
                      if min(map(abs, t)) == 0 and (t == (0, 0) or tuple(round(v / max(map(abs, t))) for v in t) == direction))
        for (low, at_low), (high, at_high) in zip(line, line[1:]):
            if size <= high:
                part = (size - low) / (high - low)
                return tuple((1 - part) * self.points[at_low][sublattice][n] + part * self.points[at_high][sublattice][n]
                             for n in range(2))
        raise ValueError("tilt beyond the table")

    def shift(self, tilt, polarization, sublattice):
        if tilt == (0.0, 0.0):
            return 0.0, 0.0
        assert 0.0 in tilt, tilt
        if self.polarization is None:
            times = next(k for k in range(4) if turn(tilt, -k)[0] > 0)
        else:
            times = next(k for k in range(4)
                         if all(v * w > 0 for v, w in zip(turn(self.polarization, k), polarization)))
        return turn(self.along(turn(tilt, -times), sublattice), times)


def region(row):
    return "substrate" if row >= HEIGHT - SUBSTRATE_ROWS else "film"


def make_scene(name, laws, tilt_at, seed):
    """Writes NAME.npy; returns for every B column (x, y in px; true P, false P in pm; region)."""
    width, height = int(WIDTH * CELL_PX), int(HEIGHT * CELL_PX)
    pixels = [[0.05] * width for _ in range(height)]
    truth = []

    def draw(x, y, amplitude):
        reach = int(4.5 * SIGMA_PX) + 1
        xs = range(max(0, round(x) - reach), min(width, round(x) + reach + 1))
        profile = [amplitude * math.exp(-0.5 * ((n - x) / SIGMA_PX) ** 2) for n in xs]
        for n in range(max(0, round(y) - reach), min(height, round(y) + reach + 1)):
            factor = math.exp(-0.5 * ((n - y) / SIGMA_PX) ** 2)
            row = pixels[n]
            for m, value in zip(xs, profile):
                row[m] += factor * value

    for j in range(HEIGHT):
        for i in range(WIDTH):
            kind = region(j)
            places = (((i + 0.25) * CELL_PX, (j + 0.25) * CELL_PX), ((i + 0.75) * CELL_PX, (j + 0.75) * CELL_PX))
            sign = 1.0 if i >= WIDTH // 2 else -1.0
            length = abs(laws["film"].polarization[0])  # which the shifts of the table belong to
            polar = (length, sign * length) if kind == "film" else (0.0, 0.0)
            moved = []
            for sublattice, (x, y) in enumerate(places):
                dx, dy = laws[kind].shift(tilt_at(x * PIXEL_NM, y * PIXEL_NM), polar, sublattice)
                moved.append((dx, dy))
                add = polar if sublattice else (0.0, 0.0)
                draw(x + (dx + add[0]) / PM_PER_PX, y + (dy + add[1]) / PM_PER_PX, HEIGHTS[kind][sublattice])
            false = (moved[1][0] - moved[0][0], moved[1][1] - moved[0][1])
            truth.append((places[1][0] + polar[0] / PM_PER_PX, places[1][1] + polar[1] / PM_PER_PX, polar, false, kind))
    generator = random.Random(seed)
    with open(name + ".npy", "wb") as stream:
        header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (height, width)
        header += " " * (63 - (10 + len(header)) % 64) + "\n"
        stream.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in pixels:
            noisy = [DOSE * v + math.sqrt(DOSE * v) * generator.gauss(0.0, 1.0) for v in row]
            stream.write(struct.pack("<%df" % width, *noisy))
    return truth


def copy_table(folder, material):
    """The table as it is but without errors: the columns stand exactly where it says."""
    with open(os.path.join(folder, material + ".json")) as stream:
        table = json.load(stream)
    for series in table["series"]:
        for point in series["points"]:
            point["error_pm"] = 0.0
    with open(material + "_exact.json", "w") as stream:
        json.dump(table, stream)


def run(program, *arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, (arguments, result.stdout, result.stderr)


def mean(values):
    return sum(values) / len(values)


class Outcome:
    """What became of a scene: its cells held against the truth, and the estimate."""

    def __init__(self, program, name, truth, thickness):
        border = (HEIGHT - SUBSTRATE_ROWS) * CELL_PX
        run(program, "map", name + ".npy", "--pixel-size-nm", str(PIXEL_NM), "--tilt-response", "BiFeO3_exact.json",
            "--non-polar-response", "SrTiO3_exact.json", "--thickness-nm", str(thickness), "--non-polar-region",
            f"0,{border},{WIDTH * CELL_PX},{HEIGHT * CELL_PX}", "--output", name, "--no-figures")
        with open(os.path.join(name, "summary.json")) as stream:
            self.tilt = json.load(stream)["tilt"]
        self.cells = []
        with open(os.path.join(name, "cells.csv")) as stream:
            for row in csv.DictReader(stream):
                if row["flag"]:
                    continue
                x, y = float(row["x_px"]), float(row["y_px"])
                place = min(truth, key=lambda t: (t[0] - x) ** 2 + (t[1] - y) ** 2)
                if math.hypot(place[0] - x, place[1] - y) > 0.4 * CELL_PX:
                    continue
                i = int(place[0] // CELL_PX)
                if place[4] == "film" and (i in (WIDTH // 2 - 1, WIDTH // 2) or place[1] > border - CELL_PX):
                    continue  # cells at the wall and at the substrate share columns with both sides
                self.cells.append({
                    "film": place[4] == "film", "right": i >= WIDTH // 2,
                    "part": (4 * i // WIDTH, 2 * place[1] // border),
                    "after": [float(row[k]) - place[2][n] for n, k in enumerate(("px_pm", "py_pm"))],
                    "false": place[3],
                    "taken": [float(row[k]) for k in ("p_tilt_x_pm", "p_tilt_y_pm")],
                    "common": [float(row[k]) for k in ("err_p_tilt_x_pm", "err_p_tilt_y_pm")],
                    "error": [float(row[k]) for k in ("err_px_pm", "err_py_pm")]})
        self.film = [c for c in self.cells if c["film"]]
        assert len(self.film) > 250, len(self.film)

    def bias(self, key):
        """Length of the mean over the film, pm."""
        return math.hypot(*(mean([c[key][n] for c in self.film]) for n in range(2)))

    def measured_bias(self):
        return math.hypot(*(mean([c["after"][n] + c["taken"][n] for c in self.film]) for n in range(2)))

    def rms(self, values):
        return math.sqrt(mean([v * v for v in values]))

    def parts(self, value):
        """Means of a quantity over quarters of the two domains: noise of single cells is no bias."""
        result = []
        for part in sorted({c["part"] for c in self.film}):
            cells = [c for c in self.film if c["part"] == part]
            result += [mean([value(c, n) for c in cells]) for n in range(2)]
        return result

    def rms_false(self):
        return self.rms(self.parts(lambda c, n: c["false"][n]))

    def rms_left(self):
        return self.rms(self.parts(lambda c, n: c["false"][n] - c["taken"][n]))

    def common_share(self):
        return mean([(c["common"][n] / c["error"][n]) ** 2 for c in self.film for n in range(2)])

    def z_sd(self):
        return self.rms([c["after"][n] / c["error"][n] for c in self.film for n in range(2)])


def main():
    program, folder = sys.argv[1], os.path.abspath(sys.argv[2])
    length = WIDTH * CELL_PX * PIXEL_NM
    cases = {  # thickness in nm, tilt in mrad as a function of the place in nm
        "none": (20, lambda x, y: (0.0, 0.0)),
        "five": (10, lambda x, y: (-5.0, 0.0)),
        "ten": (20, lambda x, y: (0.0, 10.0)),
        "twenty": (30, lambda x, y: (20.0, 0.0)),
        "gradient": (20, lambda x, y: (4.0 + 12.0 * x / length, 0.0)),
    }
    pulls, clue_pulls, told = [], [], set()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for material in ("BiFeO3", "SrTiO3"):
            copy_table(folder, material)
        for seed, (name, (wanted, tilt_at)) in enumerate(cases.items()):
            laws = {"film": Law(folder, "BiFeO3", wanted), "substrate": Law(folder, "SrTiO3", wanted)}
            thickness = laws["film"].thickness
            result = Outcome(program, name, make_scene(name, laws, tilt_at, seed), thickness)
            at = [v for v in result.tilt["at_nm"]]
            true = tilt_at(*at)
            pulls += [(result.tilt["tilt_mrad"][n] - true[n]) / result.tilt["tilt_error_mrad"][n] for n in range(2)]
            for clue in result.tilt["clues"]:
                # What each clue says by itself, against the tilt there and its gradient (measured over 0.1 nm).
                x, y = clue["at_nm"]
                slope = [(tilt_at(x + 0.1, y)[n] - tilt_at(x, y)[n]) / 0.1 for n in range(2)]
                wanted_values = [*tilt_at(x, y), slope[0], 0.0, slope[1], 0.0]
                found = [*clue["tilt_mrad"], *(v for row in clue["gradient_mrad_per_nm"] for v in row)]
                errors = [*clue["tilt_error_mrad"], *(v for row in clue["gradient_error_mrad_per_nm"] for v in row)]
                for n, (value, error, true_value) in enumerate(zip(found, errors, wanted_values)):
                    if value is not None:
                        told.add((clue["name"], "tilt" if n < 2 else "gradient"))
                        clue_pulls.append((value - true_value) / error)
                        assert abs(clue_pulls[-1]) < 4.0, (name, clue, true_value)
            assert result.tilt["clue_agreement"]["chance"] > 1e-3, result.tilt
            print(f"{name:9s} {thickness:5.1f} nm  bias {result.measured_bias():5.2f} -> {result.bias('after'):5.2f} pm, "
                  f"RMS {result.rms_false():5.2f} -> {result.rms_left():5.2f} pm, z {result.z_sd():.2f}, tilt "
                  f"{result.tilt['tilt_mrad']} +- {result.tilt['tilt_error_mrad']}, true ({true[0]:.2f}, {true[1]:.2f}), "
                  f"chance {result.tilt['chance_without_tilt']:.2g}", flush=True)
            for right in (False, True):  # the polarization of each domain is still there
                domain = [c for c in result.film if c["right"] == right]
                for n in range(2):
                    off = mean([c["after"][n] for c in domain])
                    assert abs(off) < mean([c["error"][n] for c in domain]), (name, right, off)
            # The share of the variance that is the correction's is the same draw in all cells: anything up to 2.5 of its
            # standard deviations; the rest is drawn for every cell (more than 500 numbers: 0.1 is 3 standard errors).
            share = result.common_share()
            assert math.sqrt(1.0 - share) - 0.1 < result.z_sd() < math.sqrt(1.0 + 5.25 * share) + 0.1, (name, share, result.z_sd())
            if name == "none":
                error = result.tilt["film"]["subtracted_error_pm"]
                for n in range(2):
                    assert abs(mean([c["taken"][n] for c in result.film])) < 3.0 * error[n], (name, error)
                assert result.tilt["chance_without_tilt"] > 1e-3, result.tilt
            else:
                assert result.rms_left() < 0.2 * result.rms_false(), name
                assert result.bias("after") < 0.2 * result.measured_bias(), name
                if name != "five":  # which is a few of its standard errors
                    assert result.tilt["chance_without_tilt"] < 1e-3, result.tilt
    assert told == {("non_polar_region", "tilt"), ("non_polar_region", "gradient"), ("unequal_domains", "tilt"),
                    ("relative_shift_pattern", "gradient")}, told
    print(f"clues: RMS pull {math.sqrt(mean([p * p for p in clue_pulls])):.2f} over {len(clue_pulls)} numbers")
    # The stated errors of the tilt: chi squared with 10 degrees of freedom lies below 29.6 with probability 0.999.
    assert sum(p * p for p in pulls) < 29.6, pulls
    print("composed scenes: all checks passed")


main()
