"""The plugin in Wireshark: names, Wireshark's own picture, all that shows events, windows."""
import collections
import csv
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

import support
from statistic_text import verdicts_of
from support import (GOLDEN, LOG, TIMEOUT_S, PluginTest, events_of, first_difference, pop3dump,
                     without_empty_lines)

FIELDS = {
    "session": "FT_UINT", "alert": "FT_STRING", "log": "FT_STRING", "event": "FT_STRING",
    "command": "FT_STRING", "argument": "FT_STRING", "status": "FT_STRING", "message": "FT_STRING",
    "login": "FT_STRING", "user": "FT_STRING", "password": "FT_STRING", "unexpected": "FT_STRING",
    "errors": "FT_UINT", "client": "FT_IPv4", "client6": "FT_IPv6", "server": "FT_IPv4",
    "server6": "FT_IPv6", "client_port": "FT_UINT16", "server_port": "FT_UINT16", "first_frame": "FT_FRAMENUM",
    "request_in": "FT_FRAMENUM", "response_in": "FT_FRAMENUM", "error_frame": "FT_FRAMENUM", "time": "FT_RELATIVE_TIME", "anomaly": "FT_STRING",
    "threshold": "FT_NONE", "login_failed": "FT_NONE", "unexpected_command": "FT_NONE",
}
PREFERENCES = ["ports", "alerts", "alert_limits", "trusted_proxies", "error_threshold", "alert_once", "expire",
               "ignore_commands", "peer", "redact", "midstream", "verify_checksums", "decrypted"]


