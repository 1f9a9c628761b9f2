"""Inputs that cannot be read, outputs that cannot be written, images that hold no lattice."""
import os
import unittest

import harness


class UnreadableInput(harness.ProgramTest):
    def check(self, name, *words):
        done = self.run_program("map", name, "--output", "result", "--no-figures")
        self.assert_fails(done, 3, "map", os.path.basename(name), *words)
        self.assertFalse(os.path.exists(self.path("result")), "a failed run left its output folder")
        self.assertEqual([n for n in os.listdir(self.folder) if n not in (os.path.basename(name),)], [])

    def test_missing_file(self):
        self.check("nowhere.dm4")

    def test_folder_instead_of_file(self):
        os.mkdir(self.path("folder.dm4"))
        self.check("folder.dm4")

    def test_empty_file(self):
        for ending in ("dm4", "tif", "npy", "png", "ser", "hspy"):
            with self.subTest(ending):
                self.write("empty." + ending, b"")
                self.check("empty." + ending)
                os.remove(self.path("empty." + ending))

    def test_truncated_file(self):
        with open(harness.DEMO, "rb") as file:
            whole = file.read()
        self.write("cut.tif", whole[: len(whole) // 3])
        self.check("cut.tif")

    def test_truncated_npy(self):
        whole = harness.npy(harness.constant_image(64))
        self.write("cut.npy", whole[: len(whole) // 2])
        self.check("cut.npy")

    def test_foreign_file(self):
        for ending in ("dm3", "dm4", "ser", "hspy", "tif", "npy", "png"):
            with self.subTest(ending):
                self.write("letter." + ending, b"Dear reader, this is a letter and no image at all.\n" * 20)
                self.check("letter." + ending)
                os.remove(self.path("letter." + ending))

    def test_info_says_the_same(self):
        self.write("letter.dm4", b"Dear reader\n")
        self.assert_fails(self.run_program("info", "letter.dm4"), 3, "info", "letter.dm4")


class UnwritableOutput(harness.ProgramTest):
    def test_file_where_the_folder_should_be(self):
        self.write("result", b"precious")
        done = self.run_program("map", harness.DEMO, "--output", "result", "--no-figures")
        self.assert_fails(done, 5, "map", "result")
        self.assertEqual(self.content("result"), b"precious")

    def test_folder_below_a_file(self):
        self.write("precious.txt", b"precious")
        done = self.run_program("map", harness.DEMO, "--output", "precious.txt/result", "--no-figures")
        self.assert_fails(done, 5, "map", "precious.txt")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_folder_without_permission(self):
        os.mkdir(self.path("locked"))
        os.chmod(self.path("locked"), 0o500)
        done = self.run_program("map", harness.DEMO, "--output", "locked/result", "--no-figures")
        self.assert_fails(done, 5, "map", "locked")


class NoLattice(harness.ProgramTest):
    def check(self, rows):
        self.write("image.npy", harness.npy(rows))
        done = self.run_program("map", "image.npy", "--output", "result", "--no-figures")
        self.assert_fails(done, 4, "map")
        self.assertFalse(os.path.exists(self.path("result")), "a failed run left its output folder")

    def test_constant_image(self):
        self.check(harness.constant_image())

    def test_zero_image(self):
        self.check(harness.constant_image(value=0.0))

    def test_noise(self):
        for seed in (1, 2, 3):
            with self.subTest(seed):
                self.check(harness.noise_image(seed=seed))

    def test_photograph(self):
        for seed in (2, 3, 4):
            with self.subTest(seed):
                self.check(harness.photograph_image(seed=seed))

    def test_tiny_image(self):
        self.check(harness.noise_image(size=3))

    def test_image_full_of_nan(self):
        self.write("image.npy", harness.npy(harness.constant_image(64, float("nan"))))
        done = self.run_program("map", "image.npy", "--output", "result", "--no-figures")
        self.assertIn(done.returncode, (3, 4), done.stderr)


if __name__ == "__main__":
    harness.main()
