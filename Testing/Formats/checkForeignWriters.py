"""Files written by other programs' own libraries must be read with the same pixels and pixel sizes.

Usage: checkForeignWriters.py FERROSCOPE
Needs numpy; uses tifffile, mrcfile, h5py and Pillow as far as they are there (Debian: python3-numpy python3-tifffile
python3-mrcfile python3-h5py python3-pil). Ends with 77 (skipped) when numpy is missing.
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
import warnings

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""
SKIPPED = 77
try:
    import numpy
except ImportError:
    print("skipped: numpy is not installed")
    sys.exit(SKIPPED)


def optional(name):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return __import__(name, fromlist=["Image"])
    except ImportError:
        return None


TIFFFILE, MRCFILE, H5PY, PILLOW = (optional(name) for name in ("tifffile", "mrcfile", "h5py", "PIL.Image"))
TYPES = "u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8".split()


def checksum(array):
    return hashlib.sha256(numpy.ascontiguousarray(array, dtype="<f8").tobytes()).hexdigest()


class WriterTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.random = numpy.random.default_rng(1)
        warnings.simplefilter("ignore")

    def path(self, name):
        return os.path.join(self.folder, name)

    def numbers(self, dtype, *shape):
        return (self.random.normal(size=shape) * 50).astype(dtype)

    def expect(self, path, *arrays, x=None, y=None):
        """As many images as arrays, with their shapes, types and pixels; x and y in nm where they are calibrated."""
        done = subprocess.run([PROGRAM, "info", path, "--json", "--checksum"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        images = json.loads(done.stdout)["images"]
        self.assertEqual([image["shape"] for image in images], [list(array.shape) for array in arrays])
        for image, array in zip(images, arrays):
            self.assertEqual(image["dtype"], array.dtype.newbyteorder("=").name)
            self.assertEqual(image["sha256_f64"], checksum(array))
            self.assertEqual(image["calibrated"], x is not None)
            if x is not None:
                self.assertAlmostEqual(image["axes"][-1]["scale"] / x, 1.0, places=6)
                self.assertAlmostEqual(image["axes"][-2]["scale"] / y, 1.0, places=6)


class Numpy(WriterTest):
    def test_types_orders_and_shapes(self):
        for name in TYPES + ["b1"]:
            for order in "<>":
                for fortran in (False, True):
                    for shape in ((7, 9), (4, 7, 9)):
                        array = self.numbers(order + name, *shape)
                        numpy.save(self.path("a.npy"), numpy.asfortranarray(array) if fortran else array)
                        self.expect(self.path("a.npy"), array)


@unittest.skipUnless(TIFFFILE, "tifffile is not installed")
class Tiff(WriterTest):
    def write(self, data, *expected, x=None, y=None, **options):
        with self.subTest(**{key: value for key, value in options.items() if key != "colormap"}):
            path = self.path("a.tif")
            TIFFFILE.imwrite(path, data, **options)
            self.expect(path, *(expected or (data,)), x=x, y=y)

    def test_types(self):
        for name in TYPES:
            self.write(self.numbers(name, 20, 30))

    def test_layouts(self):
        stack = self.numbers("u2", 5, 33, 41)
        gray = {"photometric": "minisblack"}
        for byte_order in "<>":
            for big in (False, True):
                self.write(stack, byteorder=byte_order, bigtiff=big, **gray)
        self.write(stack, tile=(16, 16), **gray)
        self.write(stack, rowsperstrip=7, **gray)
        self.write(stack, compression="zlib", **gray)
        self.write(stack, truncate=True, **gray)
        self.write(stack, planarconfig="separate", **gray)
        self.write(numpy.moveaxis(stack, 0, 2), *stack, planarconfig="contig", **gray)
        self.write(stack[0], photometric="miniswhite")
        self.write(stack[0].astype("u1"), photometric="palette", colormap=self.numbers("u2", 3, 256))
        self.write(stack[0] > 0)
        self.write(stack[0], resolution=(300, 300), resolutionunit="INCH")

    def test_imagej(self):
        stack = self.numbers("u2", 5, 33, 41)
        for unit, nm in (("nm", 1), ("um", 1000), (r"\u00C5", 0.1), ("pm", 0.001), ("micron", 1000)):
            self.write(stack, x=0.02 * nm, y=0.03 * nm, imagej=True, resolution=(1 / 0.02, 1 / 0.03),
                       metadata={"axes": "ZYX", "unit": unit})
        self.write(stack, imagej=True, truncate=True, metadata={"axes": "TYX"})
        hyperstack = self.numbers("u2", 2, 3, 4, 33, 41)
        self.write(hyperstack, *(hyperstack[:, :, c].reshape(6, 33, 41) for c in range(4)), imagej=True,
                   metadata={"axes": "TZCYX"})

    def test_ome(self):
        stack = self.numbers("u2", 5, 33, 41)
        gray = {"photometric": "minisblack", "ome": True}
        sizes = {"PhysicalSizeX": 0.02, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.3, "PhysicalSizeYUnit": "\u00c5"}
        self.write(stack, x=0.02, y=0.03, metadata={"axes": "ZYX", **sizes}, **gray)
        five = self.numbers("u2", 2, 3, 4, 33, 41)
        self.write(five, *(five[:, :, c].reshape(6, 33, 41) for c in range(4)), metadata={"axes": "TZCYX"}, **gray)
        self.write(five, *(five[c].reshape(12, 33, 41) for c in range(2)), metadata={"axes": "CTZYX"}, **gray)
        # Channels that share a page.
        self.write(numpy.moveaxis(stack[:2], 0, -1).copy(), stack[0], stack[1], metadata={"axes": "YXC"}, planarconfig="contig", **gray)
        path = self.path("series.ome.tif")
        with TIFFFILE.TiffWriter(path, ome=True) as writer:
            for axes, data in (("ZYX", stack), ("YX", stack[0]), ("TYX", stack[:2])):
                writer.write(data, photometric="minisblack", metadata={"axes": axes})
        self.expect(path, stack, stack[0], stack[:2])
        large = stack[0].repeat(4, 0).repeat(4, 1)
        path = self.path("pyramid.ome.tif")
        with TIFFFILE.TiffWriter(path, ome=True, bigtiff=True) as writer:
            writer.write(large, subifds=2, tile=(32, 32), metadata={"axes": "YX"})
            writer.write(large[::2, ::2], subfiletype=1, tile=(32, 32))
            writer.write(large[::4, ::4], subfiletype=1, tile=(32, 32))
        self.expect(path, large)


@unittest.skipUnless(MRCFILE, "mrcfile is not installed")
class Mrc(WriterTest):
    def test_modes(self):
        for name in "i1 i2 f4 u2 f2".split():
            for voxel in (None, 0.2):
                stack = numpy.abs(self.numbers("f8", 3, 7, 9)).astype(name)
                with MRCFILE.new(self.path("a.mrc"), overwrite=True) as file:
                    file.set_data(stack)
                    file.set_image_stack()
                    if voxel:
                        file.voxel_size = voxel
                self.expect(self.path("a.mrc"), stack, x=voxel and 0.02, y=voxel and 0.02)

    def test_extended_header(self):
        image = self.numbers("f4", 7, 9)
        with MRCFILE.new(self.path("a.mrc"), overwrite=True) as file:
            file.set_data(image)
            file.set_extended_header(numpy.zeros(3000, "u1"))
            file.voxel_size = (0.2, 0.3, 1)
        self.expect(self.path("a.mrc"), image, x=0.02, y=0.03)


@unittest.skipUnless(H5PY, "h5py is not installed")
class Hdf5(WriterTest):
    def test_types(self):
        data = self.random.normal(size=(6, 17, 19)) * 50
        for name in TYPES + ["?"]:
            for order in "<>":
                with H5PY.File(self.path("a.h5"), "w") as file:
                    file["group/data"] = data.astype(order + name)
                self.expect(self.path("a.h5") + ":/group/data", data.astype(name))

    def test_compressions(self):
        data = self.random.normal(size=(6, 17, 19)) * 50
        for compression in (None, "gzip", "lzf"):
            for shuffle in (False, True):
                for checked in (False, True):
                    with H5PY.File(self.path("a.h5"), "w") as file:
                        file.create_dataset("data", data=data, compression=compression, shuffle=shuffle,
                                            fletcher32=checked, chunks=(1, 17, 19))
                    self.expect(self.path("a.h5"), data)
        whole = (10 * data).astype("i4")
        with H5PY.File(self.path("a.h5"), "w") as file:
            file.create_dataset("data", data=whole, scaleoffset=0, chunks=(1, 17, 19))
        self.expect(self.path("a.h5"), whole)

    def test_our_own_file_has_its_dimension_scales(self):
        numpy.save(self.path("a.npy"), self.numbers("f4", 7, 9))
        subprocess.run([PROGRAM, "convert", self.path("a.npy"), self.path("a.h5"), "--pixel-size-nm", "0.02"], check=True,
                       capture_output=True)
        with H5PY.File(self.path("a.h5"), "r") as file:
            data = file["Measurement_000/Channel_000/Image/Image"]
            numpy.testing.assert_array_equal(data[()], numpy.load(self.path("a.npy")))
            for key in ("quantity", "units", "main_data_name", "data_type", "modality", "source"):
                self.assertIsInstance(data.attrs[key], str)
            for axis, (label, length) in enumerate((("y", 7), ("x", 9))):
                self.assertEqual(data.dims[axis].label, label)
                scale = data.dims[axis][0]
                self.assertEqual(scale, data.parent[label])
                numpy.testing.assert_allclose(scale[()], 0.02 * numpy.arange(length))
                self.assertEqual(scale.attrs["units"], "nm")


@unittest.skipUnless(PILLOW, "Pillow is not installed")
class Png(WriterTest):
    def write(self, picture, expected, **options):
        picture.save(self.path("a.png"), **options)
        self.expect(self.path("a.png"), expected)

    def test_depths(self):
        deep = self.random.integers(0, 65535, (13, 17)).astype("u2")
        gray = (deep >> 8).astype("u1")
        self.write(PILLOW.fromarray(deep), deep)
        self.write(PILLOW.fromarray(gray), gray)
        self.write(PILLOW.fromarray(gray), gray, dpi=(300, 300), optimize=True)
        self.write(PILLOW.fromarray(gray > 128).convert("1"), gray > 128)

    def test_palettes_of_grays(self):
        numbers = self.random.integers(0, 255, (13, 17))
        for bits in (1, 2, 4, 8):
            count = 2**bits
            picture = PILLOW.fromarray((numbers % count).astype("u1"), "P")
            step = 255 // (count - 1)
            picture.putpalette([level for k in range(count) for level in [k * step] * 3])
            self.write(picture, ((numbers % count) * step).astype("u1"), bits=bits)


if __name__ == "__main__":
    unittest.main(verbosity=2)