class Loading(PluginTest):
    """The plugin is found, and has the names that others rely on."""

    def plugins(self, home):
        status, out, _ = home.run("tshark", "-G", "plugins")  # Those of capture interfaces may complain.
        self.assertEqual(status, 0)
        return out.decode()

    def test_is_listed(self):
        version = re.search(r"project\(pop3ana VERSION (\S+)",
                            (support.SOURCE / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
        rows = [line.split() for line in self.plugins(support.WITH).splitlines()]
        self.assertIn(["pop3ana.so", version], [row[:2] for row in rows])

    def test_is_not_there_without_it(self):
        self.assertNotIn("pop3ana", self.plugins(support.WITHOUT))

    def test_fields(self):
        types = {}
        for line in self.tshark("-G", "fields").decode("utf-8", "replace").splitlines():
            columns = line.split("\t")
            if columns[0] == "F" and columns[4] == "pop3ana":
                types[columns[2]] = columns[3]
        for name, kind in FIELDS.items():
            with self.subTest(name):
                self.assertTrue(types.get(f"pop3ana.{name}", "").startswith(kind),
                                types.get(f"pop3ana.{name}"))
        anomalies = [name for name in types if name.startswith("pop3ana.anomaly.")]
        self.assertGreaterEqual(len(anomalies), 12)

    def test_preferences_have_a_sentence_each(self):
        text = self.tshark("-G", "defaultprefs").decode()
        for name in PREFERENCES:
            with self.subTest(name):
                found = re.search(rf"((?:^# .*\n)+)^#?pop3ana\.{name}: ?(.*)$", text, re.MULTILINE)
                self.assertTrue(found)
                self.assertGreater(len(found.group(1).split()), 4)

    def test_profile(self):
        capture = GOLDEN["s06_wrongpass_threshold"]
        status, out, said = support.WITH.run("tshark", "-C", "POP3 analysis", "-r", capture.path)
        self.assertEqual((status, said), (0, ""))
        rows = self.rows(capture, "pop3ana.session", "pop3ana.alert.summary")
        lines = out.decode().splitlines()
        self.assertEqual(len(lines), len(rows))
        for line, (session, alert) in zip(lines, rows):
            for value in {*session, *alert}:
                self.assertIn(value, line)
        self.assertEqual(self.read(capture, "-C", "POP3 analysis", *LOG), self.read(capture, *LOG))

    def test_macros_of_the_profile(self):
        """Ours, and Wireshark's own, which the files of the profile would replace."""
        capture = GOLDEN["s06_wrongpass_threshold"]
        for macro, wanted in {"${pop3_session:2}": "pop3ana.session == 2",
                              "${pop3_user:alice}": 'pop3ana.login && pop3ana.user == "alice"',
                              "${private_ipv4:ip.src}": "ip"}.items():
            with self.subTest(macro):
                frames = self.read(capture, "-C", "POP3 analysis", "-Y", macro)
                self.assertTrue(frames)
                self.assertEqual(frames, self.read(capture, "-C", "POP3 analysis", "-Y", wanted))

    def test_graphs_of_the_profile(self):
        """The file has the columns of 4.0, and releases know its filters; see Screenshots, too."""
        text = (support.SOURCE / "wireshark-plugin/profile/io_graphs").read_text(encoding="utf-8")
        graphs = [row for row in csv.reader(text.splitlines()) if not row[0].startswith("#")]
        self.assertGreaterEqual(len(graphs), 3)
        for graph in graphs:
            with self.subTest(graph):
                self.assertEqual(len(graph), 9)
                which = graph[2].replace(r"\x22", '"')
                self.assertTrue(self.read(GOLDEN["s06_wrongpass_threshold"], "-Y", which))

    def test_profile_without_the_plugin(self):
        """Its rules are left out, with a warning each; nothing fails."""
        profiles = support.WITHOUT.path / ".config/wireshark/profiles"
        shutil.copytree(support.SOURCE / "wireshark-plugin/profile", profiles / "POP3 analysis")
        self.addCleanup(shutil.rmtree, profiles)
        arguments = ["-r", GOLDEN["s06_wrongpass_threshold"].path, "--color"]
        status, out, said = support.WITHOUT.run("tshark", "-C", "POP3 analysis", *arguments)
        self.assertEqual(status, 0)
        self.assertEqual(len(out.splitlines()), len(self.tshark(*arguments).splitlines()))
        self.assertEqual(set(re.findall(r'Could not compile "(\w+)', said)), {"POP3"})


class OwnPicture(PluginTest):
    """What Wireshark says itself is the same with the plugin and without it."""

    NAMES = ["s06_wrongpass_threshold", "s07_mpop_pipelining_auths", "s40_loss5_client_side",
             "s10_stls_curl_keylog_lo_dsb", "v12b_ipv4_fragments_reversed_dup",
             "s11_pop3s_curl_keylog_lo_dsb"]

    def check(self, *arguments, change=lambda printed: printed):
        def attempt(capture):
            with_it, without_it = [change(self.read(capture, *arguments, home=home))
                                   for home in (support.WITH, support.WITHOUT)]
            sums = [hashlib.sha256(printed).hexdigest() for printed in (with_it, without_it)]
            self.assertEqual(*sums, first_difference(without_it, with_it))
            self.assertTrue(with_it)

        self.for_each([GOLDEN[name] for name in self.NAMES], attempt)

    def test_packet_list(self):
        self.check()

    def test_fields(self):
        """All fields of pop and imf, and what other protocols say about their frames."""
        names = ["frame.protocols", "_ws.col.Protocol", "_ws.col.Info", "tcp.stream",
                 "tcp.analysis.flags", "tcp.reassembled_in", "tcp.pdu.size"]
        known = self.tshark("-G", "fields", home=support.WITHOUT).decode("utf-8", "replace")
        for line in known.splitlines():
            columns = line.split("\t")
            if columns[0] == "F" and columns[2].startswith(("pop.", "imf.")):
                names.append(columns[2])
        self.assertGreater(len(names), 100)
        arguments = [argument for name in names for argument in ("-e", name)]
        for passes in ([], ["-2"]):
            self.check(*passes, "-T", "fields", *arguments)

    def test_trees(self):
        """All of them, field by field, but that of the plugin."""
        def change(printed):
            root = xml.etree.ElementTree.fromstring(printed)
            for packet in root.iter("packet"):
                for tree in packet.findall("proto[@name='pop3ana']"):
                    packet.remove(tree)
            root.attrib.pop("time")
            text = xml.etree.ElementTree.tostring(root, encoding="unicode")
            return xml.etree.ElementTree.canonicalize(text, strip_text=True).encode()

        self.check("-T", "pdml", change=change)

    def test_taps(self):
        self.check("-q", "-z", "follow,tcp,ascii,0", "-z", "conv,tcp")
        self.check("-q", "-z", "credentials")

    def test_exported_mails(self):
        counts = {}

        def attempt(capture):
            saved = []
            for home in (support.WITH, support.WITHOUT):
                folder = home.path / "files" / f"{capture.path.name}.objects"
                self.read(capture, "-q", "--export-objects", f"imf,{folder}", home=home)
                saved.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                              for path in folder.glob("*")})
            self.assertEqual(*saved)
            counts[capture.path.name] = len(saved[0])

        self.for_each([GOLDEN[name] for name in self.NAMES], attempt)
        self.assertGreater(sum(counts.values()), 10)


