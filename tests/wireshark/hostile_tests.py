"""What strangers send neither forges a field, a column or the statistic nor, with redaction, shows a secret there."""
import json
import os
import random
import re
import resource

import support
from conversation import Capture, Conversation
from hostile_sessions import all_bytes_in_all_fields, sessions_with_secrets
from statistic_text import parse_statistic
from support import LOG, PluginTest
from table_checks import TAPS, parse_tables

FIELDS = ["log", "event", "command", "argument", "status", "message", "login", "user", "password", "unexpected",
          "anomaly", "line", "alert", "client"]
ARGUMENTS = ["-T", "fields", *(word for name in FIELDS for word in ("-e", f"pop3ana.{name}")),
             "-e", "_ws.expert.message"]
COLUMNS = ("-o", 'gui.column.format:"Log","%Cus:pop3ana.log","Argument","%Cus:pop3ana.argument",'
                 '"User","%Cus:pop3ana.user","Message","%Cus:pop3ana.message","Alert","%Cus:pop3ana.alert"')


class HostileText(PluginTest):
    def setUp(self):
        super().setUp()
        self.path = support.WITH.path / "captures/hostile.pcap"
        self.addCleanup(self.path.unlink)

    def outputs(self, capture, *preferences):
        """What tshark prints of our fields in each of its ways; by name, as bytes."""
        capture.write(self.path)
        self.path.chmod(0o644)
        read = ["-r", self.path, *preferences]
        # How Wireshark marks a label that it has cut, from 4.4 on.
        tree = self.tshark(*read, "-V", "-O", "pop3ana").replace("[\u2026]".encode(), b"[...]")
        return {"fields": self.tshark(*read, *ARGUMENTS), "columns": self.tshark(*read, *COLUMNS),
                "json": self.ours(self.tshark(*read, "-T", "json", "-J", "pop3ana")),
                "tree": b"\n".join(re.findall(rb"(?ms)^\[?POP3 Analysis.*?(?=^\S|\Z)", tree)),
                "log": self.tshark(*read, *LOG),
                "expert": self.tshark(*read, "-q", "-z", "expert"),
                "statistic": self.tshark(*read, "-q", "-z", "pop3ana,stat"),
                "tables": self.tshark(*read, "-q", *TAPS)}

    @staticmethod
    def ours(text):
        """The values of our fields, parsed and written again."""
        layers = [frame["_source"]["layers"] for frame in json.loads(text)]
        return json.dumps([layer["pop3ana"] for layer in layers if "pop3ana" in layer]).encode()


class Injection(HostileText):
    def test_thousands_of_alerts_in_a_frame(self):
        """They take no more than their own room: each looked at all events of the frame."""
        capture, errors = Capture(), 9_000
        session = Conversation(capture)
        for _ in range(2):
            session.say("S", b"-ERR\r\n" * errors)
        capture.write(self.path)
        self.path.chmod(0o644)
        most = 2 << 30
        limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_DATA, (most, most))}
        status, out, _ = support.WITH.run("tshark", "-r", self.path, "-T", "fields", "-e", "pop3ana.alert",
                                          "-E", "aggregator=\x1f", **limit)
        self.assertEqual(status, 0)
        self.assertEqual(out.count(b"error count exceeds threshold"), 2 * errors - 3)

    def test_every_byte_in_every_field(self):
        capture, injected = all_bytes_in_all_fields()
        found = self.outputs(capture)
        for name, text in found.items():
            with self.subTest(name):
                controls = [letter for letter in text.decode() if not letter.isprintable() and letter not in "\n\t"]
                self.assertEqual(controls, [])
                self.assertNotRegex(text, rb"(?m)^[\d.]+ #99999 ")
        for name in ("fields", "columns", "json", "tree", "log"):
            with self.subTest(name):
                self.assertIn(b"forged", found[name])
        for name in ("fields", "columns"):
            # A frame is a line: what is in it starts none.
            self.assertEqual(len(found[name].splitlines()), len(capture.packets))
        self.assertGreaterEqual(len(parse_statistic(found["statistic"].decode())[1]), len(injected))
        tables = parse_tables(found["tables"].decode())
        self.assertEqual(len(tables["Sessions"]), len(injected) + 1)
        self.assertGreaterEqual(len(tables["Users"]), 256)


class Secrecy(HostileText):
    def test_no_secret_in_any_output(self):
        seed = int(os.environ.get("POP3ANA_TEST_SEED", random.randrange(2**32)))
        print(f"wireshark.Secrecy: POP3ANA_TEST_SEED={seed}", flush=True)
        capture, secrets = sessions_with_secrets(seed, sessions=80)
        shown = self.outputs(capture)
        hidden = self.outputs(capture, "-o", "pop3ana.redact:TRUE")
        for name in ("fields", "columns", "json", "tree", "log"):
            with self.subTest(name):
                self.assertTrue(secrets.shown_in(shown[name]), "nothing to hide here")
                self.assertIn(b"<redacted>", hidden[name])
        for name, text in hidden.items():
            with self.subTest(name):
                self.assertEqual(secrets.shown_in(text), [])
