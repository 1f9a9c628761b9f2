"""Runs the collection's own checking program on the given ferroscope; 77 (skipped) when there is no collection."""
import os
import subprocess
import sys


def main():
    shared = os.environ.get("FERROSCOPE_SHARED_DATA", "")
    data = os.path.join(shared, "formats", "public")
    check = os.path.join(shared, os.pardir, "tools", "check_formats.py")
    if not shared or not os.path.isdir(data) or not os.path.isfile(check):
        print("FERROSCOPE_SHARED_DATA is not set, or has no collection of formats")
        return 77
    return subprocess.run([sys.executable, check, "--ferroscope", sys.argv[1], "--data", data], check=False).returncode


sys.exit(main())
