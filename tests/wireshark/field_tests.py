"""The plugin's fields, frame by frame."""
import collections
import json
import re
import xml.etree.ElementTree

from support import GOLDEN, PluginTest, events_of, lines_of, pop3dump


def escaped(text):
    """What does not print, as the log escapes bytes."""
    def escape(byte):
        if byte == 0:
            return "\\0"
        if byte <= 26:
            return f"^{chr(byte + 64)}"
        return "^?" if byte == 127 else f"\\x{byte:02x}"

    return "".join(letter if letter.isprintable() else "".join(map(escape, letter.encode("utf-8")))
                   for letter in text)


def fields_of(events):
    """The values of all fields by frame, from the events in pop3dump's JSON."""
    frames = {}
    first_frames = {event["session"]: event["frame"] for event in events
                    if event["event"] == "new_connection"}
    shown = {}  # last session whose fields were added, by frame
    for event in events:
        fields = frames.setdefault(event["frame"], collections.defaultdict(list))
        kind, session = event["event"], event.get("session", 0)

        def add(name, value, fields=fields):
            if value not in (None, "", 0):
                fields[name].append(escaped(str(value)))

        if session and session != shown.get(event["frame"]):
            shown[event["frame"]] = session
            add("session", session)
            for end, name in (("orig", "client"), ("resp", "server")):
                address = event[f"id.{end}_h"]
                add(name + "6" * (":" in address), address)
                add(f"{name}_port", event[f"id.{end}_p"])
            add("first_frame", first_frames.get(session))
        add("event", kind)
        add("log", event.get("line"))
        add("status", event.get("status"))
        add("argument", event.get("arg"))
        add("message", event.get("msg"))
        if kind in ("request", "reply", "unexpected"):
            add({"request": "command"}.get(kind, f"{kind}.command"), event.get("command"))
        if kind in ("reply", "unexpected", "login_success", "login_failure"):
            add("request_in", event.get("request_frame"))
        if kind in ("login_success", "login_failure"):
            add("login", "success" if event["success"] else "failure")
            add("user", event["user"])
            add("password", event.get("password"))
        if kind == "unexpected":
            add("unexpected", event["detail"])
        if kind == "threshold_warning" or event.get("status") == "ERR":
            fields["errors"] = [str(event["errors"])]  # Once a frame: sums count it once.
        if kind == "threshold_warning":
            add("alert", "error count exceeds threshold")
            add("alert.summary", f"{event['errors']} errors, limit 3")
        if kind == "anomaly":
            add("anomaly", event["anomaly"])
    return frames


