"""What -z pop3ana,sessions, users, servers, logins and srt must show: what pop3dump says of the same capture."""
import collections

from field_tests import escaped
from statistic_text import parse_table

TABLES = {"Sessions": "sessions", "Users": "users", "Servers": "servers", "Logins": "logins", "Response Times": "srt"}
TOTALS = {**{title: f"All {name}" for title, name in TABLES.items()}, "Response Times": "All commands"}
TAPS = [argument for name in TABLES.values() for argument in ("-z", f"pop3ana,{name}")]
SUMMARY = {"Sessions": "sessions", "Logins OK": "logins", "Logins failed": "failed_logins",
           "In the clear": "cleartext", "Errors": "errors", "Alerts": "alerts", "Mails": "retr"}
END = {"Logins failed": "failed_logins", "Errors": "err", "Mails": "retr"}


def parse_tables(text):
    """The rows of all tables by the name in their first column."""
    return {title: parse_table(text, f"POP3 {title}") for title in TABLES}


class TableChecks:
    """For tests: compares what tshark printed with the lines of pop3dump --json --summary."""

    def check_tables(self, text, lines):
        tables = parse_tables(text)
        for title in ("Users", "Servers"):
            self.check_summary(tables[title], [line for line in lines if line.get("summary") == title.lower()])
        self.check_sessions(tables["Sessions"], lines)
        self.check_logins(tables["Logins"], lines)
        self.check_response_times(tables["Response Times"], lines)
        self.check_sums(tables)

    def check_sums(self, tables):
        """The first row has the sums of the others."""
        for title, rows in tables.items():
            name_of_all, *names = rows
            self.assertEqual(name_of_all, TOTALS[title])
            total = rows[name_of_all]
            for column in [*SUMMARY, "MB of mails", "Replies", "Sum s"]:
                if column in total:
                    wanted = sum(float(rows[name][column]) for name in names)
                    rounding = 1e-6 * (len(names) + 1)
                    self.assertLessEqual(abs(float(total[column]) - wanted), rounding, (title, column))

    def check_counts(self, row, line, columns):
        for column, member in columns.items():
            if column in row:
                self.assertEqual(int(row[column]), line[member], (row, column))
        if "MB of mails" in row:
            self.assertEqual(round(float(row["MB of mails"]) * 1e6), line["retr_bytes"], row)

    def check_summary(self, rows, wanted, columns=tuple(SUMMARY)):
        self.assertEqual(set(list(rows)[1:]), {escaped(line["name"]) for line in wanted})
        for line in wanted:
            self.check_counts(rows[escaped(line["name"])], line, {name: SUMMARY[name] for name in columns})

    def check_sessions(self, rows, lines):
        begun = {f"#{line['session']}" for line in lines if line.get("event") == "new_connection"}
        ends = {f"#{line['session']}": line for line in lines if line.get("event") == "session_end"}
        self.assertEqual(set(list(rows)[1:]), begun)
        for name in begun:
            end = ends.get(name)
            if end is None:
                self.assertEqual((rows[name]["End"], rows[name]["Mails"]), ("", "0"))
                continue
            self.assertEqual([rows[name][column] for column in ("Client", "Server", "User", "End")],
                             [f"{end['id.orig_h']}/{end['id.orig_p']}", f"{end['id.resp_h']}/{end['id.resp_p']}",
                              escaped((end["user"] or "")[:256]), end["why"]])
            self.check_counts(rows[name], end, END)

    def check_logins(self, rows, lines):
        wanted = collections.Counter(f"{line['mechanism']}: {line.get('reason', 'success')}" for line in lines
                                     if line.get("event", "").startswith("login_"))
        shown = {name: int(row["Logins OK"]) + int(row["Logins failed"]) for name, row in list(rows.items())[1:]}
        self.assertEqual(shown, wanted)

    def check_response_times(self, rows, lines):
        times = collections.defaultdict(list)
        for line in lines:
            if line.get("event") == "reply" and "request_frame" in line:
                times[line.get("command", "(unknown)")].append(line.get("reply_s", 0))
        self.assertEqual({name: int(row["Replies"]) for name, row in list(rows.items())[1:]},
                         {command: len(values) for command, values in times.items()})
        for command, values in times.items():  # JSON has microseconds, cut.
            for column, wanted in (("Min s", min(values)), ("Max s", max(values)), ("Sum s", sum(values)),
                                   ("Mean s", sum(values) / len(values))):
                self.assertLessEqual(abs(float(rows[command][column]) - wanted), 2e-6 * len(values), (command, column))
