"""pop3fleet as a program: mistakes, secrets, what it writes, what it shows.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import os
import shlex
import signal
import socket
import subprocess
import time

import support
import traffic
from support import FleetTest, lines_of, run, warnings_of, without_numbers

GOLDEN = support.pathlib.Path(__file__).resolve().parents[1] / "golden"
CAPTURE = GOLDEN / "real/s06_wrongpass_threshold.pcap"
SERVER = ("--server", "redis://127.0.0.1:1")


class Mistakes(FleetTest):
    """Each is one line that names the culprit, then the hint, and status 2 or 1."""

    def test_command_line(self):
        key, log = self.key, self.log_of(CAPTURE, "mx")
        short = self.folder / "short"
        short.write_text("secret\n")
        good = ("--key-file", key, f"mx={log}")
        for words, status, said in (
                ((), 2, "no server"),
                (("--server", "127.0.0.1", *good), 2, "--server 127.0.0.1: give redis://HOST:PORT"),
                (("--server", "redis://", *good), 2, "--server redis://: no HOST"),
                (("--server", "redis://h:x", *good), 2, "--server redis://h:x"),
                (("--server", "redis://h/x", *good), 2, "the number of a database"),
                (("--server", "unix://run/x", *good), 2, "the path of a socket begins with /"),
                (("--server", "redis://h1,,h2", *good), 2, "no HOST or HOST:PORT"),
                (("--server", "redis+sentinel://h1,h2", *good), 2, "the name by which the sentinels know the server"),
                (("--server", "redis://me:secret@h", *good), 2, "--password-file"),
                ((*SERVER, f"mx={log}"), 2, "--key-file"),
                ((*SERVER, "--key-file", short, f"mx={log}"), 2, f"{short}: a fleet key has at least 16 bytes"),
                ((*SERVER, "--key-file", "/none", f"mx={log}"), 2, "/none: No such file"),
                ((*SERVER, "--password-file", "/none", *good), 2, "/none: No such file"),
                ((*SERVER, "--key-file", key), 2, "no log: give SENSOR=LOG"),
                ((*SERVER, "--key-file", key, str(log)), 2, f"{log}: give SENSOR=LOG"),
                ((*SERVER, "--key-file", key, f"a b={log}"), 2, "a b: the name of a sensor"),
                ((*SERVER, "--key-file", key, f"a={log}", f"a={log}"), 2, "a: two logs"),
                ((*SERVER, "--alerts", "guesing", *good), 2, "--alerts guesing"),
                ((*SERVER, "--alert-limits", "guessing", *good), 2, "--alert-limits guessing"),
                ((*SERVER, "--alert-limits", "guessing=x", *good), 2, "--alert-limits x"),
                ((*SERVER, "--expire", "-1", *good), 2, "--expire -1"),
                ((*SERVER, "--format", "cef", *good), 2, "--format cef: no such form: eve, zeek, ecs, ocsf"),
                ((*SERVER, "--prefix", "{a}", *good), 2, "--prefix {a}"),
                ((*SERVER, "--nonsense", *good), 2, "--nonsense"),
                ((*SERVER, "--once", "--key-file", key, "mx=/none.json"), 1, "/none.json: No such file"),
                ((*SERVER, "--once", "-o", "/none/x", *good), 1, "/none/x"),
        ):
            with self.subTest(words=words):
                _, err = run(support.POP3FLEET, *words, status=status)
                self.assertIn(said, err)
                self.assertLessEqual(len(err.splitlines()), 2)

    def test_no_server_there(self):
        log = self.log_of(CAPTURE, "mx")
        _, err = run(support.POP3FLEET, *SERVER, "--once", "--key-file", self.key, f"mx={log}", status=1)
        self.assertEqual(err, "pop3fleet: redis://127.0.0.1:1: Connection refused\n")

    def test_wrong_password(self):
        self.server.ask("CONFIG", "SET", "requirepass", "right")
        log, password = self.log_of(CAPTURE, "mx"), self.folder / "password"
        password.write_text("wrong\n")
        _, err = self.fleet([log], "--password-file", password, status=1)
        self.assertIn("WRONGPASS", err)
        password.write_text("right\n")
        lines, _ = self.fleet([log], "--password-file", password)
        self.assertEqual(without_numbers(lines), warnings_of([CAPTURE]))

    def test_other_settings_and_other_keys(self):
        log = self.log_of(CAPTURE, "mx")
        self.fleet([log])
        for options in (["--error-threshold", 5], ["--expire", 5], ["--hash-users"]):
            _, err = self.fleet([log], *options, status=1)
            self.assertIn("the fleet has other settings", err)
            self.assertIn("pop3fleet:{fleet}:settings", err)
        self.key.write_text("another key of the tests\n")
        _, err = self.fleet([log], status=1)
        self.assertIn("the fleet has other settings", err)

    def test_pop3dump_has_another_key(self):
        """Its hashes are of no use; what the log has besides does."""
        other = self.folder / "other"
        other.write_text("another key of the tests\n")
        log = self.log_of(CAPTURE, "mx", "--fleet-key", other)
        lines, err = self.fleet([log])
        self.assertEqual(without_numbers(lines), warnings_of([CAPTURE]))
        self.assertEqual(err, f"pop3fleet: {log}: pop3dump has another --fleet-key: its hashes of failed logins are "
                              "left out\n")

    def test_sensors_that_do_not_come(self):
        log = self.log_of(CAPTURE, "mx")
        fleet = self.start_fleet([log], "--sensors", 2)
        said = fleet.stderr.readline()
        self.assertEqual(said, "pop3fleet: 1 of 2 sensors have begun: nothing is judged before all have\n")
        self.assertEqual(self.terminate(fleet), "")

    def test_a_log_that_is_none(self):
        log = self.folder / "mx.json"
        log.write_bytes(b"hello\n{\"event\":\"reply\"}\n\xff\xfe\n{\"ts\":1e99,\"errors\":1}\n" + b"[" * 5000 + b"\n" +
                        b"{\"errors\":" * 3000 + b"\n" + b"x" * 3_000_000 + b"\n" + self.log_of(CAPTURE, "a").read_bytes())
        lines, err = self.fleet([log])
        self.assertEqual(without_numbers(lines), warnings_of([CAPTURE]))
        self.assertIn("mx.json: ", err)

    def test_the_server_has_no_room(self):
        """It is waited for; then the run goes on."""
        log = self.log_of(CAPTURE, "mx")
        self.server.ask("CONFIG", "SET", "maxmemory", 1)
        with subprocess.Popen(self.fleet_words([log], "--once"), stdout=subprocess.PIPE, text=True) as fleet:
            time.sleep(1)
            self.assertIsNone(fleet.poll())
            self.server.ask("CONFIG", "SET", "maxmemory", 0)
            out, _ = fleet.communicate(timeout=support.SECONDS)
        self.assertEqual(fleet.returncode, 0)
        self.assertEqual(without_numbers(out.splitlines()), warnings_of([CAPTURE]))

    def test_a_server_that_says_nothing(self):
        """It takes the connection, and no more."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            log = self.log_of(CAPTURE, "mx")
            _, err = run(support.POP3FLEET, "--server", f"redis://127.0.0.1:{silent.getsockname()[1]}", "--once",
                         "--key-file", self.key, f"mx={log}", status=1)
        self.assertIn("redis://127.0.0.1:", err)


