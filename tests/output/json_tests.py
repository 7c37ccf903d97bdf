"""--json: every object is one that the schema allows, and the manual page names all members."""
import base64
import collections
import datetime
import hashlib
import hmac
import ipaddress
import json
import pathlib
import re
import struct
import subprocess

import jsonschema
import support
from conversation import Capture, Conversation
from support import CRAFTED, REAL, TLS, OutputTest

FLEET_KEY = pathlib.Path(__file__).resolve().parents[1] / "fleet/test.key"
COMMON = {"ts", "time", "event", "session", "frame", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p",
          "uid", "community_id", "phase", "line"}


def beside_tool(name):
    """A file that was made when the tool was built."""
    return (pathlib.Path(support.POP3DUMP).parent / name).read_text(encoding="utf-8")


def checker(schema):
    formats = jsonschema.FormatChecker(formats=())
    formats.checks("ipv4", ValueError)(ipaddress.IPv4Address)
    formats.checks("ipv6", ValueError)(ipaddress.IPv6Address)
    return jsonschema.Draft202012Validator(schema, format_checker=formats)


def shape(event):
    """What the schema looks at, but for texts and numbers."""
    words = ("event", "phase", "status", "anomaly", "command", "success", "alert")
    kinds = tuple(sorted((name, type(value).__name__) for name, value in event.items()))
    return kinds, tuple(str(event.get(word)) for word in words)


def server_lines(path, line, count):
    """A session whose server sends so many lines."""
    capture = Capture()
    Conversation(capture).say("S", line * count)
    return capture.write(path)


def alerting(path):
    """A session that guesses, with an authorization identity, and goes on in the clear after STLS."""
    capture = Capture()
    conversation = Conversation(capture)
    conversation.ask(b"AUTH PLAIN Ym9iAGFsAHB3", b"-ERR [AUTH] no")
    conversation.fail(12)
    conversation.ask(b"AUTH PLAIN Ym9iAGFsAHB3", b"+OK [X] welcome")
    conversation.ask(b"STLS", b"+OK")
    conversation.say("C", b"USER al\r\n")
    proxied = Conversation(capture, port=40001)
    proxied.say("C", b"PROXY TCP4 192.0.2.1 198.51.100.2 40000 110\r\n")
    return capture.write(path)


class Amplification(OutputTest):
    """What a stranger's odd lines are in the log is bounded, and all of them are counted."""

    LINES = 100_000
    SHOWN = [*range(1, 17), *(2**power for power in range(5, 17)), 98_304]

    def test_json(self):
        capture = server_lines(self.folder / "lines.pcap", b"\n", self.LINES)
        printed = self.run_tool("--json", "-r", capture,
                                said=f"pop3dump: {self.LINES - len(self.SHOWN)} anomalies not shown "
                                     "(limit per session)\n")
        events = [json.loads(line) for line in printed.splitlines()]
        anomalies = [event for event in events if event["event"] == "anomaly"]
        number, shown = 0, []
        for anomaly in anomalies:
            number += anomaly.get("left_out", 0) + 1
            shown.append(number)
        self.assertEqual(shown, self.SHOWN)
        self.assertLess(len(printed), self.LINES / 9)

    def test_verbose(self):
        capture = server_lines(self.folder / "lines.pcap", b"\n", self.LINES)
        done = subprocess.run(self.tool("-v", "-r", capture), capture_output=True, check=True)
        said = done.stderr.decode().splitlines()
        left_out = [int(number) for number in re.findall(r"\(after (\d+) left out\)$", done.stderr.decode(), re.M)]
        self.assertEqual(left_out, [after - before - 1 for before, after in zip(self.SHOWN, self.SHOWN[1:])
                                    if after - before > 1])
        self.assertEqual(sum(" anomaly unknown_reply" in line for line in said), len(self.SHOWN))
        self.assertLess(len(done.stderr), self.LINES / 10)

    def test_counters(self):
        capture = server_lines(self.folder / "lines.pcap", b"\n", self.LINES)
        done = subprocess.run(self.tool("--stats", "-q", "-r", capture), capture_output=True, check=True)
        said = done.stderr.decode().splitlines()
        self.assertIn(f"anomalies {self.LINES}", said)
        self.assertIn(f"anomalies_left_out {self.LINES - len(self.SHOWN)}", said)

    def test_nothing_else_is_left_out(self):
        capture = Capture()
        session = Conversation(capture)
        for number in range(100):
            session.say("S", b"what?\r\n" * 100)
            session.ask(b"USER user%d" % number, b"+OK")
            session.ask(b"PASS secret", b"-ERR no")
        printed = self.run_tool("--json", "-q", "-r", capture.write(self.folder / "both.pcap"))
        kinds = collections.Counter(json.loads(line)["event"] for line in printed.splitlines())
        self.assertEqual(kinds["request"], 200)
        self.assertEqual(kinds["reply"], 201)
        self.assertEqual(kinds["threshold_warning"], 97)


