"""Ends a program of tests so that ctest and tests/run know what could not be tried here, and why.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import sys
import unittest

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def main(names):
    """Runs the tests of the program, or those named. Does not return.

    Where some are skipped and the others pass, the status is SKIPPED, and each reason is a line
    "skipped: REASON", of which tests/run makes its summary.
    """
    result = unittest.main(argv=[sys.argv[0], *names], exit=False).result
    if not result.wasSuccessful():
        raise SystemExit(1)
    for reason in sorted({reason for _, reason in result.skipped}):
        print(f"skipped: {reason}")
    raise SystemExit(SKIPPED if result.skipped else 0)
