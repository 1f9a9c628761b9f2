#!/usr/bin/env python3
"""Reads the files that HyperSpy 1.7 tests its own readers with, and compares sizes, pixel sizes and pixels with what those tests expect.

The files come with the Debian package python3-hyperspy, or FERROSCOPE_HYPERSPY_FILES names their folder (hyperspy/tests/io).
Skipped (status 77) without them. The numbers below are those that HyperSpy's tests state.
"""
import gzip
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

FOLDER = os.environ.get("FERROSCOPE_HYPERSPY_FILES", "/usr/lib/python3/dist-packages/hyperspy/tests/io")

# File (archive:member), shape of the image, pixel size along x and y, unit. None: not calibrated.
IMAGES = [
    ("tiff_files/test_loading_image_saved_with_imageJ.tif", [68, 68], (168.67, 168.67), "nm"),
    ("tiff_files/test_loading_image_saved_with_imageJ_stack.tif", [2, 68, 68], (168.67, 168.67), "nm"),
    ("tiff_files/test_loading_image_saved_with_imageJ_no_scale.tif", [68, 68], None, ""),
    ("tiff_files/test_loading_image_saved_with_DM.tif", [68, 68], (168.67, 168.67), "nm"),
    ("tiff_files/test_loading_image_saved_with_DM_stack.tif", [2, 68, 68], (168.674, 1686.74), "nm"),
    ("tiff_files/test_dm_image_um_unit.dm3", [68, 68], (168.67, 168.67), "nm"),
    ("tiff_files/tiff_FEI_Helios.zip:FEI-Helios-Ebeam-8bits.tif", [471, 512], (3372.4, 3372.4), "nm"),
    ("tiff_files/tiff_FEI_Helios.zip:FEI-Helios-Ebeam-16bits.tif", [471, 512], (3372.4, 3372.4), "nm"),
    ("tiff_files/tiff_FEI_Helios.zip:FEI-Helios-navcam.tif", [551, 768], (264.0e3, 264.0e3), "nm"),
    ("tiff_files/tiff_FEI_Helios.zip:FEI-Helios-navcam-with-no-IRBeam.tif", [551, 768], None, ""),
    ("tiff_files/tiff_FEI_Helios.zip:FEI-Helios-navcam-with-no-IRBeam-bad-floats.tif", [551, 768], None, ""),
    ("tiff_files/tiff_Zeiss_SEM.zip:test_tiff_Zeiss_SEM_1k.tif", [768, 1024], (2614.514, 2614.514), "nm"),
    ("tiff_files/tiff_Zeiss_SEM.zip:test_tiff_Zeiss_SEM_512pix.tif", [384, 512], (11.649976, 11.649976), "nm"),
    ("tiff_files/optical_Zeiss_AxioVision_BW.tif", [10, 13], None, ""),
    ("tiff_files/TVIPS_bin4.zip:TVIPS_bin4.tif", [1024, 1024], (1.42080, 1.42080), "nm"),
    ("tiff_files/olympus_SIS.tif", [101, 112], (0.023928, 0.023928), "nm"),
    ("tiff_files/JEOL-SightX-Ronchigram-dummy.tif.gz", [556, 556], None, ""),
    ("tiff_files/JEOL-SightX-SAED-dummy.tif.gz", [556, 556], (0.2723, 0.2723), "1/nm"),
    ("tiff_files/JEOL-SightX-TEM-mag-dummy.tif.gz", [556, 556], (1.8208, 1.8208), "nm"),
    ("FEI_old/64x64_TEM_images_acquire_1.ser", [64, 64], (6.281833, 6.281833), "nm"),
    ("FEI_old/64x64_diffraction_acquire_1.ser", [64, 64], (0.101571, 0.101571), "1/nm"),
    ("FEI_old/64x64x5_TEM_preview_1.ser", [5, 64, 64], (6.281833, 6.281833), "nm"),
    ("FEI_old/16x16_STEM_BF_DF_search_1.ser", [16, 16], (22.026285, 22.026285), "nm"),
    ("FEI_old/16x16_STEM_BF_DF_search_2.ser", [16, 16], (22.026285, 22.026285), "nm"),
    ("FEI_old/16x16x5_STEM_BF_DF_preview_2.ser", [5, 16, 16], (21.510044, 21.510044), "nm"),
    ("FEI_new/128x128-TEM_search_1.ser", [128, 128], (5.26121, 5.26121), "nm"),
    ("FEI_new/128x128x5-diffraction_preview_1.ser", [5, 128, 128], (0.042464, 0.042464), "1/nm"),
    ("FEI_new/16x16-line_profile_horizontal_5x128x128_EDS_2.ser", [5, 128, 128], (0.174353, 0.174353), "1/nm"),
    ("FEI_new/16x16-diffraction_imagel_5x5x256x256_EDS_2.ser", [25, 256, 256], (0.174353, 0.174353), "1/nm"),
    ("emd_files/fei_emd_files.zip:fei_emd_image.emd", [512, 512], (5.30241, 5.30241), "nm"),
    ("emd_files/fei_emd_files.zip:fei_SI_SuperX-HAADF_10frames_10x50.emd", [10, 50, 10], (1.234009, 1.234009), "nm"),
]
# Two files of the same pixels.
PAIRS = [
    ("FEI_old/64x64_TEM_images_acquire_1.ser", "FEI_old/64x64_TEM_images_acquire.npy"),
    ("emd_files/fei_emd_files.zip:fei_emd_image.emd", "emd_files/fei_emd_files.zip:fei_emd_image.npy"),
]


