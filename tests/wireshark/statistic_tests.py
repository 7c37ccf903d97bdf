"""The statistic in tshark and in sharkd."""
import collections
import datetime
import json
import re

import support
from conversation import Capture, Conversation
from statistic_text import (NO_CLIENT, NOT_ANALYSED, parse_statistic, parse_table, parse_tree, read_statistic,
                            statistic_of, tree_of)
from support import GOLDEN, PluginTest, events_of, lines_of
from table_checks import TABLES, TOTALS, TAPS, TableChecks, parse_tables


class Statistic(PluginTest):
    """-z pop3ana,stat with filters; without one: see Captures."""

    def statistic(self, capture, *arguments, which=""):
        tap = "pop3ana,stat" + (f",{which}" if which else "")
        out = self.read(capture, "-q", *arguments, "-z", tap).decode()
        shown, rows = parse_statistic(out)
        self.assertEqual(shown, which)
        return rows

    def test_two_passes(self):
        for name in ("s06_wrongpass_threshold", "s15_concurrent200_lo"):
            with self.subTest(name):
                wanted = statistic_of(events_of(GOLDEN[name]))
                self.assertEqual(self.statistic(GOLDEN[name], "-2"), wanted)

    def test_filter(self):
        capture = GOLDEN["s06_wrongpass_threshold"]
        events = events_of(capture)
        for which, condition in {
                "pop3ana.session == 2": lambda event: event["session"] == 2,
                "ip.addr == 10.77.0.3": lambda event: "10.77.0.3" in event["id.orig_h"],
                "frame.number <= 50": lambda event: event["frame"] <= 50,
                "pop3ana.alert": lambda event: event["frame"] in alerting}.items():
            alerting = {event["frame"] for event in events if event["event"] == "threshold_warning"}
            with self.subTest(which):
                wanted = statistic_of([event for event in events if condition(event)])
                self.assertGreater(len(wanted), 1)
                self.assertEqual(self.statistic(capture, which=which), wanted)

    def test_filter_for_nothing(self):
        self.assertEqual(self.statistic(GOLDEN["s06_wrongpass_threshold"], which="udp"), NO_CLIENT)

    def test_bad_filter(self):
        status, _, said = support.WITH.run("tshark", "-q", "-r", GOLDEN["c035_apop"].path, "-z",
                                   "pop3ana,stat,no such filter")
        self.assertNotEqual(status, 0)
        self.assertIn("filter", said)

    def test_time_zone(self):
        """Times are those of the time column: local, unless it is in UTC."""
        capture = GOLDEN["s06_wrongpass_threshold"]

        def rows(*arguments):
            status, out, said = support.WITH.run("env", "TZ=IST-5:30", "tshark", "-q", "-r", capture.path, "-z",
                                                 "pop3ana,users", *arguments)
            self.assertEqual((status, said), (0, ""))
            return parse_table(out.decode(), "POP3 Users")

        utc, local = rows("-t", "ud"), rows()
        self.assertEqual(rows("-t", "u"), utc)
        for name, row in utc.items():
            for column in ("First seen", "Last seen"):
                moment = datetime.datetime.fromisoformat(row[column].removesuffix(" UTC"))
                moment += datetime.timedelta(hours=5, minutes=30)
                self.assertEqual(local[name][column], f"{moment} IST")

    def test_is_listed(self):
        self.assertIn("pop3ana,stat", support.WITH.run("tshark", "-z", "help")[2] +
                      support.WITH.run("tshark", "-z", "help")[1].decode())


