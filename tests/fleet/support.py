"""Programs and servers that the tests of pop3fleet use.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

POP3DUMP = POP3FLEET = DIE_AT_CALL = ""  # from the command line
SERVER = shutil.which("valkey-server") or shutil.which("redis-server")
CLI = shutil.which("valkey-cli") or shutil.which("redis-cli")
SECONDS = 120  # for what should take a few
NUMBER = re.compile(r" #(?:[A-Za-z0-9._-]+-)?\d+ ")


def run(*words, status=0, **options):
    """Its standard output and error, as text."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=SECONDS, check=False,
                          **options)
    if done.returncode != status:
        raise AssertionError(f"status {done.returncode}: {' '.join(map(str, words))}\n{done.stderr}")
    return done.stdout, done.stderr


def dying_at(moment):
    """The environment of a run that kills itself at a moment of its calls (die_at_call.c). 0: at none."""
    return {**os.environ, "LD_PRELOAD": DIE_AT_CALL, "POP3ANA_TEST_DIE_AT": str(moment),
            "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}


def without_numbers(lines):
    """Sorted, since sensors write each on their own."""
    return sorted(NUMBER.sub(" ", line) for line in lines)


def warnings_of(captures, *options):
    """What one sensor warns of that sees all packets."""
    words = [word for capture in captures for word in ("-r", capture)]
    log = subprocess.run([POP3DUMP, "-q", "--alerts", "all", *options, *words],
                         capture_output=True, text=True, timeout=SECONDS, check=False).stdout
    return without_numbers(line for line in log.splitlines() if " WARNING: " in line)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class StateServer:
    """A server of a test's own, on a socket in a folder."""

    def __init__(self, folder, *options, config=()):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "server.sock"
        self.config = config  # files
        self.options = options or ("--save", "", "--appendonly", "no")
        self.process = None
        self.start()

    @property
    def url(self):
        return f"unix://{self.socket}"

    def start(self):
        self.process = subprocess.Popen(
            [SERVER, *map(str, self.config), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder),
             *self.options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + SECONDS
        while not self.answers():
            if time.monotonic() > deadline:
                raise AssertionError("the server does not start")
            time.sleep(0.01)

    def answers(self):
        return self.ask("PING") == "PONG"

    def ask(self, *words):
        done = subprocess.run([CLI, "-s", str(self.socket), *map(str, words)], capture_output=True, text=True,
                              check=False)
        return done.stdout.strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()


@unittest.skipUnless(SERVER, "there is no redis-server or valkey-server")
class FleetTest(unittest.TestCase):
    """A folder, a fleet key and a server for each test."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="fleet-")))
        self.key = self.folder / "key"
        shutil.copy(pathlib.Path(__file__).with_name("test.key"), self.key)
        self.server = self.start_server()

    def start_server(self, *options):
        server = StateServer(self.folder, *options)
        self.addCleanup(server.stop)
        return server

    def log_of(self, capture, name, *options):
        """The JSON log of a sensor that saw a capture."""
        log = self.folder / f"{name}.json"
        # Some captures are cut, which is status 1.
        subprocess.run([POP3DUMP, "-q", "--alerts", "all", "--json", "-r", capture, "-o", log, *options],
                       stderr=subprocess.DEVNULL, timeout=SECONDS, check=False)
        return log

    def fleet_words(self, logs, *options):
        return [POP3FLEET, "--server", self.server.url, "--key-file", str(self.key), *map(str, options),
                *(f"{log.stem}={log}" for log in logs)]

    def fleet(self, logs, *options, status=0):
        """The lines of one run of pop3fleet to the end of the logs."""
        out, err = run(*self.fleet_words(logs, "--once", *options), status=status)
        return out.splitlines(), err

    def start_fleet(self, logs, *options, **more):
        process = subprocess.Popen(self.fleet_words(logs, *options), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, **more)
        self.addCleanup(self.end, process)
        return process

    def terminate(self, process):
        """What it said."""
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 0, err)
        return err

    def finish(self, runs):
        """At once, since they wait for each other."""
        processes = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for words in runs]
        for process in processes:
            _, err = process.communicate(timeout=SECONDS)
            self.assertEqual((process.returncode, err), (0, ""))

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.communicate()
        process.stderr.close()

    def eventually(self, condition, what, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"not within {seconds} s: {what}")
            time.sleep(0.02)


def lines_of(path):
    return pathlib.Path(path).read_text().splitlines() if os.path.exists(path) else []