def locate(name, scratch):
    """The file, taken out of its archive where it is in one."""
    archive, _, member = name.partition(":")
    path = os.path.join(FOLDER, archive)
    if member:
        with zipfile.ZipFile(path) as packed:
            return packed.extract(member, scratch)
    if name.endswith(".gz"):
        target = os.path.join(scratch, os.path.basename(name)[:-3])
        with gzip.open(path) as packed, open(target, "wb") as out:
            out.write(packed.read())
        return target
    return path


def inspect(tool, path):
    run = subprocess.run([tool, "info", path, "--json", "--checksum"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode != 0:
        raise AssertionError(run.stderr.decode("utf-8", "replace").strip())
    return json.loads(run.stdout)["images"]


def check_image(tool, name, shape, size, unit, scratch):
    images = [image for image in inspect(tool, locate(name, scratch)) if image["shape"] == shape]
    assert len(images) == 1, "%d images of shape %s" % (len(images), shape)
    for axis, expected in zip((images[0]["axes"][-1], images[0]["axes"][-2]), size or (None, None)):
        assert axis["unit"] == unit, "unit '%s', expected '%s'" % (axis["unit"], unit)
        # The tests state four digits or more.
        assert expected is None or abs(axis["scale"] / expected - 1.0) < 2e-4, "%g, expected %g" % (axis["scale"], expected)


def check_numbers(tool, kind, scratch):
    """DM files that hold 1, 2, 3, ... in each real type."""
    name, axes = kind
    path = os.path.join(FOLDER, name)
    values = [float(k + 1) for k in range(2**axes)]
    digest = hashlib.sha256(struct.pack("<%dd" % len(values), *values)).hexdigest()
    images = inspect(tool, path)
    assert [image["shape"] for image in images] == [[2] * axes], images
    assert images[0]["sha256_f64"] == digest, "other pixels"


def main():
    if not os.path.isdir(FOLDER):
        print("skipped: there is no folder %s" % FOLDER)
        return 77
    tool = sys.argv[1]
    failed = 0
    done = 0
    with tempfile.TemporaryDirectory() as scratch:
        jobs = [(entry[0], lambda e=entry: check_image(tool, *e, scratch)) for entry in IMAGES]
        for axes in (2, 3):
            for version in (3, 4):
                for code in (1, 2, 6, 7, 9, 10, 11, 12):
                    name = "dm%d_%dD_data/test-%d.dm%d" % (version, axes, code, version)
                    jobs.append((name, lambda n=name, a=axes: check_numbers(tool, (n, a), scratch)))
        for first, second in PAIRS:

            def same(a=first, b=second):
                one, other = (inspect(tool, locate(name, scratch))[0]["sha256_f64"] for name in (a, b))
                assert one == other, "its pixels differ from those of %s" % b

            jobs.append((first, same))
        for name, job in jobs:
            done += 1
            try:
                job()
            except (AssertionError, OSError, KeyError, zipfile.BadZipFile) as error:
                failed += 1
                print("FAIL %s: %s" % (name, error))
    print("%d of %d files as HyperSpy's tests expect them" % (done - failed, done))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