class Server(FleetTest):
    """What the server gets and has."""

    def everything(self):
        dump = b""
        for key in self.server.ask("KEYS", "*").split():
            kind = self.server.ask("TYPE", key)
            words = {"hash": ["HGETALL", key], "string": ["GET", key], "zset": ["ZRANGE", key, 0, -1],
                     "stream": ["XRANGE", key, "-", "+"]}[kind]
            dump += subprocess.run([support.CLI, "-s", self.server.socket, "--raw", *map(str, words)],
                                   capture_output=True, check=True).stdout
        return dump

    def test_no_secret_and_no_user(self):
        log = self.log_of(CAPTURE, "mx")
        events = [json.loads(line) for line in log.read_text().splitlines()]
        secrets = {event["password"] for event in events if event.get("password")}
        users = {event["user"] for event in events if event["event"] == "login_failure"}
        self.assertTrue(secrets and users)
        self.fleet([log])
        dump = self.everything()
        for secret in secrets:
            self.assertNotIn(secret.encode(), dump)
        self.assertIn(b"=alice", dump)
        self.server.ask("FLUSHALL")
        self.fleet([log], "--hash-users")
        for user in users:
            self.assertNotIn(b"=" + user.encode(), self.everything())

    def test_stream(self):
        log = self.log_of(CAPTURE, "mx")
        lines, _ = self.fleet([log], "--stream", 1000)
        stream = self.server.ask("--raw", "XRANGE", "pop3fleet:{fleet}:warnings", "-", "+").splitlines()
        told = [json.loads(line) for line in stream if line.startswith("{")]
        self.assertEqual([one["line"] for one in told], lines)
        self.assertEqual({one["sensor"] for one in told}, {"mx"})

    def test_json_is_that_of_pop3dump(self):
        log = self.log_of(CAPTURE, "mx")
        lines, _ = self.fleet([log], "--json")
        own = [json.loads(line) for line in log.read_text().splitlines()]
        own = [event for event in own if event["event"] in ("threshold_warning", "alert")]
        theirs = [json.loads(line) for line in lines]
        for event in theirs:
            self.assertEqual(event.pop("sensor"), "mx")
            event["line"] = event["line"].replace(" #mx-", " #")
        for event in own:
            for member in ("phase", "request_frame"):
                event.pop(member, None)
        self.assertEqual(theirs, own)

    def test_top_of_a_hostile_server(self):
        """It has what it likes, and a terminal shows it."""
        log = self.log_of(CAPTURE, "mx")
        self.fleet([log])
        copy = "redis.call('HSET', KEYS[1], 'time:' .. ARGV[1], redis.call('HGET', KEYS[1], 'time:mx'))"
        self.server.ask("EVAL", copy, 1, "pop3fleet:{fleet}:sensors", "\x1b[2J")
        self.server.ask("HSET", "pop3fleet:{fleet}:sensors", "counts:\x1b[2J", "")
        out, _ = run(support.POP3FLEET, "--server", self.server.url, "--top")
        self.assertNotIn("\x1b", out)
        self.assertRegex(out, r"(?m)\[2J +0 +0 +\d+s$")

    def test_top(self):
        self.fleet([self.log_of(CAPTURE, "mx")])
        out, _ = run(support.POP3FLEET, "--server", self.server.url, "--top")
        rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
        self.assertEqual(rows["10.77.0.2"][:3], ["14", "8", "1"])
        self.assertEqual(rows["alice"][:2], ["1", "8"])
        self.assertEqual(rows["mx"][:2], ["40", "23"])

    def test_who_has_something_to_send_is_waited_for(self):
        """Also where the log ends behind its only event."""
        whole = self.log_of(CAPTURE, "mx").read_text().splitlines(keepends=True)
        log = self.folder / "one.json"
        log.write_text(next(line for line in whole if '"status":"ERR"' in line))
        with subprocess.Popen([support.CLI, "-s", self.server.socket, "MONITOR"], stdout=subprocess.PIPE,
                              text=True) as monitor:
            self.assertEqual(monitor.stdout.readline().strip(), "OK")
            self.fleet([log])
            self.server.ask("ECHO", "no more of it")
            calls = []
            for line in monitor.stdout:
                if '"FCALL"' in line:
                    calls.append(shlex.split(line.split("] ", 1)[1]))
                elif "no more of it" in line:
                    break
            monitor.terminate()
        judged = next(i for i, call in enumerate(calls) if call[1].endswith("_judge"))
        self.assertEqual(calls[judged - 1][1].rsplit("_", 2)[1:], ["send", "until"])
        self.assertEqual(calls[judged - 1][7], "1", calls[judged - 1])

    def test_a_second_run_takes_over(self):
        log = self.log_of(CAPTURE, "mx")
        first = self.start_fleet([log], "-o", self.folder / "first.log")
        self.eventually(lambda: lines_of(self.folder / "first.log"), "the first one warns")
        second = self.start_fleet([log], "-o", self.folder / "second.log")
        _, err = first.communicate(timeout=support.SECONDS)
        self.assertEqual(first.returncode, 1)
        self.assertIn("another pop3fleet goes on as this sensor", err)
        self.assertIsNone(second.poll())

    def test_hup_and_term(self):
        log, out = self.log_of(CAPTURE, "mx"), self.folder / "out.log"
        whole = log.read_bytes()
        half = whole.rfind(b"\n", 0, len(whole) // 2) + 1
        log.write_bytes(whole[:half])
        fleet = self.start_fleet([log], "-o", out)
        self.eventually(lambda: lines_of(out), "warnings")
        time.sleep(1.5)
        out.rename(out.with_suffix(".log.1"))
        fleet.send_signal(signal.SIGHUP)
        self.eventually(out.exists, "the new file")
        with open(log, "ab") as more:
            more.write(whole[half:])
        expected = warnings_of([CAPTURE])
        both = lambda: lines_of(f"{out}.1") + lines_of(out)
        self.eventually(lambda: len(both()) >= len(expected), "all warnings")
        fleet.send_signal(signal.SIGTERM)
        _, err = fleet.communicate(timeout=support.SECONDS)
        self.assertEqual((fleet.returncode, err), (0, ""))
        self.assertEqual(without_numbers(both()), expected)


class Shipping(FleetTest):
    """All events in another form, with the fleet's warnings in place of each sensor's own."""

    def test_with_and_without_a_server(self):
        log = self.log_of(CAPTURE, "mx")
        for form in ("eve", "zeek", "ecs", "ocsf"):
            with self.subTest(form=form):
                self.server.ask("FLUSHALL")
                with_server, _ = self.fleet([log], "--format", form)
                out, _ = run(support.POP3FLEET, "--once", "--format", form, f"mx={log}")
                # One sensor's warnings are the fleet's, which do not know their phase and command.
                plain = lambda lines: sorted(
                    json.dumps({key: value for key, value in json.loads(line).items() if key != "pop3ana"},
                               sort_keys=True) for line in lines)
                self.assertEqual(plain(with_server), plain(out.splitlines()))

    def test_each_event_once_whatever_dies(self):
        whole = self.log_of(CAPTURE, "mx").read_bytes()
        log, out = self.folder / "mx.log", self.folder / "out.json"
        log.write_bytes(whole)
        expected, _ = self.fleet([log], "--format", "ecs")
        for moment in range(1, 60, 3):
            self.server.ask("FLUSHALL")
            out.unlink(missing_ok=True)
            for piece in (1, 2):
                log.write_bytes(whole[: whole.rfind(b"\n", 0, len(whole) * piece // 2) + 1])
                words = self.fleet_words([log], "--once", "-o", out, "--format", "ecs")
                subprocess.run(words, capture_output=True, timeout=support.SECONDS, check=False, env={
                    **os.environ, "LD_PRELOAD": support.DIE_AT_CALL, "POP3ANA_TEST_DIE_AT": str(moment),
                    "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")})
                run(*words)
            self.assertEqual(lines_of(out), expected, f"moment {moment}")
