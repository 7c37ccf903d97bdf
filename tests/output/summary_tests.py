"""What is said of whole sessions (session_end) and of a run (--summary) is what its events say."""
import collections
import json
import re
import subprocess

from conversation import Capture, Conversation
from support import CRAFTED, REAL, OutputTest

CAPTURES = [path for folder in (REAL, CRAFTED) for path in sorted(folder.glob("*.pcap*"))]
MOST_NAME = 256
COUNTS = ("sessions", "open", "logins", "failed_logins", "cleartext", "errors", "alerts", "retr", "retr_bytes")


def counted(events):
    """The tables that the events give: {(table, name): Counter}."""
    rows = collections.defaultdict(collections.Counter)
    for event in events:
        client = ("clients", event["id.orig_h"])
        server = ("servers", f"{event['id.resp_h']}/{event['id.resp_p']}")
        user = ("users", event["user"][:MOST_NAME]) if event.get("user") else None
        what = event["event"]
        if what == "new_connection":
            added, rows_of = {"sessions": 1, "open": 1}, [client, server]
        elif what in ("login_success", "login_failure"):
            added, rows_of = {"cleartext": event["cleartext"]}, [client, server, user]
            added["logins" if event["success"] else "failed_logins"] = 1
            added[event["mechanism"], event["success"]] = 1
        elif what == "reply" and event["status"] == "ERR":
            added, rows_of = {"errors": 1}, [client, server]
        elif what in ("alert", "threshold_warning"):
            added, rows_of = {"alerts": 1}, [client, server, user]
        elif what == "session_end":
            mails = {"retr": event["retr"], "retr_bytes": event["retr_bytes"]}
            added, rows_of = {"open": -1, **mails}, [client, server]
            if user:
                rows[user].update(mails)
        else:
            continue
        for row in rows_of:
            if row:
                rows[row].update(added)
    return rows


def as_counter(row):
    counts = collections.Counter({name: row[name] for name in COUNTS if name in row})
    for login in row["mechanisms"]:
        counts[login["mechanism"], True] += login["logins"]
        counts[login["mechanism"], False] += login["failed_logins"]
    return counts


class Summary(OutputTest):
    def run_json(self, capture, *options):
        printed = self.run_tool("-q", "--json", "--alerts", "all", "-r", capture, *options, status=None, said=None)
        return [json.loads(line) for line in printed.splitlines()]

    def test_the_tables_are_what_the_events_say(self):
        rows_seen = 0
        for capture in CAPTURES:
            lines = self.run_json(capture, "--summary")
            rows = {(line["summary"], line["name"]): as_counter(line) for line in lines if "summary" in line}
            wanted = counted([line for line in lines if "event" in line])
            with self.subTest(capture=capture.name):
                self.assertEqual({name: +row for name, row in rows.items()},
                                 {name: +row for name, row in wanted.items()})
            rows_seen += len(rows)
        self.assertGreater(rows_seen, 300)

    def test_what_is_not_printed_is_counted(self):
        def rows(*options):
            return [line for line in self.run_json(capture, "--summary", *options) if "summary" in line]
        capture = REAL / "s30_hydra_medusa_ncrack.pcap"
        self.assertEqual(rows("--only", "alert", "--user", "nobody"), rows())

    def test_the_text_has_80_columns_and_the_busiest_rows(self):
        capture = Capture()
        for client in range(30):
            session = Conversation(capture, client=f"10.0.0.{client + 1}")
            for _ in range(client):
                session.ask(b"USER " + b"u" * 100, b"-ERR")
        path = capture.write(self.folder / "clients.pcap")
        text = subprocess.run(self.tool("-q", "-r", path, "--summary"), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=True, text=True).stderr
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        clients = re.findall(r"(?m)^(10\.0\.0\.\d+) ", text)
        self.assertEqual(clients, [f"10.0.0.{client}" for client in range(30, 10, -1)] )
        self.assertIn("(20 of 30; 10 left out)\n", text)
        self.assertIn("u" * 35 + "... ", text)
        self.assertRegex(text, r"(?m)^10\.0\.0\.30 .*\n +1 +1 +0 +29 +0 +29 +26 +0 +0$")


class SessionEnd(OutputTest):
    def test_it_is_what_the_events_say(self):
        ends = 0
        for capture in CAPTURES:
            printed = self.run_tool("-q", "--json", "-r", capture, status=None, said=None)
            connections = collections.defaultdict(list)
            for line in printed.splitlines():
                event = json.loads(line)
                connections[event["uid"]].append(event)
            for of_session in connections.values():
                if not any(event["event"] == "session_end" for event in of_session):
                    continue
                ends += 1
                end = of_session.pop()
                with self.subTest(capture=capture.name, session=end["session"]):
                    self.check(end, of_session)
        self.assertGreater(ends, 200)

    def check(self, end, events):
        self.assertEqual(end["event"], "session_end") # nothing follows
        self.assertNotIn("session_end", [event["event"] for event in events])
        self.assertEqual({event["session"] for event in events} - {0}, {end["session"]})
        logins = [event for event in events if event["event"] == "login_success"]
        self.assertEqual(end["failed_logins"], sum(event["event"] == "login_failure" for event in events))
        self.assertEqual(end["user"], logins[-1]["user"] if logins else None)
        self.assertEqual(end.get("mechanism"), logins[-1]["mechanism"] if logins else None)
        statuses = [event["status"] for event in events if event["event"] == "reply"]
        statuses += ["OK" for event in events if event["event"] == "terminated"]
        self.assertEqual((end["ok"], end["err"]), (statuses.count("OK"), statuses.count("ERR")))
        self.assertEqual(end["anomalies"], sum(1 + event.get("left_out", 0) for event in events
                                               if event["event"] == "anomaly"))
        self.assertGreaterEqual(end["commands"], sum(event["event"] == "request" for event in events))
        self.assertEqual("used" in end["stls"], any(event["event"] == "terminated" for event in events))
        self.assertLessEqual(end["first_frame"], min(event["frame"] for event in events))
        self.assertLessEqual(end["reply_max_s"], end["reply_s"])

    def test_mails(self):
        mail = [b"Subject: x", b"", b".dot", b". ", b".", b"..", b".\r", b"end"]
        size = sum(len(line) + 2 for line in mail)
        stuffed = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in mail)
        for cut in (1, 2, 3, 1000):
            capture = Capture()
            session = Conversation(capture)
            session.ask(b"USER u", b"+OK")
            session.ask(b"PASS p", b"+OK")
            for number in range(3):
                session.say("C", b"RETR %d\r\n" % number)
                whole = b"+OK\r\n" + stuffed + b".\r\n"
                for at in range(0, len(whole), cut):
                    session.say("S", whole[at:at + cut])
            for command in (b"DELE 1", b"RSET", b"DELE 1", b"DELE 2"):
                session.ask(command, b"+OK")
            session.end()
            printed = self.run_tool("-q", "--json", "-r", capture.write(self.folder / "mail.pcap"))
            end = json.loads(printed.splitlines()[-1])
            self.assertEqual((end["retr"], end["retr_bytes"], end["deleted"], end["why"]),
                             (3, 3 * size, 2, "quit"))
