"""The server behind TLS: who is believed to be it, and who is not.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import shutil
import socket
import subprocess

import support
from support import FleetTest, warnings_of, without_numbers

CAPTURE = support.pathlib.Path(__file__).resolve().parents[1] / "golden/real/s06_wrongpass_threshold.pcap"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


class Tls(FleetTest):
    """A server whose certificate is of 127.0.0.1 and localhost. It listens on 127.0.0.2 as well."""

    def start_server(self, *options):
        if not shutil.which("openssl"):
            self.skipTest("there is no openssl")
        for name in ("ca", "other-ca"):
            self.openssl("req", "-x509", *NEW_KEY, "-keyout", self.folder / f"{name}.key",
                         "-out", self.folder / f"{name}.pem", "-subj", f"/CN={name} of the tests")
        self.openssl("req", *NEW_KEY[:-2], "-keyout", self.folder / "server.key", "-out", self.folder / "server.csr",
                     "-subj", "/CN=a server of the tests")
        names = self.folder / "names"
        names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        self.openssl("x509", "-req", "-in", self.folder / "server.csr", "-CA", self.folder / "ca.pem",
                     "-CAkey", self.folder / "ca.key", "-set_serial", 1, "-days", 2, "-extfile", names,
                     "-out", self.folder / "server.pem")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        return super().start_server(
            "--save", "", "--bind", "127.0.0.1", "127.0.0.2", "--tls-port", str(self.port), "--tls-auth-clients", "no",
            "--tls-ca-cert-file", str(self.folder / "ca.pem"), "--tls-cert-file", str(self.folder / "server.pem"),
            "--tls-key-file", str(self.folder / "server.key"))

    @staticmethod
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=support.SECONDS)

    def fleet_at(self, host, authority, *, scheme="rediss", status=0):
        """What one run writes and says."""
        url = f"{scheme}://{host}:{self.port}"
        log = self.log_of(CAPTURE, "mx")
        command = [support.POP3FLEET, "--server", url, "--key-file", self.key, "--once",
                   "--ca-file", self.folder / f"{authority}.pem", f"mx={log}"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=support.SECONDS,
                              check=False)
        self.assertLessEqual(len(done.stderr.splitlines()), 1)
        if scheme == "rediss" and "has no TLS" in done.stderr:
            self.assertEqual((done.returncode, done.stderr),
                             (1, f"pop3fleet: {url}: this build has no TLS: it takes hiredis 1.0 and OpenSSL\n"))
            self.skipTest("pop3fleet is built without TLS (hiredis before 1.0)")
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.splitlines(), done.stderr

    def test_the_right_one(self):
        """By its address and by its name; each run counts in a database that is empty."""
        for host in ("127.0.0.1", "localhost"):
            with self.subTest(host=host):
                self.server.ask("FLUSHALL")
                lines, err = self.fleet_at(host, "ca")
                self.assertEqual((without_numbers(lines), err), (warnings_of([CAPTURE]), ""))

    def test_another_authority(self):
        for authority in ("other-ca", "server"):  # a certificate is no authority of its own
            with self.subTest(authority=authority):
                lines, err = self.fleet_at("127.0.0.1", authority, status=1)
                self.assertEqual(lines, [])
                self.assertTrue(err.startswith(f"pop3fleet: rediss://127.0.0.1:{self.port}: its certificate is not "
                                               "valid here: "), err)
                self.assertTrue(err.endswith(" (--ca-file FILE names who may sign it)\n"), err)

    def test_another_name(self):
        lines, err = self.fleet_at("127.0.0.2", "ca", status=1)
        self.assertEqual(lines, [])
        self.assertEqual(err, f"pop3fleet: rediss://127.0.0.2:{self.port}: its certificate is not of 127.0.0.2: "
                              "--server has to give a name that it is of\n")

    def test_no_authority(self):
        for file, reason in (("none", "No such file"), ("ca.key", "")):
            with self.subTest(file=file):
                shutil.copy(self.folder / "ca.key", self.folder / "ca.key.pem")
                _, err = self.fleet_at("127.0.0.1", file, status=1)
                self.assertTrue(err.startswith(f"pop3fleet: --ca-file {self.folder / file}.pem: "), err)
                self.assertIn(reason.lower(), err.lower())

    def test_no_tls_where_there_is_some(self):
        _, err = self.fleet_at("127.0.0.1", "ca", scheme="redis", status=1)
        self.assertIn(f"redis://127.0.0.1:{self.port}: ", err)

    def test_nothing_is_sent_in_the_clear(self):
        """Nor to one without TLS: neither a password nor a client."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(support.SECONDS)
            self.port = listener.getsockname()[1]
            password = self.folder / "password"
            password.write_text("a password of the tests\n")
            with subprocess.Popen([support.POP3FLEET, "--server", f"rediss://127.0.0.1:{self.port}", "--key-file",
                                   str(self.key), "--password-file", str(password), "--once", "--ca-file",
                                   str(self.folder / "ca.pem"), f"mx={self.log_of(CAPTURE, 'mx')}"],
                                  stderr=subprocess.PIPE, text=True) as fleet:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(support.SECONDS)
                    sent = connection.recv(4096)
                # Without TLS it ends by itself.
                if sent:
                    fleet.kill()
                _, err = fleet.communicate(timeout=support.SECONDS)
        if not sent and "has no TLS" in err:
            self.skipTest("pop3fleet is built without TLS (hiredis before 1.0)")
        self.assertEqual(sent[:2], b"\x16\x03")  # a handshake: RFC 8446 section 5.1
        self.assertNotIn(b"password", sent)
