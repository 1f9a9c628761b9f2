"""Stacks of gigabytes, nearly all of them a hole in the file: one frame costs the memory of one frame."""
import json
import os
import struct
import subprocess
import unittest

import harness

SIDE, FRAMES = 1024, 1024


class LargeFiles(harness.ProgramTest):
    def make_stack(self):
        """An MRC stack of 2 GiB; frame 700 holds 7 in its first and 9 in its last pixel."""
        header = struct.pack("<10i", SIDE, SIDE, FRAMES, 1, 0, 0, 0, SIDE, SIDE, 1)
        header = header.ljust(64, b"\0") + struct.pack("<3i", 1, 2, 3)
        header = (header.ljust(208, b"\0") + b"MAP DD").ljust(1024, b"\0")
        frame = 2 * SIDE * SIDE
        with open(self.path("stack.mrc"), "wb") as file:
            file.write(header)
            file.truncate(1024 + frame * FRAMES)
            file.seek(1024 + 700 * frame)
            file.write(struct.pack("<h", 7))
            file.seek(1024 + 701 * frame - 2)
            file.write(struct.pack("<h", 9))
        self.assertLess(os.stat(self.path("stack.mrc")).st_blocks * 512, 1 << 26)

    def measure(self, *arguments):
        """Output, peak of resident memory in MiB and CPU seconds of a run."""
        with open(self.path("output"), "wb") as output:
            process = subprocess.Popen([harness.PROGRAM, *arguments], cwd=self.folder, stdout=output, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return self.content("output").decode(), usage.ru_maxrss / 1024.0, usage.ru_utime + usage.ru_stime

    def test_one_frame(self):
        self.make_stack()
        _, memory, seconds = self.measure("convert", "stack.mrc", "frame.npy", "--frame", "700")
        pixels = self.content("frame.npy")[-4 * SIDE * SIDE:]
        self.assertEqual(struct.unpack("<f", pixels[:4]), (7.0,))
        self.assertEqual(struct.unpack("<f", pixels[-4:]), (9.0,))
        # The program itself with its libraries is most of it.
        self.assertLess(memory, 150)
        self.assertLess(seconds, 1.0)
        print("one frame of 2 GiB: %.0f MiB, %.2f s of CPU" % (memory, seconds))

    def test_info_reads_in_pieces(self):
        self.make_stack()
        output, memory, seconds = self.measure("info", "stack.mrc", "--json")
        image = json.loads(output)["images"][0]
        self.assertEqual(image["shape"], [FRAMES, SIDE, SIDE])
        self.assertEqual(image["max"], 9)
        self.assertEqual(image["min"], 0)
        self.assertLess(memory, 150)
        print("info of 2 GiB: %.0f MiB, %.2f s of CPU" % (memory, seconds))


if __name__ == "__main__":
    harness.main()
