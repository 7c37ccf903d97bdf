"""What strangers send neither forges output nor, with --redact, shows a secret in it."""
import json
import os
import pathlib
import random
import re
import tempfile

import pcapng
from hostile_sessions import FORGED, all_bytes_in_all_fields, sessions_with_secrets
from support import TIMEOUT_S, OutputTest

ENDS = r"10\.0\.\d+\.\d+/\d+ > 10\.9\.9\.9/110"
LOG_LINE = re.compile(rf"\d+\.\d{{6}} #\d+ (> |< OK |< ERR |unexpected cmd: |{ENDS}(: new connection| WARNING: error "
                      r"count exceeds threshold)$)")
ANOMALY = re.compile(rf"\d+\.\d{{6}} #\d+ {ENDS} anomaly [a-z0-9_]+(: .*)?( \((after )?\d+ [a-z ]+\))*$")
SEEDS = 6


class HostileText(OutputTest):
    def outputs(self, capture, *options):
        """What there is to read: by name, as bytes."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        path = capture.write(folder / "hostile.pcap")
        written, evidence, said = folder / "written.pcapng", folder / "evidence", folder / "said"
        evidence.mkdir()
        found = {}
        with open(said, "wb") as stderr:
            process = self.start("-v", "--stats", "-r", path, "-w", written, "--evidence", evidence, "-o",
                                 folder / "log", *options, stderr=stderr)
            self.assertEqual(process.wait(TIMEOUT_S), 0)
        found["log"] = (folder / "log").read_bytes()
        found["stderr"] = said.read_bytes()
        found["json"] = self.run_tool("-q", "--json", "-r", path, *options)
        found["comments"] = self.comments([written])
        found["evidence"] = self.comments(sorted(evidence.glob("*")))
        found["names"] = "\n".join(file.name for file in evidence.glob("*")).encode()
        return found

    @staticmethod
    def comments(paths):
        return "\n".join(comment for path in paths for packet in pcapng.read_file(path)
                         for comment in packet.comments).encode()


class Injection(HostileText):
    def test_every_byte_in_every_field(self):
        capture, injected = all_bytes_in_all_fields()
        found = self.outputs(capture)
        for name, text in found.items():
            self.assertRegex(text, rb"\A[\n -~]*\Z", name)  # no control byte, nothing beyond ASCII
        lines = found["log"].decode().splitlines()
        self.assertGreater(len(lines), 30 * len(injected))
        for line in lines:
            self.assertRegex(line, LOG_LINE)
            self.assertNotRegex(line, r"^\S+ #99999 ")
        self.assertEqual(found["comments"].decode().splitlines(), lines)
        anomalies = re.findall(r"(?m)^.* anomaly .*$", found["stderr"].decode())
        self.assertGreater(len(anomalies), 2 * len(injected))
        for line in anomalies:
            self.assertRegex(line, ANOMALY)
        self.check_json(found["json"], lines, injected)

    def check_json(self, text, lines, injected):
        events = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([event["line"] for event in events if "line" in event], lines)
        decoded = [event for event in events if event["event"] == "login_success"]
        # A line end makes other commands of what surrounds the login.
        whole = {port: text for port, text in injected.items() if not set(text) & set(b"\r\n")}
        self.assertLessEqual(whole.keys(), {event["id.orig_p"] for event in decoded})
        for event in decoded:
            text = whole.get(event["id.orig_p"])
            if text is None:
                continue
            try:
                wanted = text.decode()
            except UnicodeDecodeError:
                wanted = "".join(f"\\x{byte:02x}" if byte > 127 else chr(byte) for byte in text)
            self.assertEqual((event["user"], event["password"]), (wanted, wanted))

    def test_the_capture_forges_when_it_is_not_escaped(self):
        """Or the test above would say nothing."""
        _, injected = all_bytes_in_all_fields()
        raw = b"\n".join(b"1.000000 #1 > USER " + text for text in injected.values())
        self.assertRegex(raw, rb"(?m)^" + re.escape(FORGED))


class Secrecy(HostileText):
    def test_no_secret_in_any_output(self):
        seed = int(os.environ.get("POP3ANA_TEST_SEED", random.randrange(2**32)))
        print(f"output.Secrecy: POP3ANA_TEST_SEED={seed}", flush=True)
        for number in range(seed, seed + SEEDS):
            capture, secrets = sessions_with_secrets(number)
            shown = self.outputs(capture)
            hidden = self.outputs(capture, "--redact")
            for name in ("log", "stderr", "json", "comments", "evidence"):
                with self.subTest(output=name, seed=number):
                    self.assertTrue(secrets.shown_in(shown[name]), "nothing to hide here")
                    self.assertIn(b"<redacted>", hidden[name])
            for name, text in hidden.items():
                with self.subTest(output=name, seed=number):
                    self.assertEqual(secrets.shown_in(text), [])