class Tables(TableChecks, PluginTest):
    """-z pop3ana,sessions, users, servers and logins as they are asked for; all captures: see Captures."""

    def tables(self, capture, *arguments, which=""):
        taps = [f"{tap},{which}" if which and tap != "-z" else tap for tap in TAPS]
        return self.read(capture, "-q", *arguments, *taps).decode()

    def check(self, name, options=(), preferences=()):
        capture = GOLDEN[name]
        lines = lines_of(capture, "--summary", *options)
        text = self.tables(capture, *preferences, "-z", "pop3ana,stat")
        self.check_tables(text, lines)
        # The clients, whose errors are those of lines in the log.
        self.check_summary(parse_table(text, "POP3 Analysis"),
                           [line for line in lines if line.get("summary") == "clients"],
                           ("Sessions", "Logins OK", "Logins failed", "Alerts"))

    def test_two_passes(self):
        for name in ("s03_apop_poplib_netpop3_mpop", "s15_concurrent200_lo", "s40_loss5_client_side"):
            with self.subTest(name):
                self.check(name, preferences=["-2"])

    def test_all_alerts(self):
        for name in ("s30_hydra_medusa_ncrack", "s06_wrongpass_threshold"):
            with self.subTest(name):
                self.check(name, ["--alerts", "all"], ["-o", "pop3ana.alerts:all"])

    def test_trusted_proxies(self):
        proxies = "0.0.0.0/0,::/0"
        for name in ("s80_haproxy_proxy_v1", "s84_dovecot_proxy_xclient"):
            with self.subTest(name):
                self.check(name, ["--trusted-proxies", proxies], ["-o", f"pop3ana.trusted_proxies:{proxies}"])

    def test_filter(self):
        """A table counts the events of the packets that its filter lets through."""
        capture = GOLDEN["s30_hydra_medusa_ncrack"]
        lines = [line for line in lines_of(capture) if line["session"] in (2, 5)]
        # Each of these frames is of one session.
        text = self.tables(capture, which="pop3ana.session == 2 or pop3ana.session == 5")
        tables = parse_tables(text)
        self.assertEqual(len(tables["Sessions"]), 3)
        self.check_sessions(tables["Sessions"], lines)
        self.check_logins(tables["Logins"], lines)
        self.check_sums(tables)
        only = parse_tables(self.tables(capture, which='pop3ana.session_end'))
        total = only["Sessions"]["All sessions"]
        self.assertEqual((total["Logins failed"], total["Mails"]),
                         ("0", str(sum(line["retr"] for line in lines_of(capture) if line["event"] == "session_end"))))
        for title, rows in parse_tables(self.tables(capture, which="udp")).items():
            self.assertEqual(list(rows), [TOTALS[title]])

    def test_more_rows_than_there_is_room_for(self):
        """They become one, as in pop3dump; who is busy keeps a row."""
        made, room = 25_000, 20_000
        capture = Capture()
        talk = Conversation(capture)
        for number in range(made):
            if number % 100 == 0:
                talk.fail()
            talk.ask(b"APOP user%d 0123456789abcdef" % number, b"-ERR")
        path = support.WITH.path / "captures/users.pcap"
        capture.write(path)
        self.addCleanup(path.unlink)
        rows = parse_table(self.tshark("-q", "-r", path, "-z", "pop3ana,users").decode(), "POP3 Users")
        self.assertEqual((list(rows)[0], list(rows)[-1]), ("All users", f"({made + 1 - room} others)"))
        self.assertEqual(len(rows), room + 2)
        self.assertEqual(rows["eve"]["Logins failed"], str(made // 100))
        self.check_sums({"Users": rows})

    def test_they_are_listed(self):
        _, out, said = support.WITH.run("tshark", "-z", "help")
        for name in TABLES.values():
            self.assertIn(f"pop3ana,{name}", said + out.decode())


class Tree(PluginTest):
    """-z pop3ana,tree with alerts, filters and names that a client makes up; all captures: see Captures."""

    def tree(self, path, *arguments, which=""):
        tap = "pop3ana,tree" + (f",{which}" if which else "")
        return parse_tree(self.tshark("-q", "-r", path, *arguments, "-z", tap).decode())

    def test_all_alerts(self):
        capture = GOLDEN["s30_hydra_medusa_ncrack"]
        wanted = tree_of(events_of(capture, "--alerts", "all"))
        self.assertGreater(len([path for path in wanted if path[0] == "Alerts"]), 2)
        for passes in ([], ["-2"]):
            self.assertEqual(self.tree(capture.path, *passes, "-o", "pop3ana.alerts:all"), wanted)

    def test_filter(self):
        capture = GOLDEN["s06_wrongpass_threshold"]
        wanted = tree_of([event for event in events_of(capture) if event["session"] == 2])
        self.assertEqual(self.tree(capture.path, which="pop3ana.session == 2"), wanted)
        self.assertEqual(self.tree(capture.path, which="udp"), tree_of([]))

    def test_made_up_commands(self):
        """They are one node: a client decides neither names nor how many there are."""
        capture = Capture()
        talk = Conversation(capture)
        for number in range(500):
            talk.ask(b"X%d x" % number, b"-ERR")
        path = support.WITH.path / "captures/commands.pcap"
        capture.write(path)
        self.addCleanup(path.unlink)
        tree = self.tree(path)
        self.assertEqual({name: count for name, count in tree.items() if name[:2] == ("Replies", "-ERR")},
                         {("Replies", "-ERR"): 500, ("Replies", "-ERR", "no known command"): 500})

    def test_what_is_not_analysed(self):
        for name, off, why in (("s10_stls_curl_keylog_lo_dsb", [], {"in_tls": 38}),
                               ("s10_stls_curl_keylog_lo_dsb", ["-o", "pop3ana.decrypted:TRUE"], {}),
                               ("s49_midstream_start", ["-o", "pop3ana.midstream:FALSE"], {"others": 25}),
                               ("v23_some_bad_tcp_checksums", ["-o", "pop3ana.verify_checksums:TRUE"],
                                {"others": 14})):
            with self.subTest(name, off=off):
                tree = self.tree(GOLDEN[name].path, *off)
                self.assertEqual({path: count for path, count in tree.items() if path[:1] == NOT_ANALYSED},
                                 {path: count for path, count in tree_of([], **why).items()
                                  if path[:1] == NOT_ANALYSED})

    def test_is_listed(self):
        _, out, said = support.WITH.run("tshark", "-z", "help")
        self.assertIn("pop3ana,tree", said + out.decode())


class Sharkd(PluginTest):
    """The statistic as JSON, and one file after the other in one process."""

    def ask(self, *requests):
        lines = [json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters})
                 for number, (method, parameters) in enumerate(requests, 1)]
        status, out, said = support.WITH.run("sharkd", "-", stdin="\n".join([*lines, ""]).encode())
        self.assertEqual(status, 0, said)
        answers = [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]
        self.assertEqual([answer["id"] for answer in answers], list(range(1, len(requests) + 1)), out)
        return [answer.get("result", answer.get("error")) for answer in answers]

    def statistic(self, answer):
        tap, = answer["taps"]
        self.assertEqual((tap["tap"], tap["type"]), ("nstat:pop3ana,stat", "nstat"))
        self.assertEqual([field["c"] for field in tap["fields"]][:2], ["Client", "Sessions"])
        table, = tap["tables"]
        return read_statistic(table["i"])

    def test_files_one_after_the_other(self):
        names = ["s06_wrongpass_threshold", "s16_clean_veth4", "c196_syn_only_connections",
                 "c164_threshold_interleaved_clients", "s06_wrongpass_threshold"]
        requests = []
        for number, name in enumerate(names):
            # sharkd remembers the frames of a filter beyond the file: each time another one.
            which = " or ".join(["pop3ana.alert"] * (number + 1))
            requests += [("load", {"file": str(GOLDEN[name].path)}),
                         ("tap", {"tap0": "nstat:pop3ana,stat"}), ("frames", {"filter": which})]
        answers = self.ask(*requests)
        for number, name in enumerate(names):
            with self.subTest(name):
                loaded, tap, frames = answers[3 * number: 3 * number + 3]
                self.assertEqual(loaded, {"status": "OK"})
                events = events_of(GOLDEN[name])
                self.assertEqual(self.statistic(tap), statistic_of(events) or NO_CLIENT)
                self.assertEqual([frame["num"] for frame in frames],
                                 sorted({event["frame"] for event in events
                                         if event["event"] == "threshold_warning"}))

    def test_ports_that_change_while_it_runs(self):
        """As by Decode As: the next reading of the file asks Wireshark for the ports again."""
        capture = GOLDEN["v21_port_1110"]
        load, tap = ("load", {"file": str(capture.path)}), ("tap", {"tap0": "nstat:pop3ana,stat"})
        found = statistic_of(events_of(capture))
        for name, value in (("pop.tcp.port", "110,1110"), ("pop3ana.ports", "110,auto")):
            with self.subTest(name):
                answers = self.ask(load, tap, ("setconf", {"name": name, "value": value}), load, tap)
                self.assertEqual([self.statistic(answers[number]) for number in (1, 4)],
                                 [NO_CLIENT, found])

    def test_expert_information(self):
        capture = GOLDEN["s06_wrongpass_threshold"]
        answers = self.ask(("load", {"file": str(capture.path)}), ("tap", {"tap0": "expert"}))
        details = answers[1]["taps"][0]["details"]
        warnings = sorted(row["f"] for row in details
                          if (row["s"], row["g"]) == ("Warning", "Security"))
        self.assertEqual(warnings, [event["frame"] for event in events_of(capture)
                                    if event["event"] == "threshold_warning"])

    def test_frames_again_and_in_any_order(self):
        """Frames are dissected again for each request; what they show stays."""
        name = "s06_wrongpass_threshold"
        wanted = collections.defaultdict(list)
        for event in events_of(GOLDEN[name]):
            if "line" in event:
                wanted[event["frame"]].append(event["line"])
        numbers = [*sorted(wanted, reverse=True), *sorted(wanted)]
        requests = [("frame", {"frame": number, "proto": True}) for number in numbers]
        answers = self.ask(("load", {"file": str(GOLDEN[name].path)}), *requests)

        def logs(tree):
            for node in tree:
                found = re.match(r"\[?Log: (.*?)\]?$", node.get("l", ""))
                if found:
                    yield found.group(1)
                yield from logs(node.get("n", []))

        for number, answer in zip(numbers, answers[1:]):
            self.assertEqual(list(logs(answer["tree"])), wanted[number], f"frame {number}")
