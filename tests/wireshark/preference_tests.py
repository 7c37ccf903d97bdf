"""The plugin's preferences."""
import re

import support
from support import GOLDEN, LOG, Home, PluginTest, events_of, pop3dump, without_empty_lines


class Preferences(PluginTest):
    """Each has the effect of pop3dump's option, and no bad value passes."""

    def same(self, names, preferences, options):
        arguments = [word for preference in preferences for word in ("-o", f"pop3ana.{preference}")]
        for name in names:
            with self.subTest(name=name, preferences=preferences):
                self.assert_same_log(GOLDEN[name], arguments, options)
        changed = [pop3dump(GOLDEN[name], *options)[0] != pop3dump(GOLDEN[name])[0] for name in names]
        self.assertTrue(all(changed), "the option changes nothing here")

    def test_ports(self):
        capture = GOLDEN["v21_port_1110"]
        wanted = pop3dump(capture)[0]
        self.assertTrue(wanted)
        plain = ["-r", capture.path, *LOG]
        for ports in ("1110", "110,1110", "1000-1200", "995,1100-1120,5"):
            with self.subTest(ports):
                out = self.tshark("-o", f"pop3ana.ports:{ports}", *plain)
                self.assertEqual(without_empty_lines(out), wanted)
        self.assertEqual(without_empty_lines(self.tshark(*plain)), b"")
        capture = GOLDEN["s06_wrongpass_threshold"]
        other = ["-o", "pop3ana.ports:1110", "-d", "tcp.port==110,imap"]
        self.assertEqual(self.read(capture, *other, "-Y", "pop3ana"), b"")

    def test_auto(self):
        capture = GOLDEN["v21_port_1110"]
        wanted = pop3dump(capture)[0]
        plain = ["-r", capture.path, *LOG]
        for ports in ("auto", "110,auto", "995, auto"):
            with self.subTest(ports):
                out = self.tshark("-o", f"pop3ana.ports:{ports}", *plain)
                self.assertEqual(without_empty_lines(out), wanted)
        # The frames before the decision have the number, too.
        numbers = ["-T", "fields", "-e", "pop3ana.session"]
        self.assertEqual(self.tshark("-o", "pop3ana.ports:auto", "-r", capture.path, "-2", *numbers),
                         self.tshark("-o", "pop3ana.ports:1110", "-r", capture.path, "-2", *numbers))

    def test_ports_of_wireshark(self):
        """What Wireshark dissects as POP, by preference or by Decode As, is analysed."""
        capture = GOLDEN["v21_port_1110"]
        wanted = pop3dump(capture)[0]
        plain = ["-r", capture.path, *LOG]
        for arguments in (["-d", "tcp.port==1110,pop"], ["-o", "pop.tcp.port:1110"],
                          ["-o", "pop.tcp.port:110,1100-1120"],
                          ["-o", "pop3ana.ports:5", "-d", "tcp.port==1110,pop"]):
            with self.subTest(arguments):
                self.assertEqual(without_empty_lines(self.tshark(*arguments, *plain)), wanted)
        self.assertEqual(without_empty_lines(self.tshark("-d", "tcp.port==1110,imap", *plain)), b"")

    def test_error_threshold(self):
        for value in ("0", "1", "4294967295"):
            self.same(["c164_threshold_interleaved_clients", "s06_wrongpass_threshold"],
                      [f"error_threshold:{value}"], ["--error-threshold", value])

    def test_alert_once(self):
        self.same(["c164_threshold_interleaved_clients", "s06_wrongpass_threshold"],
                  ["alert_once:TRUE"], ["--alert-once"])

    def test_ignore_commands(self):
        self.same(["c158_stat_ignored", "c161_stat_pipelined"], ["ignore_commands:"],
                  ["--ignore-commands="])
        self.same(["s16_clean_veth4"], ["ignore_commands:retr,LIST,noop"],
                  ["--ignore-commands", "retr,LIST,noop"])
        self.same(["s06_wrongpass_threshold"], ["ignore_commands:OK,ERR"],
                  ["--ignore-commands", "OK,ERR"])

    def test_midstream(self):
        self.same(["s49_midstream_start", "v16d_drop_handshakes"], ["midstream:FALSE"],
                  ["--no-midstream"])

    def test_redact(self):
        names = ["s03_apop_poplib_netpop3_mpop", "s04_auth_plain_ir_noir",
                 "s05_auth_login_cram_digest_anon", "s06_wrongpass_threshold"]
        self.same(names, ["redact:TRUE"], ["--redact"])
        for name in names:
            with self.subTest(name):
                secrets = {event["password"] for event in events_of(GOLDEN[name])
                           if len(event.get("password") or "") > 3}
                out = self.read(GOLDEN[name], "-o", "pop3ana.redact:TRUE", "-T", "json", "-J",
                                "pop3ana").decode()
                shown = " ".join(re.findall(r'"pop3ana\.[^"]*": "(.*)"', out))
                self.assertIn("<redacted>", shown)
                users = {event.get("user") for event in events_of(GOLDEN[name])}
                for secret in secrets - users - {"<not seen>"}:
                    self.assertNotIn(secret, shown)

    def test_expire(self):
        name = "c172_expiry_touched_by_errors_only"
        self.same([name], ["expire:1000"], ["--expire", "1000"])
        self.assert_same_log(GOLDEN[name], ["-o", "pop3ana.expire:4294967295"],
                             ["--expire", "5000000"])

    def test_peer(self):
        self.same(["s06_wrongpass_threshold", "s17_clean_veth6"], ["peer:mx1"], ["--peer", "mx1"])

    def test_verify_checksums(self):
        self.same(["v23_some_bad_tcp_checksums"], ["verify_checksums:TRUE"], ["--verify-checksums"])

    def test_alert_limits(self):
        self.same(["s30_hydra_medusa_ncrack"], ["alerts:all", "alert_limits:guessing=2"],
                  ["--alerts", "all", "--alert-limits", "guessing=2"])

    def test_several(self):
        self.same(["s06_wrongpass_threshold"], ["redact:TRUE", "error_threshold:1",
                                                "ignore_commands:USER,STAT"],
                  ["--redact", "--error-threshold", "1", "--ignore-commands", "USER,STAT"])

    def test_bad_values(self):
        capture = GOLDEN["s06_wrongpass_threshold"]
        for name, values in {"ports": ["abc", "70000", "110;112", ""],
                             "error_threshold": ["x", "-1", "3x", "4294967296"],
                             "ignore_commands": ["NONSENSE", "STAT,NONSENSE", "STAT;RETR"],
                             "unknown": ["1"]}.items():  # Any word but TRUE is FALSE to Wireshark.
            for value in values:
                with self.subTest(name=name, value=value):
                    status, out, said = support.WITH.run(
                        "tshark", "-o", f"pop3ana.{name}:{value}", "-r", capture.path, *LOG)
                    self.assertIn(f"pop3ana.{name}", said)
                    self.assertLessEqual(len(said.splitlines()), 4)
                    if status == 0:  # Refused by the plugin, not by Wireshark.
                        self.assertEqual(without_empty_lines(out), pop3dump(capture)[0])

    def home_of_its_own(self):
        """A home, and the path of its preferences file."""
        home = Home(support.PLUGIN)
        self.addCleanup(home.folder.cleanup)
        folder = home.path / ".config/wireshark"
        folder.mkdir(parents=True, exist_ok=True)
        return home, folder / "preferences"

    def test_bad_values_in_the_file(self):
        """A broken preferences file costs the value, not the analysis."""
        home, file = self.home_of_its_own()
        capture = GOLDEN["s06_wrongpass_threshold"]
        for name, value in {"ports": "abc", "error_threshold": "x",
                            "ignore_commands": "NONSENSE"}.items():
            with self.subTest(name):
                file.write_text(f"pop3ana.{name}: {value}\n", encoding="utf-8")
                _, out, said = home.run("tshark", "-r", capture.path, *LOG)
                self.assertIn(f"pop3ana.{name}", said)
                self.assertEqual(without_empty_lines(out), pop3dump(capture)[0])
        file.write_text("pop3ana.error_threshold: 1\n", encoding="utf-8")
        _, out, said = home.run("tshark", "-r", capture.path, *LOG)
        self.assertEqual(said, "")
        self.assertEqual(without_empty_lines(out), pop3dump(capture, "--error-threshold", "1")[0])

    def test_a_bad_value_undoes_no_other(self):
        """Above all, passwords stay hidden; the message names the preference and the value."""
        home, file = self.home_of_its_own()
        capture = GOLDEN["s06_wrongpass_threshold"]
        wanted = pop3dump(capture, "--redact", "--error-threshold", "1", "--peer", "mx1")[0]
        self.assertIn(b"<redacted>", wanted)
        good = {"redact": "TRUE", "error_threshold": "1", "peer": "mx1"}
        for name, value in {"ports": "110,abc", "ignore_commands": "NONSENSE", "alerts": "errors,none",
                            "alert_limits": "guessing=x", "trusted_proxies": "10.0.0.0/33",
                            "expire": "0"}.items():
            values = {**good, name: value}
            options = [word for item in values.items() for word in ("-o", "pop3ana.%s:%s" % item)]
            lines = "".join("pop3ana.%s: %s\n" % item for item in values.items())
            for where, content, arguments in (("line", "", options), ("file", lines, [])):
                with self.subTest(name=name, where=where):
                    file.write_text(content, encoding="utf-8")
                    status, out, said = home.run("tshark", *arguments, "-r", capture.path, *LOG)
                    self.assertEqual(status, 0, said)
                    self.assertEqual(without_empty_lines(out), wanted)
                    self.assertRegex(said, f"pop3ana.{name}: '{re.escape(value.split(',')[-1])}'")
