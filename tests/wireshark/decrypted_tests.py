"""POP3 that Wireshark has decrypted."""
import collections
import re
import subprocess

import clear_text
import support
from statistic_text import parse_statistic
from support import CAPTURES, GOLDEN, LOG, PluginTest, more_captures, pop3dump, without_empty_lines


class Decrypted(PluginTest):
    """POP3S and POP3 after STLS, with the keys at hand, look as in clear text."""

    ON = ["-o", "pop3ana.decrypted:TRUE"]
    NAMES = ["s10_stls_curl_keylog_lo", "s11_pop3s_curl_keylog_lo", "s12_stls_pop3s_python_keylog_veth"]

    @classmethod
    def setUpClass(cls):
        cls.cases = []  # capture, and the arguments that bring its keys
        for capture in CAPTURES:
            name = capture.path.name.split(".")[0]
            keys = more_captures() / "real" / f"{name}.keys"
            if name.removesuffix("_dsb") in cls.NAMES and name.endswith("_dsb"):
                cls.cases.append((capture, cls.ON))
            elif name in cls.NAMES and keys.exists():
                keys = support.WITH.readable(keys)
                cls.cases.append((capture, [*cls.ON, "-o", f"tls.keylog_file:{keys}"]))
        cls.logs = {}

    def log(self, capture, *arguments):
        key = (capture.path, *arguments)
        if key not in self.logs:
            out = without_empty_lines(self.read(capture, *arguments, *LOG))
            self.logs[key] = out.decode().splitlines()
        return self.logs[key]

    def for_all(self, check):
        self.assertTrue(self.cases)
        for capture, arguments in self.cases:
            with self.subTest(capture.path.name):
                check(capture, arguments)

    def test_without_keys_nothing_changes(self):
        for name in ("s06_wrongpass_threshold", "s12_stls_pop3s_python_keylog_veth",
                     "v08_geneve_options"):
            with self.subTest(name):
                self.assert_same_log(GOLDEN[name], self.ON)

    def test_switched_off(self):
        self.for_all(lambda capture, keys: self.assert_same_log(capture, keys[2:]))

    def test_says_what_wireshark_decrypted(self):
        """In encrypted frames, commands and statuses are those that Wireshark's own dissector shows."""
        def check(capture, arguments):
            rows = self.rows(capture, "frame.number", "tls.record.content_type", "pop.request.command",
                             "pop.response.indicator", "pop3ana.command", "pop3ana.status",
                             "pop3ana.event", more=arguments)
            requests = statuses = 0
            for frame, encrypted, command, indicator, own_command, own_status, own_event in rows:
                if not encrypted:
                    continue
                if command and command[0].upper() in ("USER", "PASS", "RETR", "LIST", "QUIT", "CAPA"):
                    requests += 1
                    self.assertIn(command[0].upper(), own_command, f"frame {frame}")
                    self.assertTrue({"request", "unexpected"} & set(own_event), f"frame {frame}")
                if indicator and indicator[0] in ("+OK", "-ERR"):
                    statuses += 1
                    self.assertIn(indicator[0][1:], own_status, f"frame {frame}")
            self.assertGreater(requests, 5)
            self.assertGreater(statuses, 5)

        self.for_all(check)

    def test_log(self):
        """The lines in clear text stay, logins are found, nothing is odd, numbers have no holes."""
        def check(capture, arguments):
            clear = pop3dump(capture)[0].decode().splitlines()
            log = self.log(capture, *arguments)

            def text(lines):
                return collections.Counter(line.split(" ", 2)[2] for line in lines)

            self.assertEqual(text(clear) - text(log), collections.Counter())
            more = list((text(log) - text(clear)).elements())
            self.assertTrue([line for line in more if line.startswith("> login successful: user ")])
            self.assertFalse([line for line in more if "not allowed in other state" in line])
            numbers = [int(line.split()[1][1:]) for line in log if line.endswith(": new connection")]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
            self.assertEqual(log, sorted(log, key=lambda line: line.split()[0]))

        self.for_all(check)

    def test_two_passes(self):
        self.for_all(lambda capture, arguments: self.assertEqual(self.log(capture, "-2", *arguments),
                                                                 self.log(capture, *arguments)))

    def test_like_clear_text(self):
        """The lines are those of pop3dump for a capture of what was said inside TLS."""
        def texts(log):
            """The lines of each session without times, numbers and the port of the server."""
            by_session = collections.defaultdict(list)
            for line in log:
                _, number, line = line.split(" ", 2)
                by_session[number].append(re.sub(r"/(110|995)(?=:| WARNING)", "", line))
            return {lines[0]: lines for lines in by_session.values()}

        def check(capture, arguments):
            streams = {row[0][0] for row in self.rows(capture, "tcp.stream")}
            taps = [word for stream in streams for kind in ("tcp", "tls")
                    for word in ("-z", f"follow,{kind},raw,{stream}")]
            out = self.read(capture, "-q", *arguments, *taps).decode()
            path = support.WITH.path / "files" / f"{capture.path.name}.clear.pcap"
            self.assertEqual(clear_text.write_clear_text(out, path), len(streams))
            done = subprocess.run([support.POP3DUMP, "-q", "-r", path], capture_output=True, check=True)
            wanted = texts(done.stdout.decode().splitlines())
            shown = texts(self.log(capture, *arguments))
            for lines in shown.values():
                if "> STLS " in lines and "> STLS " not in wanted[lines[0]]:
                    lines.remove("> STLS ")  # It was accepted; its reply is not in the log.
            self.assertEqual(list(shown), list(wanted))
            for first, lines in wanted.items():
                self.assertEqual(shown[first], lines)

        self.for_all(check)

    def test_key_log_and_secrets_block_agree(self):
        logs = {capture.path.name.split(".")[0]: self.log(capture, *arguments)
                for capture, arguments in self.cases}
        for name in self.NAMES:
            if name in logs and name + "_dsb" in logs:
                with self.subTest(name):
                    self.assertEqual(logs[name], logs[name + "_dsb"])

    def test_statistic(self):
        def check(capture, arguments):
            log = self.log(capture, *arguments)
            out = self.read(capture, "-q", *arguments, "-z", "pop3ana,stat").decode()
            total = parse_statistic(out)[1]["All clients"]
            self.assertEqual(total[0], sum(line.endswith(": new connection") for line in log))
            self.assertEqual(total[1], sum("> login successful: " in line for line in log))

        self.for_all(check)
