"""correct-tilt takes a known false polarization out of a map, says how sure it is, and refuses what it cannot do.

usage: testCorrectTilt.py FERROSCOPE
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

SLOPES = {"film": 0.6, "substrate": 0.9}  # pm per mrad
TILT = (8.0, -5.0)  # mrad


def run(program, *arguments, status=0):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert result.returncode == status, (arguments, result.returncode, result.stdout, result.stderr)
    return result.stdout + result.stderr


def write_table(path, slope):
    """Response 2 : 1 of A and B against the tilt, linear."""
    points = [
        {
            "tilt_x_mrad": x,
            "tilt_y_mrad": y,
            "shift_a_x_pm": -2 * slope * x,
            "shift_a_y_pm": -2 * slope * y,
            "shift_b_x_pm": -slope * x,
            "shift_b_y_pm": -slope * y,
            "error_pm": 0.0,
        }
        for x, y in ((0, 0), (10, 0), (0, 10), (20, 0), (0, 20), (14, 14))
    ]
    table = {
        "format": "ferroscope tilt response",
        "version": 1,
        "material": "test",
        "estimator": "as if",
        "recipe": "by hand",
        "voltage_kv": 200,
        "semi_angle_mrad": 30,
        "detector_inner_mrad": 65,
        "detector_outer_mrad": 250,
        "source_size_nm": 0.05,
        "series": [{"thickness_nm": 20, "points": points}],
    }
    with open(path, "w") as stream:
        json.dump(table, stream)


def tilt_map(folder, height):
    """Adds the false polarization to every cell, and the domain by the direction; returns the truth by id."""
    with open(os.path.join(folder, "cells.csv")) as stream:
        rows = list(csv.DictReader(stream))
    truth = {}
    for row in rows:
        below = float(row["y_px"]) > 0.8 * height
        x, y = float(row["px_pm"]), float(row["py_pm"])
        truth[row["id"]] = (x, y, "substrate" if below else "film")
        slope = SLOPES["substrate" if below else "film"]
        row["domain"] = 0 if below or row["flag"] else (1 if y > 0 else 2)
        row["px_pm"] = x + slope * TILT[0]
        row["py_pm"] = y + slope * TILT[1]
    with open(os.path.join(folder, "cells.csv"), "w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return truth


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        size = 400
        run(program, "synthesize", "film", "--width-px", str(size), "--height-px", str(size), "--rotation-deg", "2",
            "--substrate-fraction", "0.25")
        run(program, "map", "film.tif", "--output", "map", "--no-figures")
        truth = tilt_map("map", size)
        write_table("film_response.json", SLOPES["film"])
        write_table("substrate.json", SLOPES["substrate"])
        region = f"0,{int(0.8 * size)},{size},{size}"
        text = run(program, "correct-tilt", "map", "--tilt-response", "film_response.json", "--non-polar-response",
                   "substrate.json", "--non-polar-region", region, "--output", "corrected")
        assert "mrad" in text, text
        for name in ("cells.csv", "cells.vtp", "polarization.nrrd", "polarization.vti", "summary.json", "report.html",
                     "figures/corrected/03_polarization.png", "figures/measured/03_polarization.png"):
            assert os.path.getsize(os.path.join("corrected", name)) > 0, name

        summary = json.load(open("corrected/summary.json"))["tilt"]
        for axis in range(2):
            error = summary["tilt_error_mrad"][axis]
            assert 0 < error < 4, summary
            assert abs(summary["tilt_mrad"][axis] - TILT[axis]) < 4 * error, summary
        assert summary["chance_without_tilt"] < 1e-3, summary
        assert summary["opposite_pairs"] + summary["equal_size_pairs"] == 1, summary

        assert [clue["name"] for clue in summary["clues"]] == ["non_polar_region", "unequal_domains", "relative_shift_pattern"], summary
        assert summary["clues"][2]["tilt_mrad"] == [None, None], summary  # varies: yes, how much there is: no
        assert summary["clue_agreement"]["degrees_of_freedom"] > 0 and summary["clue_agreement"]["chance"] > 1e-3, summary
        report = open("corrected/report.html").read()
        assert "What tells the tilt" in report and "within a domain" in report and "not told" in report

        # What is left of the false polarization of the film: less than a fifth.
        with open("corrected/cells.csv") as stream:
            rows = [row for row in csv.DictReader(stream) if not row["flag"] and truth[row["id"]][2] == "film"]
        assert len(rows) > 100
        for axis, name in enumerate(("px_pm", "py_pm")):
            left = sum(float(row[name]) - truth[row["id"]][axis] for row in rows) / len(rows)
            assert abs(left) < 0.2 * abs(SLOPES["film"] * TILT[axis]), (name, left)
        assert all(float(row["err_tilt_x_mrad"]) > 0 for row in rows)

        # Corrected once more: nothing is left to correct, and columns are replaced, not doubled.
        run(program, "correct-tilt", "corrected", "--tilt-response", "film_response.json", "--non-polar-response",
            "substrate.json", "--non-polar-region", region, "--output", "twice", "--no-figures")
        twice = json.load(open("twice/summary.json"))["tilt"]
        for axis in range(2):
            assert abs(twice["tilt_mrad"][axis]) < 2 * twice["tilt_error_mrad"][axis], twice
        assert open("twice/cells.csv").readline().count("tilt_x_mrad") == 2  # tilt_x_mrad, err_tilt_x_mrad

        # In one go, and without any tilt: what is subtracted lies within its error, and the truth is still met.
        run(program, "map", "film.tif", "--tilt-response", "film_response.json", "--non-polar-response",
            "substrate.json", "--non-polar-region", region, "--output", "at_once")
        at_once = json.load(open("at_once/summary.json"))["tilt"]
        for axis in range(2):
            assert abs(at_once["tilt_mrad"][axis]) < 3 * at_once["tilt_error_mrad"][axis], at_once
        assert at_once["chance_without_tilt"] > 0.001, at_once
        assert os.path.getsize("at_once/figures/measured/03_polarization.png") > 0
        assert "Before the correction" in open("at_once/report.html").read()
        run(program, "evaluate-map", "film", "at_once", "--output", "score.json")
        score = json.load(open("score.json"))["P"]
        assert 0.95 < score["slope"] < 1.05 and 0.8 < score["z_sd"] < 1.15, score

        # A thickness that is not exact, with a table whose response grows with it: larger errors, the same tilt.
        tables = {name: json.load(open(name)) for name in ("film_response.json", "substrate.json")}
        for name, table in tables.items():
            thicker = json.loads(json.dumps(table["series"][0]))
            thicker["thickness_nm"] = 40
            for point in thicker["points"]:
                for key in point:
                    if "shift" in key:
                        point[key] *= 2
            table["series"].append(thicker)
            with open("two_" + name, "w") as stream:
                json.dump(table, stream)
        errors = []
        for thickness_error in ("0", "4"):
            output = "unsure_" + thickness_error
            run(program, "correct-tilt", "map", "--tilt-response", "two_film_response.json", "--non-polar-response",
                "two_substrate.json", "--non-polar-region", region, "--thickness-nm", "20", "--thickness-error-nm",
                thickness_error, "--output", output, "--no-figures")
            unsure = json.load(open(output + "/summary.json"))["tilt"]
            errors.append([unsure["tilt_error_mrad"][axis] for axis in range(2)])
            assert unsure["thickness_error_nm"] == float(thickness_error), unsure
        for axis in range(2):  # twice the response for 20 nm more: 4 nm are a fifth of the tilt
            added = math.sqrt(errors[1][axis] ** 2 - errors[0][axis] ** 2)
            assert 0.15 * abs(TILT[axis]) < added < 0.25 * abs(TILT[axis]), (axis, errors)

        # Refusals.
        text = run(program, "map", "film.tif", "--non-polar-region", region, "--output", "none", status=2)
        assert "--tilt-response" in text, text
        text = run(program, "correct-tilt", "map", "--tilt-response", "film_response.json", "--thickness-nm", "60", status=4)
        assert "20" in text and "60" in text, text
        text = run(program, "correct-tilt", "map", "--tilt-response", "map/summary.json", status=3)
        assert "not a response table" in text, text
        text = run(program, "correct-tilt", "map", "--tilt-response", "film_response.json", "--non-polar-region", "1,2,3",
                   status=2)
        assert "x0,y0,x1,y1" in text, text
        text = run(program, "correct-tilt", ".", "--tilt-response", "film_response.json", status=3)
        assert "summary.json" in text, text
        assert not os.path.exists("map_corrected"), "a refused run leaves nothing"
    print("correct-tilt: all checks passed")


main()