def refused_by_tls(path):
    """A handshake with ALPN that ends with a fatal alert, behind STLS."""
    def prefixed(size, data):
        return len(data).to_bytes(size, "big") + data

    def hello(kind, random, rest, extension):
        body = b"\x03\x03" + random * 32 + b"\0" + rest + prefixed(2, b"\0\x10" + prefixed(2, extension))
        return b"\x16\x03\x03" + prefixed(2, kind + prefixed(3, body))

    alpn = prefixed(2, prefixed(1, b"pop3"))
    capture = Capture()
    conversation = Conversation(capture)
    conversation.ask(b"STLS", b"+OK")
    conversation.say("C", hello(b"\1", b"c", b"\0\2\xc0\x2f\1\0", alpn))
    conversation.say("S", hello(b"\2", b"s", b"\xc0\x2f\0", alpn))
    conversation.say("C", b"\x15\x03\x03\0\2\2\x2a")
    return capture.write(path)


class Json(OutputTest):
    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(beside_tool("pop3dump-event.schema.json"))
        jsonschema.Draft202012Validator.check_schema(cls.schema)
        cls.validator = checker(cls.schema)

    def members(self):
        """Of the schema, by event."""
        return {one["properties"]["event"]["const"]: set(one["properties"]) - {"event", "line"}
                for one in self.schema["$defs"]["event"]["oneOf"]}

    def test_all_events_of_all_captures(self):
        captures = [path for folder in (REAL, CRAFTED) for path in sorted(folder.glob("*.pcap*"))]
        self.assertGreater(len(captures), 100)
        captures.append(server_lines(self.folder / "lines.pcap", b"\n", 100))
        captures.append(alerting(self.folder / "alerts.pcap"))
        captures.append(TLS / "k01_dovecot.pcap.gz")
        captures.append(refused_by_tls(self.folder / "tls.pcap"))
        inferred = TLS / "i20_stls_dovecot.pcap.gz"
        captures.append(inferred)
        shapes, seen = {}, {}
        for capture in captures:
            printed = self.run_tool("-q", "--json", "--alerts", "all", "--summary", "--fleet-key", FLEET_KEY, "--tls",
                                    "infer" if capture == inferred else "facts", "-r", capture, status=None,
                                    said=None)
            for number, line in enumerate(printed.splitlines()):
                event = json.loads(line)
                if "summary" in event:
                    self.validator.validate(event)
                    continue
                seen.setdefault(event["event"], set()).update(event)
                shapes.setdefault(shape(event), (capture.name, number, event))
        for capture, number, event in shapes.values():
            with self.subTest(capture=capture, line=number + 1):
                self.validator.validate(event)
        # Nothing in the schema that does not come, and no event that was not tried.
        for event, members in self.members().items():
            self.assertIn(event, seen)
            self.assertEqual(members - seen[event], set(), event)

    def test_what_the_schema_refuses(self):
        capture = REAL / "s06_wrongpass_threshold.pcap"
        events = [json.loads(line) for line in self.run_tool("-q", "--json", "-r", capture).splitlines()]
        for wrong in ({"color": 1}, {"ts": "1"}, {"session": -1}, {"event": "other"}, {"phase": "x"},
                      {"id.orig_h": "nobody"}, {"id.orig_p": 65536}, {"line": ""}, {"success": None},
                      {"errors": 0}, {"alert": False}, {"time": "2026-11-23 08:38:34.559670"},
                      {"community_id": "1:x"}):
            for event in events:
                with self.subTest(event=event["event"], wrong=wrong):
                    self.assertFalse(self.validator.is_valid({**event, **wrong}))
        for event in events:
            for member in COMMON - {"line"}:
                less = {name: value for name, value in event.items() if name != member}
                self.assertFalse(self.validator.is_valid(less))

    def test_login_hashes(self):
        """By Python's own HMAC; the same where the secrets are redacted; of a token, too."""
        key = FLEET_KEY.read_bytes().rstrip(b"\n")

        def digits(kind, user=b"", secret=b""):
            text = kind + len(user).to_bytes(8, "little") + user + secret
            return hmac.new(key, text, hashlib.sha256).hexdigest()[:8]

        capture = Capture()
        conversation = Conversation(capture)
        conversation.fail(2)
        token = base64.b64encode(b"user=eve\1auth=Bearer t0ken\1\1")
        conversation.ask(b"USER gr\xfcn", b"+OK")
        conversation.ask(b"PASS p\xe4ss", b"-ERR no")
        conversation.ask(b"AUTH XOAUTH2 " + token, b"-ERR no")
        capture.write(self.folder / "logins.pcap")
        secrets = [(b"eve", b"guess0"), (b"eve", b"guess1"), (b"gr\\xfcn", b"p\\xe4ss"), (b"eve", b"auth=Bearer t0ken^A^A")]
        for redacted in ([], ["--redact"]):
            printed = self.run_tool("-q", "--json", *redacted, "--fleet-key", FLEET_KEY, "-r",
                                    self.folder / "logins.pcap")
            hashes = [event["login_hash"] for event in map(json.loads, printed.splitlines())
                      if event["event"] == "login_failure"]
            self.assertEqual(hashes, [f"{digits(b'c')}:{digits(b'l', *one)}" for one in secrets])
            self.assertNotIn(b"t0ken", printed)

    def test_stls_offers(self):
        """Where the answer to CAPA is certain; inside TLS, and after the login, only if there is STLS."""
        capture = Capture()
        conversation = Conversation(capture)
        for lines in (b"STLS\r\n", b""):
            conversation.say("C", b"CAPA\r\n")
            conversation.say("S", b"+OK\r\nUSER\r\n" + lines + b".\r\n")
        conversation.ask(b"USER eve", b"+OK")
        conversation.ask(b"PASS right", b"+OK")
        for lines in (b"", b"STLS\r\n"):
            conversation.say("C", b"CAPA\r\n")
            conversation.say("S", b"+OK\r\nUSER\r\n" + lines + b".\r\n")
        capture.write(self.folder / "offers.pcap")
        for options, offers in ((["--fleet-key", FLEET_KEY], [True, False, True]), ([], [])):
            printed = self.run_tool("-q", "--json", *options, "-r", self.folder / "offers.pcap")
            events = [json.loads(line) for line in printed.splitlines()]
            self.assertEqual([event["stls.offered"] for event in events if event["event"] == "stls_offer"], offers)

    def test_the_time_is_said_twice(self):
        for capture in (REAL / "s06_wrongpass_threshold.pcap", REAL / "s49_midstream_start.pcap"):
            for line in self.run_tool("-q", "--json", "-r", capture).splitlines():
                event = json.loads(line, parse_float=str)
                seconds, microseconds = event["ts"].split(".")
                time = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
                self.assertEqual(event["time"], time.strftime("%Y-%m-%dT%H:%M:%S.") + microseconds + "Z")

    def test_a_connection_has_one_community_id(self):
        for capture in (REAL / "s15_concurrent200_lo.pcap", REAL / "s02_poplib_lo6.pcapng"):
            ids = {}
            for line in self.run_tool("-q", "--json", "-r", capture).splitlines():
                event = json.loads(line)
                ends = [(ipaddress.ip_address(event[f"id.{side}_h"]).packed, event[f"id.{side}_p"])
                        for side in ("orig", "resp")]
                (low, low_port), (high, high_port) = sorted(ends)
                digest = hashlib.sha1(b"\0\0" + low + high + b"\6\0" +
                                      struct.pack("!HH", low_port, high_port)).digest()
                self.assertEqual(event["community_id"], "1:" + base64.b64encode(digest).decode())
                ids[event["community_id"]] = event["session"]
            self.assertGreater(len(ids), 1)

    def test_a_uid_is_of_one_connection(self):
        seen = 0
        for capture in sorted(REAL.glob("*.pcap*")):
            sessions = collections.defaultdict(set)
            for line in self.run_tool("-q", "--json", "-r", capture, status=None, said=None).splitlines():
                event = json.loads(line)
                if event["session"] != 0:
                    sessions[event["uid"]].add(event["session"])
            self.assertEqual([ids for ids in sessions.values() if len(ids) > 1], [], capture.name)
            self.assertEqual(len(sessions), len(set().union(*sessions.values())), capture.name)
            seen += len(sessions)
        self.assertGreater(seen, 300)

    def test_the_manual_page_names_all_members(self):
        page = beside_tool("pop3dump.8")
        section = page[page.index("\n.SH PRINTING JSON\n"):]
        section = section[:section.index("\n.SH ", 10)].replace("\\-", "-")
        named = set(re.findall(r"[a-z0-9_.]+", section))
        wanted = COMMON.union(*self.members().values()) | set(self.members())
        self.assertEqual(wanted - named, set())