class Fields(PluginTest):
    NAMES = ["session", "client", "client6", "client_port", "server", "server6", "server_port",
             "first_frame", "event", "log", "status", "argument", "message", "command",
             "reply.command", "unexpected.command", "request_in", "login", "user", "password", "unexpected",
             "errors", "alert", "alert.summary", "anomaly"]

    def table(self, capture, *names, more=()):
        rows = self.rows(capture, "frame.number", *(f"pop3ana.{name}" for name in names), more=more)
        return {int(row[0][0]): dict(zip(names, row[1:])) for row in rows}

    def test_by_hand(self):
        """One pipelined dialogue: USER, PASS, LIST, RETR 1 and QUIT in one segment; PASS fails."""
        lines = ["1700073045.001678 #1 10.9.0.2/40007 > 10.9.250.1/110: new connection",
                 "1700073045.001678 #1 < OK "]
        ends = {"client": ("10.9.0.2",), "client_port": ("40007",), "server": ("10.9.250.1",),
                "server_port": ("110",)}
        wanted = {
            4: {**ends, "session": ("1",), "first_frame": ("4",),
                "event": ("new_connection", "reply"), "log": tuple(lines), "status": ("OK",)},
            6: {**ends, "session": ("1",), "first_frame": ("4",),
                "event": ("request",), "log": ("1700073045.002480 #1 > USER bob",),
                "command": ("USER",), "argument": ("bob",)},
            8: {**ends, "session": ("1",), "first_frame": ("4",),
                "event": ("reply", "request", "login_failure", "reply", "unexpected", "reply",
                          "unexpected", "reply", "request", "reply"),
                "log": tuple(f"1700073045.003814 #1 {line}" for line in (
                    "< OK ", "> PASS bad", "> login failed: user bob password: bad", "< ERR no",
                    "unexpected cmd: LIST detail: not allowed in other state than 'transaction'",
                    "< ERR ",
                    "unexpected cmd: RETR detail: not allowed in other state than 'transaction'",
                    "< ERR ", "> QUIT ", "< OK ")),
                "status": ("OK", "ERR", "ERR", "ERR", "OK"), "message": ("no",),
                "command": ("PASS", "QUIT"), "reply.command": ("USER", "PASS", "LIST", "RETR", "QUIT"),
                "unexpected.command": ("LIST", "RETR"),
                "argument": ("bad",), "request_in": ("6",) * 8, "login": ("failure",),
                "user": ("bob",), "password": ("bad",),
                "unexpected": ("not allowed in other state than 'transaction'",) * 2,
                "errors": ("3",)}}
        shown = self.table(GOLDEN["c054_pipelined_login_fails"], *self.NAMES, "error_frame")
        for frame, fields in shown.items():
            with self.subTest(frame):
                fields = {name: values for name, values in fields.items() if values}
                of_all = {"session": ("1",)} if frame > 4 else {}
                self.assertEqual(fields, wanted.get(frame, of_all))
        self.assertLessEqual(set(wanted), set(shown))

    def test_all(self):
        def check(capture):
            wanted = fields_of(events_of(capture))
            shown = self.table(capture, *self.NAMES)
            self.assertTrue(set(wanted) <= set(shown))
            for frame, fields in shown.items():
                for name, values in fields.items():
                    expected = wanted.get(frame, {}).get(name, [])
                    if name == "session" and list(values[1:]) == expected:
                        continue  # Its own comes before those of other sessions' events.
                    self.assertEqual(list(values), expected, f"frame {frame}, pop3ana.{name}")

        names = ["s03_apop_poplib_netpop3_mpop", "s05_auth_login_cram_digest_anon",
                 "s06_wrongpass_threshold", "s08_allcommands_pipelined_odd_lo",
                 "s40_loss5_client_side", "s49_midstream_start",
                 "v15_client_only", "v16e_drop_server_data_segments", "v28b_byte_errors_2pct",
                 "c059_pipelined_replies_in_pieces", "c071_guess_retr", "c088_auth_plain_bad_base64",
                 "c128_stls", "c149_all_control_bytes", "c155_long_line_64k", "c160_stat_errors_count",
                 "c168_threshold_greeting_errors"]
        self.for_each([GOLDEN[name] for name in names], check)

    def lines_and_bytes(self, capture, *more):
        """Yields name, value and bytes in the frame of the fields that lines have."""
        pdml = self.read(capture, "-T", "pdml", *more)
        for field in xml.etree.ElementTree.fromstring(pdml).iter("field"):
            name = field.get("name").removeprefix("pop3ana.")
            if name in ("command", "argument", "status", "message", "response_code", "event"):
                there = bytes.fromhex(field.get("value")) if field.get("size") != "0" else b""
                yield name, field.get("show"), there.decode("utf-8", "backslashreplace")

    def test_bytes_of_a_field(self):
        """Those that stand in the frame as the field says them, and no others."""
        def check(capture):
            for name, value, there in self.lines_and_bytes(capture):
                if not there:
                    continue
                if name == "event":
                    self.assertIn(value, ("request", "reply", "anomaly"))
                    self.assertNotIn("\n", there.rstrip("\r\n"))
                elif name == "status":
                    self.assertIn(there.upper(), (f"+{value}", f"-{value}", value))
                elif name in ("command", "response_code"):
                    self.assertEqual(there.upper(), value)
                else:
                    self.assertEqual(escaped(there), value)

        self.for_each([GOLDEN[name] for name in (
            "s06_wrongpass_threshold", "s07_mpop_pipelining_auths", "s40_loss5_client_side", "v13_ipv6_fragments",
            "v28b_byte_errors_2pct", "c155_long_line_64k", "c076_prefixes", "c059_pipelined_replies_in_pieces",
            "c149_all_control_bytes")], check)

    def test_every_whole_line_has_its_bytes(self):
        for name in ("s01_curl_userpass_lo4", "s16_clean_veth4", "s46_any_sll", "v08_geneve_options"):
            with self.subTest(name):
                found = list(self.lines_and_bytes(GOLDEN[name]))
                self.assertTrue(("command", "QUIT", "QUIT") in found and ("status", "OK", "+OK") in found)
                # Events that are no lines say what lines said: logins have the response code.
                missing = [row[:2] for row in found if not row[2] and row[0] not in ("event", "response_code")]
                self.assertEqual(missing, [])

    def test_hidden_passwords_have_no_bytes(self):
        found = list(self.lines_and_bytes(GOLDEN["s16_clean_veth4"], "-o", "pop3ana.redact:TRUE"))
        self.assertIn(("argument", "<redacted>", ""), found)

    def test_response_in(self):
        """What was read before the reply shows it on a second visit."""
        def check(capture):
            events = events_of(capture)
            with_events = {event["frame"] for event in events}
            wanted = {}
            for event in events:
                if event["event"] == "reply" and event.get("request_frame") in with_events:
                    wanted.setdefault(event["request_frame"], (str(event["frame"]),))
            shown = self.table(capture, "response_in", more=["-2"])
            self.assertEqual({frame: fields["response_in"] for frame, fields in shown.items()
                              if fields["response_in"]}, wanted)
            self.assertTrue(wanted)

        self.for_each([GOLDEN[name] for name in (
            "s06_wrongpass_threshold", "s07_mpop_pipelining_auths", "s15_concurrent200_lo", "v16_drop3pct",
            "c054_pipelined_login_fails", "c059_pipelined_replies_in_pieces")], check)

    def test_response_that_a_read_filter_leaves_out(self):
        """Its number is that of the next frame, which answers nothing."""
        shown = self.table(GOLDEN["s06_wrongpass_threshold"], "response_in", "event",
                           more=["-2", "-R", "!(tcp.srcport == 110)"])
        self.assertTrue(any(fields["event"] for fields in shown.values()))
        self.assertFalse(any(fields["response_in"] for fields in shown.values()))

    def test_session_end(self):
        """On the frame that ends its own session; it is no event there."""
        names = ["user", "mechanism", "failed_logins", "commands", "ok", "err", "anomalies", "gaps", "gap_bytes",
                 "retr", "retr_bytes", "top", "top_bytes", "deleted", "orig_bytes", "resp_bytes", "why", "first_frame",
                 "last_frame", "stls"]

        def values(value):
            return [escaped(str(one)) for one in (value if isinstance(value, list) else [value]) if one is not None]

        def check(capture):
            ends = [line for line in lines_of(capture) if line["event"] == "session_end"]
            wanted = {end["frame"]: {"session_end": [end["why"]],
                                     **{f"session_end.{name}": values(end.get(name)) for name in names}}
                      for end in ends if end["why"] in ("quit", "fin", "rst")}
            self.assertTrue(wanted)
            shown = self.table(capture, "session_end", *(f"session_end.{name}" for name in names))
            shown = {frame: {name: list(values) for name, values in fields.items()}
                     for frame, fields in shown.items() if fields["session_end"]}
            self.assertEqual(shown, wanted)

        names_of = ["s03_apop_poplib_netpop3_mpop", "s08_allcommands_pipelined_odd_lo", "s30_hydra_medusa_ncrack",
                    "s40_loss5_client_side", "s10_stls_curl_keylog_lo_dsb", "c176_reuse_without_close",
                    "c178_reuse_after_quit_open"]
        self.for_each([GOLDEN[name] for name in names_of], check)

    def test_session_of_every_frame(self):
        """Once a connection has its number, its frames have it: on later visits all of them."""
        for name in ("s15_concurrent200_lo", "s30_hydra_medusa_ncrack",
                     "s17_clean_veth6", "v03_gre_ip"):
            capture = GOLDEN[name]
            first_frames = {event["frame"] for event in events_of(capture)
                            if event["event"] == "new_connection"}
            sessions, begun = {}, {}  # by stream
            for visits in ("-2", "-q"):
                with self.subTest(name, visits=visits):
                    rows = self.rows(capture, "frame.number", "tcp.stream", "pop3ana.session",
                                     more=() if visits == "-q" else ("-2",))
                    rows = [(int(frame[0]), stream, numbers) for frame, stream, numbers in rows if stream]
                    if visits == "-2":
                        for frame, stream, numbers in rows:
                            self.assertEqual(len(numbers), sessions.setdefault(stream, len(numbers)))
                            if numbers:
                                self.assertEqual(begun.setdefault(stream, numbers), numbers)
                        self.assertEqual(len(begun), len(first_frames))
                        self.assertEqual(len(set(begun.values())), len(first_frames))
                        continue
                    seen = set()
                    for frame, stream, numbers in rows:
                        if frame in first_frames:
                            seen.add(stream)
                        self.assertEqual(numbers, begun[stream] if stream in seen else ())

    def test_replies_behind_an_alert(self):
        for name in ("c164_threshold_interleaved_clients", "s06_wrongpass_threshold",
                     "c167_threshold_mixed_4_and_6", "c171_expiry_61_minutes",
                     "c160_stat_errors_count"):
            with self.subTest(name):
                errors = collections.defaultdict(list)  # frames by client
                wanted = {}
                for event in events_of(GOLDEN[name]):
                    if event.get("status") == "ERR":
                        errors[event["id.orig_h"]].append(event["frame"])
                    if event["event"] == "threshold_warning":
                        counted = errors[event["id.orig_h"]][-event["errors"]:]
                        wanted.setdefault(event["frame"], set()).update(counted)
                shown = self.table(GOLDEN[name], "error_frame")
                self.assertTrue(wanted)
                for frame, fields in shown.items():
                    self.assertEqual({int(value) for value in fields["error_frame"]},
                                     wanted.get(frame, set()), f"frame {frame}")

    def test_filters(self):
        capture = GOLDEN["s08_allcommands_pipelined_odd_lo"]
        other = GOLDEN["c088_auth_plain_bad_base64"]
        filters = {
            'pop3ana.login == "failure"': lambda event: event["event"] == "login_failure",
            "pop3ana.login_failed": lambda event: event["event"] == "login_failure",
            'pop3ana.login == "success"': lambda event: event["event"] == "login_success",
            "pop3ana.threshold": lambda event: event["event"] == "threshold_warning",
            "pop3ana.alert": lambda event: event["event"] == "threshold_warning",
            "pop3ana.unexpected": lambda event: event["event"] == "unexpected",
            "pop3ana.unexpected_command": lambda event: event["event"] == "unexpected",
            "pop3ana.time > 0.01": lambda event: event.get("reply_s", 0) > 0.01,
            "pop3ana.errors > 3": lambda event: event.get("errors", 0) > 3,
            'pop3ana.command == "PASS"':
                lambda event: event["event"] == "request" and event["command"] == "PASS",
            "pop3ana.client == 10.77.0.0/24": lambda event: event["id.orig_h"].startswith("10.77.0."),
            "pop3ana.server6 == fd77::/64": lambda event: event["id.resp_h"].startswith("fd77::"),
            'pop3ana.status == "ERR"': lambda event: event.get("status") == "ERR",
            "pop3ana.anomaly": lambda event: event["event"] == "anomaly",
            'pop3ana.user contains "b"': lambda event: "b" in event.get("user", ""),
            "pop3ana.anomaly.bad_base64": lambda event: event.get("anomaly") == "bad_base64",
            'pop3ana.event == "new_connection" and (pop3ana.client or pop3ana.client6)':
                lambda event: event["event"] == "new_connection"}
        matched = collections.Counter()
        for which in filters:
            def check(one, which=which):
                wanted = sorted({event["frame"] for event in events_of(one) if filters[which](event)})
                out = self.read(one, "-Y", which, "-T", "fields", "-e", "frame.number").split()
                self.assertEqual([int(number) for number in out], wanted, which)
                matched[which] += len(wanted)

            self.for_each([capture, other, GOLDEN["s06_wrongpass_threshold"]], check)
            self.assertGreater(matched[which], 0, which)

    def test_other_outputs(self):
        """The log in the other formats of tshark, and in the text of a packet."""
        capture = GOLDEN["s06_wrongpass_threshold"]
        wanted = pop3dump(capture)[0].decode().splitlines()
        root = xml.etree.ElementTree.fromstring(self.read(capture, "-T", "pdml"))
        shown = [field.get("show") for field in root.iterfind(".//field[@name='pop3ana.log']")]
        self.assertEqual(shown, wanted)
        text = self.read(capture, "-V").decode()
        self.assertEqual(re.findall(r"^\s+\[?Log: (.*?)\]?$", text, re.MULTILINE), wanted)
        out = self.read(capture, "-T", "json", "--no-duplicate-keys").decode()
        self.assertEqual(len(json.loads(out)), len(self.rows(capture, "frame.number")))
        out = self.read(capture, "-T", "ek").decode()
        self.assertEqual(sum(line.count("WARNING: error count") > 0 for line in out.splitlines()),
                         len({event["frame"] for event in events_of(capture)
                              if event["event"] == "threshold_warning"}))
