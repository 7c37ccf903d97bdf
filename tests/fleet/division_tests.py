"""The law: sensors that share a server warn as one sensor would that saw all packets in the order of their times.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import os
import pathlib
import random
import subprocess

import support
import traffic
from support import FleetTest, run, warnings_of, without_numbers

SEED = int(os.environ.get("POP3ANA_TEST_SEED") or random.getrandbits(32))
ROUNDS = int(os.environ.get("POP3ANA_TEST_ROUNDS") or 10)  # of each division
SENSORS = 8
GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
OPTIONS = ("--alert-limits", "guessing=4,spraying=3,distributed=3,breach=2", "--expire", "30")


class Divisions(FleetTest):
    """Any division, any order of arrival."""

    def parts_of(self, choose, kind, connections):
        parts = traffic.DIVISIONS[kind](choose, connections, SENSORS)
        return [traffic.write(self.folder / f"mx{number}.pcap", part) for number, part in enumerate(parts)]

    def check(self, seed, kind):
        choose = random.Random(seed)
        has_key = choose.random() < 0.7
        captures = self.parts_of(choose, kind, traffic.make(choose, has_key=has_key))
        logs = [self.log_of(capture, capture.stem, *self.sensor_options(choose, has_key)) for capture in captures]
        self.server.ask("FLUSHALL")
        if choose.random() < 0.5:
            lines, _ = self.fleet(logs, *OPTIONS)
        else:
            lines = self.by_processes(choose, logs)
        expected = warnings_of(captures, *OPTIONS)
        if without_numbers(lines) != expected:
            self.assertEqual(without_numbers(lines), expected, f"{kind}, POP3ANA_TEST_SEED={seed}")
        return len(lines)

    def sensor_options(self, choose, has_key):
        """With the key nothing is missing where passwords are hidden. Without it they are needed, and some sensors
        may have it."""
        if not has_key:
            return choose.choice([(), ("--fleet-key", self.key)])
        return ("--fleet-key", self.key, *choose.choice([(), ("--redact",)]))

    def by_processes(self, choose, logs):
        """Each log is followed by a process of its own."""
        words = [self.fleet_words([log], "--once", "--sensors", SENSORS, *OPTIONS) for log in logs]
        choose.shuffle(words)
        processes = [subprocess.Popen(one, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for one in words]
        lines = []
        for process in processes:
            out, err = process.communicate(timeout=support.SECONDS)
            self.assertEqual((process.returncode, err), (0, ""))
            lines += out.splitlines()
        return lines

    def test_divisions(self):
        warnings = 0
        for number in range(ROUNDS):
            for kind in traffic.DIVISIONS:
                warnings += self.check(SEED + number, kind)
        print(f"POP3ANA_TEST_SEED={SEED}: {ROUNDS * len(traffic.DIVISIONS)} divisions, {warnings} warnings")
        self.assertGreater(warnings, 0)

    def test_the_law_can_fail(self):
        """Without the server, each for itself, they do not warn alike."""
        choose = random.Random(1)
        captures = self.parts_of(choose, "connection", traffic.make(choose))
        alone = []
        for capture in captures:
            alone += warnings_of([capture], *OPTIONS)
        self.assertNotEqual(sorted(alone), warnings_of(captures, *OPTIONS))

    def test_the_key_tells_more(self):
        """Without it tokens, what is redacted and who has offered STLS are not known of all."""
        choose = random.Random(3)
        captures = self.parts_of(choose, "connection", traffic.make(choose, has_key=True))
        expected = warnings_of(captures, *OPTIONS)
        for options, is_equal in (((), False), (("--redact",), False), (("--redact", "--fleet-key", self.key), True)):
            self.server.ask("FLUSHALL")
            lines, _ = self.fleet([self.log_of(capture, capture.stem, *options) for capture in captures], *OPTIONS)
            self.assertEqual(without_numbers(lines) == expected, is_equal, options)
        self.assertGreater(sum("STLS is no longer offered" in line for line in expected), 0)

    def test_inferred_guesses(self):
        """What lengths of TLS tell is joined: here of sensors that have the sessions of one log in turn."""
        limits = ("--alert-limits", "guessing=2")
        for name in ("i13_byte_records", "i14_one_write", "i20_stls_dovecot"):
            capture, tls = GOLDEN / f"tls/{name}.pcap.gz", ("--tls", "infer")
            log = self.log_of(capture, "all", *tls, "--fleet-key", self.key)
            logs = [self.folder / f"mx{number}.json" for number in range(3)]
            parts = [[], [], []]
            for line in log.read_text().splitlines(keepends=True):
                parts[json.loads(line)["session"] % 3].append(line)
            for path, part in zip(logs, parts):
                path.write_text("".join(part))
            self.server.ask("FLUSHALL")
            lines, _ = self.fleet(logs, *limits)
            self.assertEqual(without_numbers(lines), warnings_of([capture], *tls, *limits), name)
            self.assertGreater(sum("password guessing" in line for line in lines), 0)

    def test_real_captures(self):
        """One sensor and the server warn as the sensor does."""
        for capture in sorted([*GOLDEN.glob("real/*.pcap*"), *GOLDEN.glob("crafted/*.pcap*")]):
            with self.subTest(capture=capture.name):
                self.server.ask("FLUSHALL")
                lines, _ = self.fleet([self.log_of(capture, "mx")])
                self.assertEqual(without_numbers(lines), warnings_of([capture]))
