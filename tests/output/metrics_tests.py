"""Tests of --metrics: what Prometheus reads."""
import collections
import contextlib
import json
import os
import re
import resource
import signal
import subprocess

from conversation import Capture, Conversation
from support import ALERTS, LONG, REAL, DiskTest, OutputTest

SAMPLE = re.compile(r"(pop3ana_[a-z_]+)(?:\{([^}]*)\})? ([0-9.]+)")
KINDS = ("errors", "guessing", "spraying", "distributed", "breach", "stls")


def read(path):
    """The value of each sample, by "NAME{LABELS}"; complains of what the format does not allow."""
    values, families, family = {}, set(), None
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert family not in families and re.fullmatch(r"# HELP \S+ .+\.", line), line
            families.add(family)
        elif line.startswith("# TYPE "):
            assert line in (f"# TYPE {family} counter", f"# TYPE {family} gauge"), line
            assert family.endswith("_total") == line.endswith(" counter"), line
        else:
            name, labels, value = SAMPLE.fullmatch(line).groups()
            key = name + (f"{{{labels}}}" if labels else "")
            assert name == family and key not in values, line
            values[key] = float(value)
    return values


def attacks():
    """Logins that raise alerts of most kinds."""
    capture = Capture()
    for number in range(12):
        talk = Conversation(capture, client="192.0.2.1", port=40000 + number)
        talk.ask(b"USER user%d" % number, b"+OK")
        talk.ask(b"PASS secret%d" % number, b"-ERR [AUTH] no")
        talk.end()
    for number in range(8):
        talk = Conversation(capture, client=f"192.0.2.{100 + number}", port=41000)
        talk.ask(b"USER victim", b"+OK")
        talk.ask(b"PASS guess%d" % number, b"-ERR [AUTH] no")
        talk.end()
    talk = Conversation(capture, client="192.0.2.200", port=41000)
    talk.ask(b"USER victim", b"+OK")
    talk.ask(b"PASS right", b"+OK")
    talk.ask(b"DELE", b"-ERR which")
    talk.ask(b"STAT", b"+OK 0 0")
    talk.end()
    return capture