class Readers(PluginTest):
    """Whatever asks for events, and however little else is asked for, gets them all."""

    NAME = "s06_wrongpass_threshold"

    @classmethod
    def setUpClass(cls):
        cls.capture = GOLDEN[cls.NAME]
        cls.events = events_of(cls.capture)
        cls.kinds = collections.Counter(event["event"] for event in cls.events)
        cls.alerting = sorted({event["frame"] for event in cls.events
                               if event["event"] == "threshold_warning"})

    def test_expert_information_alone(self):
        wanted = [self.kinds[kind] for kind in ("threshold_warning", "login_failure", "unexpected")]
        for passes in ([], ["-2"]):
            out = self.read(self.capture, *passes, "-q", "-z", "expert").decode()
            self.assertEqual(verdicts_of(out), wanted)
        out = self.read(self.capture, "-q", "-z", "expert,warn").decode()
        self.assertEqual(verdicts_of(out), [wanted[0], 0, 0])
        out = self.read(self.capture, "-q", "-z", "expert,note,pop3ana.client == 10.77.0.6").decode()
        kinds = collections.Counter(event["event"] for event in self.events
                                    if event["id.orig_h"] == "10.77.0.6")
        self.assertEqual(verdicts_of(out), [kinds["threshold_warning"], kinds["login_failure"], 0])

    def test_expert_fields(self):
        out = self.read(self.capture, "-T", "fields", "-e", "_ws.expert.message").decode()
        self.assertEqual(out.count("threshold"), self.kinds["threshold_warning"])
        for which in ("_ws.expert.severity == Warning", '_ws.expert.message contains "threshold"'):
            out = self.read(self.capture, "-Y", which, "-T", "fields", "-e", "frame.number")
            self.assertEqual([int(number) for number in out.split()], self.alerting)

    def test_columns(self):
        layout = 'gui.column.format:"No.","%m","Expert","%a","Alert","%Cus:pop3ana.alert:0:R"'
        out = self.read(self.capture, "-o", layout).decode()
        lines = [line.split(None, 2) for line in out.splitlines()]
        alert = "error count exceeds threshold"
        self.assertEqual([int(line[0]) for line in lines if line[2:] == [alert]], self.alerting)
        self.assertEqual([int(line[0]) for line in lines if line[1:2] == ["Warning"]], self.alerting)
        layout = 'gui.column.format:"No.","%m","Session","%Cus:pop3ana.session:0:R"'
        lines = [line.split() for line in self.read(self.capture, "-o", layout).decode().splitlines()]
        shown = {int(line[0]): int(line[1]) for line in lines if len(line) == 2}
        of_events = {event["frame"]: event["session"] for event in self.events}
        self.assertEqual({frame: shown.get(frame) for frame in of_events}, of_events)
        self.assertGreater(len(shown), len(of_events))  # The other frames of the sessions, too.

    def test_severity_column_alone(self):
        """Nothing asks for the tree; on the first visit, and on the second."""
        noted = {event["frame"] for event in self.events
                 if event["event"] in ("login_failure", "unexpected")} - set(self.alerting)
        for passes in ([], ["-2"]):
            out = self.read(self.capture, *passes, "-o", 'gui.column.format:"No.","%m","Expert","%a"').decode()
            shown = dict(line.split() for line in out.splitlines() if len(line.split()) == 2)
            self.assertEqual([int(frame) for frame in shown if shown[frame] == "Warning"], self.alerting)
            self.assertEqual({shown.get(str(frame)) for frame in noted}, {"Note"})

    def test_one_protocol_of_the_tree(self):
        wanted = [event["line"] for event in self.events if "line" in event]
        text = self.read(self.capture, "-O", "pop3ana").decode()
        self.assertEqual(re.findall(r"^\s+\[?Log: (.*?)\]?$", text, re.MULTILINE), wanted)
        out = self.read(self.capture, "-T", "ek", "-J", "pop3ana").decode()
        self.assertEqual(sum(" WARNING: " in line for line in out.splitlines()), len(self.alerting))

    def test_filters_of_other_taps(self):
        for which, wanted in {"pop3ana.alert": len(self.alerting),
                              "pop3ana.threshold": len(self.alerting)}.items():
            out = self.read(self.capture, "-q", "-z", f"io,stat,0,{which}").decode()
            self.assertEqual(re.findall(r"<>[^|]*\| *(\d+) \|", out), [str(wanted)], out)

    def test_read_filter(self):
        """The log is that of the packets read: here it is all the same, TCP is all there is."""
        out = self.read(self.capture, "-2", "-R", "tcp", *LOG)
        self.assertEqual(without_empty_lines(out), pop3dump(self.capture)[0])

    def test_saved_by_filter(self):
        saved = support.WITH.path / "files/alerts.pcapng"
        self.assertEqual(self.read(self.capture, "-Y", "pop3ana.threshold", "-w", str(saved)), b"")
        self.assertEqual(len(self.tshark("-r", saved).splitlines()), len(self.alerting))

    def test_colours(self):
        out = self.read(self.capture, "-C", "POP3 analysis", "--color", "-T", "fields", "-e",
                        "frame.number", "-e", "frame.coloring_rule.name").decode()
        lines = [line.split("\t") for line in out.splitlines()]
        self.assertEqual([int(number) for number, rule in lines if rule == "POP3 alert"], self.alerting)
        failed = {event["frame"] for event in self.events if event["event"] == "login_failure"}
        self.assertEqual({int(number) for number, rule in lines if rule == "POP3 login failed"},
                         failed - set(self.alerting))
        defaults = self.read(self.capture, "--color", "-T", "fields", "-e", "frame.number", "-e",
                             "frame.coloring_rule.name", home=support.WITHOUT).decode().splitlines()
        others = [line for line in out.splitlines() if "\tPOP3 " not in line]
        self.assertEqual([line for line in defaults if line in others], others)
        self.assertEqual(len({line.split("\t")[1] for line in others}), 2)


class Screenshots(PluginTest):
    """The windows of Wireshark itself; tests/wireshark/screenshots says what it needs."""

    def test_windows(self):
        with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
            done = subprocess.run([support.SOURCE / "tests/wireshark/screenshots", support.PLUGIN,
                                   support.SOURCE / "wireshark-plugin/profile",
                                   GOLDEN["s06_wrongpass_threshold"].path, folder],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            for name in ("packets", "expert", "statistic", "graphs", "menu"):
                with self.subTest(name):
                    content = (pathlib.Path(folder) / f"{name}.png").read_bytes()
                    self.assertTrue(content.startswith(b"\x89PNG"))
                    self.assertGreater(len(content), 10000)
