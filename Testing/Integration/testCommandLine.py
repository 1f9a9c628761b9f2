"""Help, listing, description for 3D Slicer, and wrong usage."""
import time
import unittest
import xml.etree.ElementTree

import harness

COMMANDS = ("info", "find", "refine", "map", "convert", "synthesize")


class Help(harness.ProgramTest):
    def test_version(self):
        self.assertRegex(self.run_ok("--version").stdout, r"\b\d+\.\d+\.\d+\b")

    def test_program_help_names_the_commands(self):
        text = self.run_ok("--help").stdout
        for command in COMMANDS:
            self.assertIn(command, text)

    def test_list(self):
        words = self.run_ok("list").stdout.split()
        for command in COMMANDS:
            self.assertIn(command, words)

    def test_command_help(self):
        for command in COMMANDS:
            with self.subTest(command):
                text = self.run_ok(command, "--help").stdout
                self.assertIn("ferroscope " + command, text)
                self.assertIn("--threads", text)

    def test_help_has_units_and_an_example(self):
        text = self.run_ok("map", "--help").stdout
        self.assertIn("--pixel-size-nm", text)
        self.assertIn("nm", text)
        self.assertIn("ferroscope map ", text)

    def test_starting_costs_nothing(self):
        for arguments in (["--version"], ["list"]):
            self.run_ok(*arguments)
            begin = time.monotonic()
            self.run_ok(*arguments)
            # The aim is 0.1 s; the tests run beside others on a busy machine.
            self.assertLess(time.monotonic() - begin, 1.0, arguments)

    def test_slicer_description(self):
        for command in COMMANDS:
            with self.subTest(command):
                text = self.run_ok(command, "--xml").stdout
                root = xml.etree.ElementTree.fromstring(text)
                self.assertEqual(root.tag, "executable")
                self.assertEqual(root.findtext("title") is not None, True)
                flags = [element.text for element in root.iter("longflag")]
                for flag in flags:
                    self.assertRegex(flag.lstrip("-"), r"^[A-Za-z0-9_]+$")


class WrongUsage(harness.ProgramTest):
    def test_unknown_command_suggests(self):
        done = self.run_program("mpa", "x.tif")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("map", done.stderr)

    def test_unknown_option_suggests(self):
        done = self.run_program("map", harness.DEMO, "--pixel-sise-nm", "0.02")
        self.assert_fails(done, 2, "map", "pixel-sise-nm")
        self.assertIn("pixel-size-nm", done.stderr)

    def test_both_spellings_of_an_option(self):
        for spelling in ("--pixel-size-nm", "--pixelSizeNm"):
            with self.subTest(spelling):
                done = self.run_program("map", "nowhere.tif", spelling, "0.02")
                self.assertEqual(done.returncode, 3, done.stderr)

    def test_value_of_the_wrong_kind(self):
        self.assert_fails(self.run_program("map", harness.DEMO, "--pixel-size-nm", "small"), 2, "map", "small")

    def test_value_out_of_range(self):
        self.assert_fails(self.run_program("map", harness.DEMO, "--pixel-size-nm", "-1"), 2, "map", "-1")

    def test_missing_image(self):
        self.assertEqual(self.run_program("map").returncode, 2)

    def test_missing_value(self):
        self.assertEqual(self.run_program("map", harness.DEMO, "--pixel-size-nm").returncode, 2)

    def test_wrong_thread_count(self):
        self.assertEqual(self.run_program("map", harness.DEMO, "--threads", "-3").returncode, 2)

    def test_no_arguments(self):
        done = self.run_program()
        self.assertIn(done.returncode, (0, 2))
        self.assertIn("map", done.stdout + done.stderr)


class Info(harness.ProgramTest):
    def test_demo(self):
        text = self.run_ok("info", harness.DEMO).stdout
        self.assertIn("TIFF", text)

    def test_json(self):
        import json

        data = json.loads(self.run_ok("info", harness.DEMO, "--json").stdout)
        self.assertTrue(data["images"])


if __name__ == "__main__":
    harness.main()
