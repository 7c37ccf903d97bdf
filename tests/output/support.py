"""What the tests of output files share."""
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = ROOT / "tests/golden/real"
CRAFTED = ROOT / "tests/golden/crafted"
TLS = ROOT / "tests/golden/tls"
ALERTS = REAL / "s06_wrongpass_threshold.pcap"
LONG = REAL / "s15_concurrent200_lo.pcap"
TIMEOUT_S = 60
POP3DUMP = ""  # from the command line


class OutputTest(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="output-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    @staticmethod
    def tool(*arguments):
        # The folders of the tests are root's; for files alone it would be nobody who writes there.
        user = ["-Z", "root"] if os.geteuid() == 0 else []
        return [POP3DUMP, *user, *map(str, arguments)]

    def start(self, *arguments, **more):
        process = subprocess.Popen(self.tool(*arguments), stdout=subprocess.DEVNULL, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, condition):
        """Its value, once that is true."""
        for _ in range(TIMEOUT_S * 100):
            if value := condition():
                return value
            time.sleep(0.01)
        self.fail("waited too long")

    def run_tool(self, *arguments, status=0, said="", **more):
        """Its stdout; status and stderr must be as wanted (None: anything)."""
        more = {"stdin": subprocess.DEVNULL, "env": {**os.environ, "TZ": "UTC"}, **more}
        done = subprocess.run(self.tool(*arguments), capture_output=True,
                              timeout=TIMEOUT_S, check=False, **more)
        got = done.stderr.decode("utf-8", "replace")
        if status is not None:
            self.assertEqual(done.returncode, status, got)
        if said is not None:
            self.assertEqual(got, said)
        return done.stdout

    def names(self, pattern="*"):
        return sorted(path.name for path in self.folder.glob(pattern))


class DiskTest(OutputTest):
    """A file system of one MiB in memory."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "pop3dump", self.disk], check=False,
                              capture_output=True)
        if done.returncode != 0:
            self.skipTest("no file system can be mounted here, for full disks")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)