class Metrics(OutputTest):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "pop3dump.prom"

    def test_each_value_is_the_count_of_its_events(self):
        captures = [ALERTS, LONG, attacks().write(self.folder / "attacks.pcap")]
        captures += sorted(REAL.glob("*.pcap"))[::4]
        for capture in captures:
            with self.subTest(capture.name):
                out = self.run_tool("-q", "-r", capture, "--json", "--alerts", "all", "--metrics", self.file,
                                    status=None, said=None)
                events = [json.loads(line) for line in out.splitlines()]
                count = collections.Counter(event["event"] for event in events)
                alerts = collections.Counter(event["alert"] for event in events if "alert" in event)
                wanted = {"sessions_total": count["new_connection"], "requests_total": count["request"],
                          "replies_total": count["reply"], "anomalies_total": count["anomaly"],
                          "unexpected_commands_total": count["unexpected"],
                          'logins_total{result="success"}': count["login_success"],
                          'logins_total{result="failure"}': count["login_failure"],
                          "errors_total": sum(event.get("status") == "ERR" for event in events)}
                wanted.update({f'alerts_total{{kind="{kind}"}}': alerts[kind] for kind in KINDS})
                got = read(self.file)
                self.assertEqual({name: got[f"pop3ana_{name}"] for name in wanted}, wanted)

    def test_all_kinds_of_alerts_but_one_are_made(self):
        self.run_tool("-q", "-r", attacks().write(self.folder / "attacks.pcap"), "--alerts", "all", "--metrics",
                      self.file)
        got = read(self.file)
        none = [kind for kind in KINDS if got[f'pop3ana_alerts_total{{kind="{kind}"}}'] == 0]
        self.assertEqual(none, ["stls"])

    def test_has_every_counter_of_stats(self):
        done = subprocess.run(self.tool("--stats", "-r", LONG, "-o", os.devnull, "--metrics", self.file),
                              capture_output=True, check=True, text=True)
        counters = dict(re.findall(r"(?m)^(\w+) (\d+)$", done.stderr))
        got = read(self.file)
        labelled = {"logins_succeeded", "logins_failed", "warnings", "alerts"}
        self.assertGreater(len(counters), 40)
        for name in counters.keys() - labelled:
            value = got.get(f"pop3ana_{name}_total", got.get(f"pop3ana_{name}"))
            self.assertEqual(value, float(counters[name]), name)
        text = self.file.read_text(encoding="ascii")
        for name in ("connections_open", "connections_undecided", "held_bytes", "clients"):
            self.assertIn(f"# TYPE pop3ana_{name} gauge\n", text)

    def test_is_for_all_to_read_and_has_no_secrets(self):
        capture = attacks().write(self.folder / "attacks.pcap")
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.run_tool("-r", capture, "-o", self.folder / "log", "--metrics", self.file)
        self.assertEqual(oct(self.file.stat().st_mode & 0o777), "0o644")
        self.assertEqual(self.names(), ["attacks.pcap", "log", "pop3dump.prom"])
        text = self.file.read_text(encoding="ascii")
        for secret in ("victim", "user1", "secret1", "guess1", "right", "192.0.2", "10.9.9.9"):
            self.assertNotIn(secret, text)

    def test_what_would_be_lost_is_refused(self):
        kept = self.folder / "kept"
        kept.write_bytes(ALERTS.read_bytes())
        (self.folder / "link").symlink_to(kept)
        (self.folder / "folder").mkdir()
        log = self.folder / "log"
        log.write_text("kept\n", encoding="ascii")
        for name, why in (("link", "not a regular file"), ("folder", "not a regular file"),
                          ("kept", "already read or written by this run"),
                          ("log", "already read or written by this run")):
            target = self.folder / name
            self.run_tool("-r", kept, "-o", log, "--metrics", target, status=1, said=f"pop3dump: {target}: {why}\n")
        self.assertEqual(kept.read_bytes(), ALERTS.read_bytes())
        self.assertEqual(log.read_text(encoding="ascii"), "kept\n")

    def test_a_version_that_cannot_be_written(self):
        # The limit lets no version be written as a whole.
        self.file.write_text("old\n", encoding="ascii")
        done = subprocess.run(
            self.tool("-q", "-r", ALERTS, "-o", os.devnull, "--metrics", self.file), capture_output=True,
            check=False, text=True,
            preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))))
        self.assertEqual((done.returncode, done.stderr), (1, f"pop3dump: {self.file}: File too large\n"))
        self.assertEqual(self.file.read_text(encoding="ascii"), "old\n")
        self.assertEqual(self.names(), ["pop3dump.prom"])

    def test_a_live_capture(self):
        process = subprocess.Popen(self.tool("-q", "-i", "lo", "--metrics", self.file), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.wait_for(lambda: self.file.exists() or process.poll() is not None)
        if process.poll() is not None:
            self.skipTest("no live capture here")
        first = self.file.stat().st_ino
        values = read(self.file)
        self.assertEqual({name for name in values if '{interface="lo"' not in name}, set())
        self.assertEqual(values['pop3ana_packets_dropped_total{interface="lo",by="kernel"}'], 0)
        self.assertGreater(values['pop3ana_start_time_seconds{interface="lo"}'], 1.7e9)
        self.wait_for(lambda: self.file.exists() and self.file.stat().st_ino != first)  # 15 s
        # What takes its name is not replaced; the run goes on until the end, and says so.
        self.file.unlink()
        (self.file / "x").mkdir(parents=True)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1]
        self.assertEqual((process.returncode, said), (1, f"pop3dump: {self.file}: Is a directory\n"))


class MetricsFullDisk(DiskTest):
    def test_the_old_version_stays(self):
        target = self.disk / "pop3dump.prom"
        target.write_text("old\n", encoding="ascii")
        with open(self.disk / "fill", "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"f" * 4096)
        done = subprocess.run(self.tool("-q", "-r", ALERTS, "-o", os.devnull, "--metrics", target),
                              capture_output=True, check=False, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, f"pop3dump: {target}: No space left on device\n"))
        self.assertEqual(target.read_text(encoding="ascii"), "old\n")
        self.assertEqual(sorted(os.listdir(self.disk)), ["fill", "pop3dump.prom"])
