"""Domains, walls, vortices and local means of synthesized images, whose truth is known."""
import json
import math
import unittest

import harness


class Fields(harness.ProgramTest):
    def make(self, name, *arguments):
        self.run_ok("synthesize", "--output", name, *arguments)
        self.run_ok("map", name + ".tif", "--output", name + "_map", "--no-figures", "--average-cells", "1.5")
        return self.summary(name + "_map")

    def test_a_wall_on_a_substrate(self):
        # 30 pm per component; the lattice is turned by 7 degrees, and the wall runs along b.
        summary = self.make(
            "wall", "--dose-counts", "100", "--pixel-size-nm", "0.02", "--domains", "109", "--rotation-deg", "7",
            "--wall-width-nm", "1.0",
        )
        domains = self.table("wall_map", "domains.csv")
        walls = [w for w in self.table("wall_map", "walls.csv") if w["kind"] != "edge-of-polar"]
        self.assertEqual(len(domains), 2)
        self.assertEqual(len(walls), 1)
        for domain in domains:
            self.assertAlmostEqual(float(domain["p_pm"]), 30 * math.sqrt(2), delta=1.5)
        wall = walls[0]
        self.assertEqual(wall["kind"], "90")
        self.assertAlmostEqual(float(wall["turn_deg"]), 90.0, delta=2.0)
        self.assertAlmostEqual(float(wall["angle_deg"]), 97.0, delta=3 * float(wall["err_angle_deg"]) + 1.0)
        interval = float(wall["width_high_nm"]) - float(wall["width_low_nm"])
        self.assertAlmostEqual(float(wall["width_nm"]), 1.0, delta=2 * interval)
        self.assertLess(interval, 0.3)
        # A quarter of the height or so is substrate; the cells know their domain.
        self.assertAlmostEqual(summary["domains"]["not_polar_fraction"], 0.21, delta=0.03)
        cells = self.table("wall_map", "cells.csv")
        self.assertEqual({c["domain"] for c in cells}, {"0", "1", "2"})
        self.assertEqual(self.table("wall_map", "vortices.csv"), [])
        # The curl of a wall is real, and there is none elsewhere.
        self.assertGreater(summary["topology"]["curl_beyond_4_sigma"], 20)
        averages = summary["averages"]
        self.assertLess(averages["median_error_pm"], 0.6 * averages["median_error_before_pm"])
        self.assertEqual(len(self.table("wall_map", "cells_averaged.csv")), len(cells))

    def test_a_vortex(self):
        for dose in ("20", "1000"):
            name = "vortex" + dose
            self.make(
                name, "--dose-counts", dose, "--pixel-size-nm", "0.02", "--domains", "vortex",
                "--substrate-fraction", "0", "--wall-width-nm", "1.5",
            )
            vortices = self.table(name + "_map", "vortices.csv")
            self.assertEqual(len(vortices), 1, dose)
            self.assertEqual(vortices[0]["winding"], "1")
            off = math.hypot(float(vortices[0]["x_px"]) - 255.5, float(vortices[0]["y_px"]) - 255.5)
            self.assertLess(off, 20.0, "farther than a cell from the middle of the image")
            self.assertGreater(float(vortices[0]["handedness"]), 0.8, "counter-clockwise")

    def test_nothing_polar(self):
        summary = self.make(
            "none", "--dose-counts", "20", "--pixel-size-nm", "0.02", "--domains", "uniform", "--displacement-pm", "0"
        )
        self.assertEqual(summary["domains"]["domains"], 0)
        self.assertTrue(summary["domains"]["description"].startswith("not polar"))
        self.assertEqual(self.table("none_map", "walls.csv"), [])
        self.assertEqual(summary["topology"]["vortices"], [])
        self.assertEqual({c["domain"] for c in self.table("none_map", "cells.csv")}, {"0"})

    def test_vacancies(self):
        summary = self.make("holes", "--dose-counts", "100", "--pixel-size-nm", "0.02", "--vacancies", "6", "--seed", "3")
        with open(self.path("holes.json"), encoding="utf-8") as file:
            truth = json.load(file)["vacancies"]
        found = [d for d in self.table("holes_map", "defects.csv") if d["kind"] == "vacancy"]
        self.assertEqual(len(truth), 6)
        for hole in truth:
            near = [
                d for d in found
                if math.hypot(float(d["x_px"]) - hole["x_px"], float(d["y_px"]) - hole["y_px"]) < 5.0
                and d["sublattice"] == hole["sublattice"]
            ]
            self.assertEqual(len(near), 1, hole)
        self.assertEqual(summary["defects"]["A"]["vacancies"] + summary["defects"]["B"]["vacancies"], 6)

    def test_false_alarms_at_the_stated_rate(self):
        # Images without defects, with a wall and a substrate: what is flagged is chance.
        found = {"displaced": 0, "faint": 0}
        expected = {"displaced": 0.0, "faint": 0.0}
        for dose in ("20", "100", "1000"):
            for seed in range(2):
                name = "clean%s_%d" % (dose, seed)
                self.run_ok(
                    "synthesize", "--output", name, "--dose-counts", dose, "--pixel-size-nm", "0.02", "--seed", seed
                )
                self.run_ok(
                    "map", name + ".tif", "--output", name + "_map", "--no-figures", "--false-alarm-probability", "0.01"
                )
                for sublattice in "AB":
                    section = self.summary(name + "_map")["defects"][sublattice]
                    self.assertEqual(section["vacancies"], 0)
                    for kind in found:
                        found[kind] += section[kind]["found"]
                        expected[kind] += section[kind]["expected_false_alarms"]
        for kind in found:
            self.assertGreater(expected[kind], 50)
            self.assertGreater(found[kind], 0.5 * expected[kind] - 4 * math.sqrt(expected[kind]), kind)
            self.assertLess(found[kind], 1.3 * expected[kind] + 4 * math.sqrt(expected[kind]), kind)

    def test_bound_charge_needs_charges(self):
        self.make("film", "--dose-counts", "100", "--pixel-size-nm", "0.02")
        self.assertNotIn("bound_charge_e_nm3", self.header("film_map", "topology.csv"))
        self.run_ok("map", "film.tif", "--output", "charged", "--no-figures", "--material", "BiFeO3")
        rows = [r for r in self.table("charged", "topology.csv") if r["divergence"]]
        # Z* = 3.49 in (0.396 nm)^3: a divergence of 1 is 56.2 e/nm3.
        for row in rows[:50]:
            self.assertAlmostEqual(
                float(row["bound_charge_e_nm3"]), -3.49 / 0.396**3 * float(row["divergence"]), delta=2e-4
            )


if __name__ == "__main__":
    unittest.main()
