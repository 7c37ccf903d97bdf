"""Test cases in which pop3dump watches hosts of namespaces talk to each other.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from mail_servers import TIMEOUT_S, wait_until
from namespaces import Host

LAST = "USER nobody-comes-after-me"


class Watched(unittest.TestCase):
    """pop3dump on interfaces of one host, clients on others."""

    POP3DUMP = ""  # from the command line
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="real-servers-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)

    def host(self, role):
        host = Host(role)
        self.addCleanup(host.close)
        return host

    def start_pop3dump(self, host, *interfaces, ports="110", more=()):
        self.log = self.folder / "pop3dump.log"
        self.errors = open(self.folder / "pop3dump.errors", "w+", encoding="utf-8")
        self.addCleanup(self.errors.close)
        options = [word for name in interfaces for word in ("-i", name)]
        self.pop3dump = host.start(self.POP3DUMP, "-Z", "nobody", *options, "--port", ports, "-v", "-l",
                                   "-o", self.log, *more, stderr=self.errors)
        self.addCleanup(self.pop3dump.wait)
        self.addCleanup(self.pop3dump.kill)
        wait_until(lambda: all(f"listening on {name}" in self.said() for name in interfaces),
                   "pop3dump's start")

    def said(self):
        return pathlib.Path(self.errors.name).read_text(encoding="utf-8")

    def stop_pop3dump(self, *last, lines):
        """Its log. `last` are hosts and the places to which they make a last connection, so that the log
        has its line when pop3dump has seen all that came before; `lines` is how often that line comes."""
        for host, place in last:
            self.talk(host, [(place, [[LAST], ["QUIT"]])])
        wait_until(lambda: self.log.read_text(encoding="utf-8").count(f"> {LAST}\n") == lines,
                   "the last line of pop3dump")
        self.pop3dump.terminate()
        self.assertEqual(self.pop3dump.wait(TIMEOUT_S), 0, self.said())
        return self.log.read_text(encoding="utf-8")

    def talk(self, host, connections):
        """`connections` as pop3_client.py takes them."""
        client = pathlib.Path(__file__).with_name("pop3_client.py")
        self.client(host, sys.executable, client, stdin=json.dumps(connections).encode())

    def client(self, host, *words, expected=(0,), stdin=b""):
        done = host.run(*words, check=False, input=stdin, capture_output=True)
        self.assertIn(done.returncode, expected, f"{words}: {done.stdout} {done.stderr}")
        return done
