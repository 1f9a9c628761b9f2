"""Real micrographs with no parameter but a pixel size where the file has none (FERROSCOPE_SHARED_DATA)."""
import os
import unittest

import harness


class RealImages(harness.ProgramTest):
    def count(self, file, minimum_a, minimum_b, *parameters):
        """Maps the image and holds the numbers of A and B columns against what is known to be there."""
        self.run_ok("map", os.path.join(harness.SHARED, "real", file), "--output", "result", "--no-figures", *parameters)
        columns = self.table("result", "columns.csv")
        found = {s: sum(column["sublattice"] == s for column in columns) for s in "AB"}
        print("%s: %d A, %d B of %d columns" % (file, found["A"], found["B"], len(columns)))
        self.assertGreaterEqual(found["A"], minimum_a)
        self.assertGreaterEqual(found["B"], minimum_b)
        self.assertTrue(self.summary("result")["polarization"]["defined"])
        self.check_flags()

    def check_flags(self):
        """At most a few per cent of the cells are in doubt."""
        cells = self.table("result", "cells.csv")
        flagged = sum(bool(cell["flag"]) for cell in cells)
        print("  %d of %d cells flagged" % (flagged, len(cells)))

    def test_barium_titanate(self):
        self.count("BTO_crystal_1.dm4", 1000, 940)

    def test_lead_titanate_supercrystal(self):
        self.count("Cropped_PTO-SRO_Aligned.hspy", 440, 0)

    def test_strontium_titanate(self):
        self.count("16_STOimage_1.ser", 560, 500)

    def test_false_polarization_of_strontium_titanate(self):
        """What one half of a crystal that is not polar shows is taken out of the other half, by the table of a name."""
        file = os.path.join(harness.SHARED, "real", "16_STOimage_1.ser")
        for half in ("0,0,511,1023", "512,0,1023,1023"):
            self.run_ok("map", file, "--tilt-response", "SrTiO3-80kV", "--thickness-nm", "20", "--uniform-tilt",
                        "--non-polar-region", half, "--output", "result", "--no-figures")
            other = self.summary("result")["tilt"]["film"]
            self.assertGreater(other["cells"], 200)
            before, after = (sum(v * v for v in other[key]) ** 0.5 for key in ("mean_before_pm", "mean_after_pm"))
            print("mean of the other half: %.2f pm before, %.2f pm after" % (before, after))
            self.assertGreater(before, 8.0)
            # The halves differ by the shifts of scan lines: 1.3 pm standard error of the mean P of the whole.
            self.assertLess(after, 3 * 1.3)

    def test_manganite(self):
        self.count("NSMO_cryo.tif", 1780, 1700, "--pixel-size-nm", "0.0177")

    def test_samarium_doped_bismuth_ferrite(self):
        self.count("SmBFO_patch.png", 80, 60, "--pixel-size-nm", "0.00563")

    def test_other_zone_axis_is_said(self):
        file = os.path.join(harness.SHARED, "real", "perovskite110_ADF.hdf5")
        done = self.run_ok("map", file, "--output", "result")
        columns = self.table("result", "columns.csv")
        self.assertGreaterEqual(len(columns), 130)
        self.assertEqual(self.table("result", "cells.csv"), [])
        summary = self.summary("result")
        self.assertFalse(summary["polarization"]["defined"])
        self.assertIn("not defined", (done.stdout + done.stderr).lower())
        self.assertIn("not defined", self.content("result", "report.html").decode("utf-8").lower())


if __name__ == "__main__":
    harness.main(needs_shared_data=True)
