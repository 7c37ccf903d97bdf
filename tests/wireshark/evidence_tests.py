"""Evidence of pop3dump in Wireshark: the packets reproduce the warning, comments name the session."""
import os
import pathlib
import re
import subprocess
import tempfile

import support
from support import GOLDEN, PluginTest

FIELDS = ["-T", "fields", "-e", "pop3ana.alert", "-e", "pop3ana.session", "-e", "frame.comment", "-E",
          "aggregator=\x1f", "-E", "separator=/t"]


class Evidence(PluginTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="evidence-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        capture = GOLDEN["s06_wrongpass_threshold"]
        user = ["-Z", "root"] if os.geteuid() == 0 else []  # the folder is root's
        done = subprocess.run([support.POP3DUMP, "-q", *user, "-r", capture.path, "--evidence",
                               self.folder], stdout=subprocess.PIPE, check=True,
                              timeout=support.TIMEOUT_S)
        self.log = done.stdout.decode().splitlines()

    def test_warnings(self):
        reproduced = before = 0
        for path in sorted(self.folder.iterdir()):
            path.chmod(0o644)
            number = re.search(r"_session(\d+)_", path.name).group(1)
            rows = [line.split("\t") for line in
                    self.tshark("-r", support.WITH.readable(path), *FIELDS).decode().splitlines()]
            comments = [comment for row in rows for comment in row[2].split("\x1f") if comment]
            alerts = [alert for row in rows for alert in row[0].split("\x1f") if alert]
            with self.subTest(path.name):
                self.assertTrue(comments[0].startswith(f"evidence of session #{number} of client "))
                self.assertEqual(comments[1:], [line for line in self.log if line.split()[1] == f"#{number}"])
                # Wireshark counts the sessions and the errors of this file alone.
                self.assertEqual({row[1] for row in rows if row[1]}, {"1"})
                warnings = sum("WARNING" in comment for comment in comments)
                if " before the alert in session " in comments[0]:
                    before += 1
                    self.assertEqual((alerts, warnings), ([], 0))
                    continue
                own = int(re.search(r": (\d+) of these in this session", comments[0]).group(1))
                if "in other sessions of this client" not in comments[0]:
                    self.assertEqual(len(alerts), warnings)
                    self.assertGreaterEqual(own, 4)
                    reproduced += 1
        self.assertGreater(reproduced, 0)
        self.assertGreater(before, 0)
