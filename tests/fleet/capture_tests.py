"""Nothing is lost and nothing doubled when what dies is a pop3dump that captures: two of them, and their pop3fleet.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

import support
import traffic
from conversation import Capture, with_ethernet
from failure_tests import ALWAYS, KILLS, SEED, WAITS
from support import FleetTest, lines_of

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "live"))
import namespaces  # pylint: disable=wrong-import-position

TAPS = ("va", "vb")  # the ends of a cable, each with a pop3dump
OPTIONS = ("--alert-limits", "guessing=4,spraying=3,distributed=3,breach=2")
THRESHOLD = 3
CONNECTIONS = 15  # side by side
PACKETS_A_SECOND = 800
PORTS = range(2000, 60000)
MOMENTS = 1500  # of a pop3fleet that kills itself: about a second


class Traffic(threading.Thread):
    """Sends connections over the cable, no two alike, until it is told to stop."""

    def __init__(self, space, folder, choose):
        super().__init__()
        self.space, self.path, self.choose = space, folder / "traffic.pcap", choose
        self.is_over = threading.Event()
        self.connections = 0
        self.start()

    def run(self):
        while not self.is_over.is_set():
            self.path.write_bytes(with_ethernet(traffic.write(self.path, self.packets()).read_bytes()))
            self.space.replay(TAPS[0], self.path, "--pps", PACKETS_A_SECOND)

    def packets(self):
        made = []
        for number in range(CONNECTIONS):
            start_ns = Capture().now_ns + self.choose.randrange(50) * 10**6 + number * traffic.SPAN_NS
            port = PORTS[self.connections % len(PORTS)]
            made.append(traffic.connection(self.choose, start_ns, port, has_key=True))
            self.connections += 1
        return traffic.packets_of(made)

    def stop(self):
        self.is_over.set()
        self.join()


class Tap:
    """A pop3dump that is started again and again, and all files of its log."""

    def __init__(self, space, folder, interface, key):
        self.space, self.log = space, folder / f"{interface}.log"
        self.said_path = folder / f"{interface}.said"
        self.words = [support.POP3DUMP, "-Z", "root", "-i", interface, "--json", "--fleet-key", key, "--alerts", "all",
                      "-o", self.log, *OPTIONS]
        self.rotations = self.torn = 0
        self.start()

    def start(self):
        with open(self.said_path, "w", encoding="utf-8") as said:
            self.process = self.space.start(*self.words, stdout=subprocess.DEVNULL, stderr=said)

    def is_listening(self):
        return "listening on" in self.said()

    def said(self):
        return self.said_path.read_text(encoding="utf-8")

    def kill(self, choose):
        self.process.kill()
        self.process.wait()
        if choose.random() < 0.5:
            self.tear(choose)

    def tear(self, choose):
        """What a write(2) leaves that did not come to its end, which is too rare to wait for."""
        lines = [line for path in self.files()[-2:] for line in path.read_bytes().splitlines(keepends=True)]
        if not self.log.exists() or not lines or (self.log.stat().st_size and not lines[-1].endswith(b"\n")):
            return
        line = choose.choice(lines)
        with open(self.log, "ab") as log:
            log.write(line[: choose.randrange(1, len(line))])
        self.torn += 1

    def rotate(self):
        """Also while nobody writes it."""
        if not self.log.exists():
            return
        self.rotations += 1
        for number in range(self.rotations, 0, -1):
            older = self.piece(number)
            if older.exists():
                older.rename(self.piece(number + 1))
        self.log.rename(self.piece(1))
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGHUP)

    def piece(self, number):
        return self.log.with_name(f"{self.log.name}.{number}")

    def files(self):
        """The oldest first."""
        pieces = [self.piece(number) for number in range(self.rotations + 1, 0, -1)]
        return [path for path in (*pieces, self.log) if path.exists()]

    def events(self):
        """Of all whole lines. A part of one ends a file at most."""
        for path in self.files():
            for line in path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    yield json.loads(line)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class KilledCapture(FleetTest):
    """Two pop3dump watch both ends of a cable, one pop3fleet follows their logs."""

    def setUp(self):
        if why := namespaces.why_not("tcpreplay"):
            self.skipTest(f"live captures: {why}")
        super().setUp()
        self.space = namespaces.Host("fleet")
        self.addCleanup(self.space.close)
        self.space.add_pair(*TAPS)

    def start_server(self, *options):
        return super().start_server(*(options or ALWAYS))

    def start_taps(self):
        taps = [Tap(self.space, self.folder, interface, self.key) for interface in TAPS]
        for tap in taps:
            self.addCleanup(tap.end)
            self.eventually(tap.is_listening, "pop3dump listens")
        return taps

    def start_the_fleet(self, choose, words):
        """It kills itself at one of its calls, if nobody does before: from outside few are hit."""
        self.fleet_process = self.start_fleet(*words, env=support.dying_at(choose.randrange(1, MOMENTS)))

    def kill_fleet(self):
        self.fleet_process.kill()
        _, err = self.fleet_process.communicate()
        # A log may not be there: it was renamed, and its pop3dump has not begun the next one.
        said = [line for line in err.splitlines() if not line.endswith(": No such file or directory; it is waited for")]
        self.assertEqual((self.fleet_process.returncode, said), (-signal.SIGKILL, []))

    def kill_one(self, choose, taps, words):
        """And starts it again. What it was."""
        victim = choose.choice(["pop3dump", "pop3dump", "pop3fleet", "server"])
        tap = choose.choice(taps)
        if rotates := choose.random() < 0.3:  # Who does not listen yet is ended by a SIGHUP.
            self.eventually(tap.is_listening, "pop3dump listens")
        if victim == "pop3dump":
            tap.kill(choose)
        elif victim == "pop3fleet":
            self.kill_fleet()
        else:
            self.server.kill()
        time.sleep(choose.random() * 0.3)
        if rotates:
            tap.rotate()
            time.sleep(choose.random() * 0.1)
        if victim == "pop3dump":
            tap.start()
        elif victim == "pop3fleet":
            self.start_the_fleet(choose, words)
        else:
            self.server.start()
        return victim

    def test_killed_at_random_moments(self):
        choose = random.Random(SEED)
        taps = self.start_taps()
        logs = [tap.log for tap in taps]
        out = self.folder / "warnings"
        words = ("-o", out, "--sensors", len(taps), *WAITS, *OPTIONS)
        self.start_the_fleet(choose, (logs, *words))
        sender = Traffic(self.space, self.folder, random.Random(SEED))
        self.addCleanup(sender.stop)
        kills = collections.Counter()
        for _ in range(KILLS):
            time.sleep(choose.random())
            if self.fleet_process.poll() is not None:
                kills["pop3fleet at a call"] += 1
                self.kill_fleet()
                self.start_the_fleet(choose, (logs, *words))
            kills[self.kill_one(choose, taps, (logs, *words))] += 1
        sender.stop()
        for tap in taps:
            self.eventually(lambda one=tap: one.is_listening() and one.log.exists(), "pop3dump listens and has a log")
            tap.process.send_signal(signal.SIGTERM)
            self.assertEqual(tap.process.wait(support.SECONDS), 0, tap.said())
        self.kill_fleet()
        self.finish([self.fleet_words(logs, "--once", *words)])
        warnings = lines_of(out)
        self.check_by_a_new_run(logs, warnings)
        self.check_by_count(taps, warnings)
        print(f"POP3ANA_TEST_SEED={SEED}: {dict(kills)}, {sum(tap.torn for tap in taps)} torn lines, "
              f"{sum(tap.rotations for tap in taps)} rotations, {sender.connections} connections, "
              f"{len(warnings)} warnings")

    def check_by_a_new_run(self, logs, warnings):
        """One that nobody kills writes the same lines, those of each sensor in the same order."""
        expected, err = self.fleet(logs, "--prefix", "other", *OPTIONS)
        self.assertEqual(err, "")
        for log in logs:
            of_sensor = lambda lines, mark=f" #{log.stem}-": [line for line in lines if mark in line]
            self.assertEqual(of_sensor(warnings), of_sensor(expected), f"POP3ANA_TEST_SEED={SEED}")

    def check_by_count(self, taps, warnings):
        """Each error of a client above the threshold has a warning. Two taps see one and the same error."""
        errors = collections.defaultdict(set)
        for tap in taps:
            for event in tap.events():
                if event["event"] == "reply" and event.get("status") == "ERR" and "errors" in event:
                    ends = [event[name] for name in ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")]
                    errors[ends[0]].add((*ends, event["reply_end"]))
        expected = {client: len(replies) - THRESHOLD for client, replies in errors.items() if len(replies) > THRESHOLD}
        counted = collections.Counter(line.split()[2].split("/")[0] for line in warnings
                                      if " WARNING: error count exceeds threshold" in line)
        self.assertEqual(dict(counted), expected, f"POP3ANA_TEST_SEED={SEED}")
        self.assertGreater(sum(expected.values()), KILLS)
