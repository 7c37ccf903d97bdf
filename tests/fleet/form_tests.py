"""--format: all captures in all forms, by our rules and by those of the others; what is no event; secrets.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import base64
import copy
import functools
import json
import os
import pathlib
import re
import subprocess
import unittest

import others_schemas
import own_rules

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden"
SCHEMAS = pathlib.Path(os.environ.get("POP3ANA_FORM_SCHEMAS", ROOT.parent / "shared/form-schemas"))
FORMS = ("eve", "zeek", "ecs", "ocsf")
POP3DUMP = WRITE_FORMS = ""  # from the command line
TIMEOUT_S = 120
RUNS = (["--alerts", "all"],
        ["--alerts", "all", "--tls", "infer", "--port", "auto", "--trusted-proxies", "0.0.0.0/0,::/0",
         "--fleet-key", str(ROOT / "tests/fleet/test.key")])


def captures():
    """All files that may be captures; what pop3dump cannot read says nothing."""
    return sorted(path for path in GOLDEN.rglob("*") if path.is_file() and
                  path.suffix not in (".log", ".tsv", ".txt", ".out", ".py", ".keys"))


@functools.lru_cache(maxsize=None)
def logged():
    """What pop3dump says of all captures."""
    lines = []
    user = ["-Z", "root"] if os.geteuid() == 0 else []
    for path in captures():
        for options in RUNS:
            done = subprocess.run([POP3DUMP, "-q", "--json", *user, *options, "-r", str(path)],
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                  timeout=TIMEOUT_S)
            lines += done.stdout.decode().splitlines()
    return lines


def sample_of(schema, member):
    if "$ref" in schema:
        return 1024 if schema["$ref"].endswith("port") else "2001:db8::1"
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][-1]
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    return {"uid": "0123456789abcdef01234567", "community_id": "1:" + "A" * 27 + "=", "time":
            "2026-11-23T08:37:35.102722Z", "tls.version": "TLSv1.2", "first_ts": 7.25}.get(member) or {
                "integer": 7, "number": 7.5, "boolean": True, "array": ["used"],
                "string": "t\u00e9xt \"\\ \U0001f4e7\u0007"}[kind]


@functools.lru_cache(maxsize=None)
def samples():
    """An event of each type with all members that one may have, as the schema of --json has them, and of
    each kind of alert and anomaly."""
    schema = json.loads((pathlib.Path(POP3DUMP).parent / "pop3dump-event.schema.json").read_text(
        encoding="utf-8"))["$defs"]["event"]
    lines = []
    for kind in schema["oneOf"]:
        members = {**schema["properties"], **kind["properties"]}
        event = {name: sample_of(rules, name) for name, rules in members.items() if rules}
        event["sensor"] = "east"
        for word in ("alert", "anomaly", "why", "status"):
            for value in (members.get(word) or {}).get("enum", []):
                lines.append(json.dumps({**event, word: value}))
        lines.append(json.dumps(event))
    return lines


def write(form, lines):
    done = subprocess.run([WRITE_FORMS, form], input="\n".join([*lines, ""]).encode("utf-8", "replace"),
                          capture_output=True, check=False, timeout=TIMEOUT_S)
    if done.returncode or done.stderr:
        raise AssertionError(f"{form}: {done.returncode} {done.stderr.decode()}")
    return done.stdout.decode("ascii").splitlines()


@functools.lru_cache(maxsize=None)
def written(form):
    return write(form, [*logged(), *samples()])


def unique(pairs):
    if len(pairs) != len(dict(pairs)):
        raise ValueError(f"a name is there twice: {pairs}")
    return dict(pairs)


def complaints(checker, lines):
    return [f"{complaint}: {line}" for line in lines
            for complaint in checker.complaints(json.loads(line, object_pairs_hook=unique))]


class Spoiler:
    """Lines that a check must complain about: each a good one, spoilt in one place."""
    NEEDED = {"eve": ["timestamp", "event_type"], "zeek": ["ts", "uid", "id.orig_h"],
              "ecs": ["@timestamp", "ecs"], "ocsf": ["user", "class_uid", "metadata", "time", "type_uid"]}
    WRONG = {"eve": [("src_port", "110"), ("timestamp", "today"), ("flow_id", "1"), ("other", 1)],
             "zeek": [("ts", "now"), ("id.orig_p", 65536), ("id.resp_h", "nowhere"), ("_path", "other")],
             "ecs": [("@timestamp", 1), ("source", {"ip": "nowhere"}), ("source", {"port": "110"}),
                     ("event", {"category": ["post"], "type": ["info"]}), ("message", 1), ("other", 1),
                     ("event", {"category": ["authentication"], "type": ["change"]})],
             "ocsf": [("time", "now"), ("class_uid", 3003), ("type_uid", 300202), ("status_id", 7),
                      ("src_endpoint", {"ip": "nowhere"}), ("dst_endpoint", {"port": 70000}),
                      ("user", {}), ("user", "al"), ("is_remote", 1), ("other", 1),
                      ("status", "Fine"), ("metadata", {"version": "1.8.0"})]}

    @classmethod
    def spoilt(cls, form, line):
        for name in cls.NEEDED[form]:
            yield f"without {name}", {key: value for key, value in line.items() if key != name}
        for name, value in cls.WRONG[form]:
            yield f"{name}={value!r}", {**copy.deepcopy(line), name: value}


class Forms(unittest.TestCase):
    """By our own rules."""

    def checker(self, form):
        return own_rules.OwnRules(form)

    def test_all_captures_are_read(self):
        self.assertGreater(len(logged()), 10000)
        kinds = {json.loads(line)["event"] for line in [*logged(), *samples()]}
        self.assertEqual(kinds, set(own_rules.NEEDED["ecs"]) - {None})

    def test_no_complaints(self):
        for form in FORMS:
            with self.subTest(form=form):
                checker = self.checker(form)
                found = complaints(checker, written(form))
                print(f"{type(self).__name__}, {form}: {len(written(form))} lines, "
                      f"{len(found)} complaints", flush=True)
                self.assertEqual(found[:5], [])

    def test_complaints_about_what_is_wrong(self):
        for form in FORMS:
            checker = self.checker(form)
            line = json.loads(next(line for line in written(form)
                                   if form != "ocsf" or '"class_uid":3002' in line))
            self.assertEqual(list(checker.complaints(line)), [])
            for what, wrong in Spoiler.spoilt(form, line):
                with self.subTest(form=form, what=what):
                    if what == "other=1" or not self.is_lenient(what):
                        self.assertNotEqual(list(checker.complaints(wrong)), [])

    @staticmethod
    def is_lenient(what):
        """Our rules do not tell which values go together."""
        return what.startswith(("event=", "type_uid=", "status='Fine'", "status_id=7", "metadata="))

    def test_kinds_of_lines(self):
        for form in FORMS:
            path = own_rules.KIND[form]
            kinds = {dict(own_rules.leaves(json.loads(line))).get(path) for line in written(form)}
            self.assertEqual(kinds, set(own_rules.NEEDED[form]) - {None})


class Schemas(Forms):
    """By what the others say."""

    @classmethod
    def setUpClass(cls):
        if not all((SCHEMAS / f"{form}.json").exists() for form in FORMS):
            raise unittest.SkipTest("no schemas of Suricata, Zeek, ECS and OCSF "
                                    "(POP3ANA_FORM_SCHEMAS may name them: tests/fleet/gather-schemas)")

    def checker(self, form):
        return others_schemas.load(SCHEMAS, form)

    @staticmethod
    def is_lenient(_):
        return False


class Exactness(unittest.TestCase):
    def test_times_keep_their_microseconds(self):
        for form in FORMS:
            lines = write(form, samples())
            for line in filter(lambda line: '"conn"' not in line, lines):
                self.assertRegex(line, r"08:37:35\.102722|1795423055\.102722")
        conn = next(json.loads(line) for line in write("zeek", samples()) if '"conn"' in line)
        self.assertEqual((conn["ts"], conn["duration"]), (7.25, 0.25))

    def test_texts_survive(self):
        line = next(json.loads(line) for line in write("ecs", samples()) if "login_failure" in line)
        self.assertEqual(line["user"]["name"], "t\u00e9xt \"\\ \U0001f4e7\u0007")

    def test_every_member_has_a_row_and_every_place_is_documented(self):
        table = (ROOT / "tcpdump-tool/fleet/forms/places.hpp").read_text(encoding="utf-8")
        placed = set(re.findall(r'PlaceRow\{"([^"]+)"', table))
        self.assertEqual({name for line in samples() for name in json.loads(line)} - placed, set())
        page = (ROOT / "docs/fleet-formats.md").read_text(encoding="utf-8")
        paths = set(re.findall(r'\{"([^"]+)"(?:, As::\w+)?\}', table))
        self.assertGreater(len(paths), 100)
        self.assertEqual({path for path in paths if f"`{path}`" not in page}, set())


class Secrets(unittest.TestCase):
    MARK = "Hunter2Hunter2"
    # Passwords of captures that are words of what their servers say too.
    ORDINARY = {"first", "pass", "password"}

    def test_no_password_of_a_capture(self):
        """One that is a user too, or short, tells nothing."""
        passwords, shown = set(), set()
        for line in logged():
            event = json.loads(line)
            if event.get("password"):
                passwords.add(event["password"])
            if event.get("command") in ("PASS", "APOP", "AUTH") and event.get("arg"):
                passwords |= set(event["arg"].split(" ")[event["command"] != "PASS":])
            shown |= {event.get("user"), event.get("authzid")}
            shown |= set(event.get("arg", "").split()) if event.get("command") == "USER" else set()
        words = re.compile(r'[^\s"\\,:\[\]{}]+')
        passwords = {one for one in passwords - shown - self.ORDINARY if len(one) > 3}
        self.assertGreater(len(passwords), 20)
        for form in FORMS:
            found = set()
            for line in written(form):
                # Whole texts and words: "secret" within another word is none.
                found |= passwords & {*words.findall(line), *re.findall(r'"([^"]*)"', line)}
            self.assertEqual(found, set(), form)

    def test_no_secret_in_any_member(self):
        """Of each event that may hold it, in every text that may."""
        common = {"time": "2026-11-23T08:37:35.102722Z", "id.orig_h": "192.0.2.1", "id.orig_p": 1,
                  "id.resp_h": "192.0.2.2", "id.resp_p": 110, "uid": "0123456789abcdef01234567"}
        hidden = base64.b64encode(f"\0al\0{self.MARK}".encode()).decode()
        events = [{"event": "request", "command": "PASS", "arg": self.MARK},
                  {"event": "request", "command": "APOP", "arg": f"al {self.MARK}"},
                  {"event": "request", "command": "AUTH", "arg": f"PLAIN {hidden}"},
                  {"event": "request", "command": "NEW", "arg": self.MARK},
                  {"event": "request", "arg": self.MARK},
                  {"event": "login_success", "command": "PASS", "user": "al", "password": self.MARK},
                  {"event": "login_failure", "command": "PASS", "user": None, "password": self.MARK},
                  {"event": "reply", "command": "PASS", "status": "ERR", "msg": f"{self.MARK} is wrong"},
                  {"event": "reply", "status": "ERR", "msg": f"unknown command {self.MARK}"},
                  {"event": "unexpected", "command": "AUTH", "detail": f"unknown method {hidden}"},
                  {"event": "unexpected", "command": "PASS", "detail": self.MARK},
                  {"event": "anomaly", "anomaly": "unknown_command", "detail": self.MARK}]
        lines = [json.dumps({**common, **event, "line": self.MARK, "other": self.MARK})
                 for event in events]
        self.assertEqual(len(write("ecs", lines)), len(lines))
        for form in FORMS:
            for line in write(form, lines):
                self.assertNotIn(self.MARK, line)
                self.assertNotIn(hidden, line)


class Hostile(unittest.TestCase):
    """Lines that are no events. That of the sanitizers counts too: the program ends in peace."""

    def test_no_json(self):
        lines = ["", "{", "[]", "7", "null", '"text"', "{}", "\0", "\x7f", '{"event":', "{" * 5000,
                 "[" * 100000, '{"a":' * 5000 + "1" + "}" * 5000, '{"event":"reply"', "\ufeff{}",
                 '{"event":1}', '{"event":"other"}', '{"event":"reply","time":1}', "1e999999", "-" * 999]
        for form in FORMS:
            self.assertEqual(write(form, lines), [])

    def test_each_member_of_each_other_type(self):
        """Such a line gives nothing, or, where the form does not use the member, a good line."""
        values = (None, True, "x", "", -1, 0, 2**63, 2**64 - 1, -2**63, 1.5, 1e300, -0.0, [], [1], {},
                  {"a": [{}]}, "9999-99-99T99:99:99.999999Z", "\u0000", "\ud83d\ude00", "x" * 100000)
        lines = []
        for sample in samples():
            event = json.loads(sample)
            for member in event:
                for value in values:
                    lines.append(json.dumps({**event, member: value}))
                lines.append(json.dumps({key: value for key, value in event.items() if key != member}))
            lines.append(re.sub(r":7(\.5)?\b", ":" + "9" * 400, sample))
            lines.append(re.sub(r":7(\.5)?\b", ":9e99999", sample))
            lines.append(sample[:-1] + "," + sample[1:])
        for form in FORMS:
            for line in write(form, lines):
                json.loads(line, object_pairs_hook=unique)

    def test_bytes(self):
        line = samples()[0].encode()
        spoilt = b"\n".join(line[:at] + bytes([byte]) + line[at + 1:] for at in range(0, len(line), 3)
                            for byte in (0, 0x22, 0x5c, 0x7d, 0x80, 0xff))
        for form in FORMS:
            done = subprocess.run([WRITE_FORMS, form], input=spoilt, capture_output=True, check=False,
                                  timeout=TIMEOUT_S)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            for one in done.stdout.decode("ascii").splitlines():
                json.loads(one)
