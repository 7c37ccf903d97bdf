"""The limits of a fleet that docs/semantics.md section 14 and SECURITY.md name, with logs that are made up.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import datetime
import json
import pathlib
import re
import socket
import struct

from support import FleetTest

CAPTURES = pathlib.Path(__file__).resolve().parents[1] / "golden/real"

BEGIN = 1_800_000_000
MOST_RECORD_BYTES = 3000
SET_MEMBERS = 64
REPLIES = 64
SKEW_S = 5
LONGEST_LINE = 1 << 20
CLIENT = "192.0.2.1"


def event(name, second, client=CLIENT, port=40000, **members):
    """A line of a log."""
    time = datetime.datetime.fromtimestamp(BEGIN + second, datetime.timezone.utc)
    return json.dumps({"ts": BEGIN + second, "time": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z"), "event": name,
                       "session": 1, "frame": 1, "id.orig_h": client, "id.orig_p": port, "id.resp_h": "198.51.100.1",
                       "id.resp_p": 110, **members}, separators=(",", ":"))


def error(second, place, **members):
    return event("reply", second, status="ERR", errors=1, reply_end=place, **members)


class Limits(FleetTest):
    def log(self, name, lines):
        path = self.folder / f"{name}.json"
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def call(self, *words):
        """What the server answers, as bytes; words may have any byte."""
        request = b"*%d\r\n" % len(words)
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            request += b"$%d\r\n%s\r\n" % (len(word), word)
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self.server.socket))
            server.sendall(request)
            answer = server.recv(1 << 16)
        self.assertFalse(answer.startswith(b"-"), answer)
        return answer

    def test_members_of_a_set(self):
        guesses = [event("login_failure", number, user=f"user{number}", password="x", reason="credentials",
                         reply_end=number + 1) for number in range(400)]
        lines, _ = self.fleet([self.log("mx", guesses)])
        counts = [int(line.split()[-4]) for line in lines if "password guessing" in line]
        self.assertEqual(counts, [11, 22, 44, 88, 176, 352])
        self.assertEqual(self.server.ask("KEYS", "*:clients").count("clients"), 1)
        size = int(self.call("HSTRLEN", self.server.ask("KEYS", "*:clients"), bytes([192, 0, 2, 1]))[1:])
        self.assertGreater(size, 2 * SET_MEMBERS * 4)
        self.assertLess(size, MOST_RECORD_BYTES)

    def test_replies_of_a_client(self):
        """A second tap's copies of the latest 64 connections do not count; older ones do."""
        errors = [error(number // 100, 1000, port=10000 + number) for number in range(2 * REPLIES)]
        lines, _ = self.fleet([self.log("tap1", errors)])
        self.assertEqual(len(lines), 2 * REPLIES - 3)
        lines, _ = self.fleet([self.log("tap2", errors[REPLIES:])])
        self.assertEqual(lines, [])
        lines, _ = self.fleet([self.log("tap3", errors[:1])])
        self.assertEqual(len(lines), 1)
        size = int(self.call("HSTRLEN", self.server.ask("KEYS", "*:clients"), bytes([192, 0, 2, 1]))[1:])
        self.assertLess(size, MOST_RECORD_BYTES)

    def test_clocks_of_two_taps(self):
        for late, counted in ((SKEW_S, 0), (SKEW_S + 1, 1)):
            self.server.ask("FLUSHALL")
            words = ("--error-threshold", "0")
            lines, _ = self.fleet([self.log("tap1", [error(0, 1000)])], *words)
            self.assertEqual(len(lines), 1)
            lines, _ = self.fleet([self.log("tap2", [error(late, 1000)])], *words)
            self.assertEqual(len(lines), counted, late)

    def test_clients_of_a_bucket(self):
        """Who is too many gives way, the longest untouched of some."""
        self.fleet([self.log("mx", [error(0, 1)])])  # loads the functions
        answer = self.server.ask("FUNCTION", "LIST", "LIBRARYNAME", "pop3fleet*").split("\n")
        judge = next(word for word in answer if re.fullmatch(r"pop3fleet_\w*judge", word))
        most, count = 100, 1000
        entries = [struct.pack(">ddBIIBI", (BEGIN + number) * 1e6, number + 1, 1, number, 1, 4, number)
                   for number in range(count)]
        keys = [f"test:{{0}}:{name}" for name in ("waiting", "clients", "users", "servers", "sensors")]
        settings = [3, 0, 3600 * 10**6, 10, 5, 5, 5, most]
        for number in range(0, count, 50):
            self.call("FCALL", judge, len(keys), *keys, "mx", int(9e15), 0, 0, *settings, *entries[number:number + 50])
        self.assertLessEqual(int(self.server.ask("HLEN", keys[1])), most)
        self.assertGreater(int(self.server.ask("HLEN", keys[1])), most // 2)

    def test_length_of_a_line(self):
        # What lies in the buffer with its end is taken, up to a quarter more.
        long_line = error(0, 1000, msg="x" * (2 * LONGEST_LINE))
        lines, _ = self.fleet([self.log("mx", [long_line, error(1, 1001)])], "--error-threshold", "0")
        self.assertEqual(len(lines), 1)


class Secrecy(FleetTest):
    def test_the_server_has_no_password(self):
        """Of real captures, in all that it would write to its disk."""
        self.server.stop()
        self.server = self.start_server("--save", "", "--rdbcompression", "no")
        logs = [self.log_of(capture, f"mx{number}") for number, capture in enumerate(sorted(CAPTURES.glob("s*.pcap")))]
        lines, _ = self.fleet(logs, "--stream", 10000, "--error-threshold", 0, "--alert-limits", "guessing=0,breach=1")
        self.assertGreater(len(lines), 100)
        self.server.ask("FUNCTION", "FLUSH")  # their text has words that are passwords
        self.assertEqual(self.server.ask("SAVE"), "OK")
        dump = (self.folder / "dump.rdb").read_bytes()
        events = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
        users = {event["user"] for event in events if event.get("user")}
        passwords = {event["password"] for event in events if len(event.get("password") or "") > 4} - users
        passwords -= {"<not seen>", "password"}  # a warning is "password guessing"
        self.assertGreater(len(passwords), 10)
        self.assertEqual([word for word in passwords if word.encode() in dump], [])
        self.assertIn(b"alice", dump)  # names are there, so they could be found
