"""The statistic: what it must say, and what tshark and sharkd print. Expert information, too."""
import calendar
import collections
import datetime
import re

STATISTIC = ["sessions", "logins ok", "logins failed", "errors", "alerts", "unexpected", "users tried"]

TREE = ["Sessions", "Logins", "Replies", "Unexpected commands", "Alerts", "Anomalies"]
COMMANDS = """APOP AUTH CAPA DELE LANG LAST LIST NOOP PASS QUIT RETR RSET STAT STLS TOP UIDL USER UTF8 XCLIENT
              XSENDER""".split()


def statistic_of(events):
    """What the statistic must say: by client its sums, and the times of its first and last line."""
    rows = {}
    for event in events:
        if "line" not in event:
            continue
        for client in (event["id.orig_h"], "All clients"):
            row = rows.setdefault(client, {"users": set(), **dict.fromkeys(STATISTIC, 0)})
            kind = event["event"]
            row["sessions"] += kind == "new_connection"
            row["logins ok"] += kind == "login_success"
            row["logins failed"] += kind == "login_failure"
            row["errors"] += kind == "reply" and event["status"] == "ERR"
            row["alerts"] += kind == "threshold_warning"
            row["unexpected"] += kind == "unexpected"
            if kind.startswith("login_") and event["user"] is not None:
                row["users"].add(event["user"])
                row["users tried"] = len(row["users"])
            time = event["line"].split()[0]
            row.setdefault("first seen", time)
            row["last seen"] = time
    return {client: [*(row[name] for name in STATISTIC), row["first seen"], row["last seen"]]
            for client, row in rows.items()}


def seconds_of(text):
    """A time of day in UTC as in the log."""
    moment, micros = re.fullmatch(r"(.*)\.(\d{6}) UTC", text).groups()
    moment = datetime.datetime.strptime(moment, "%Y-%m-%d %H:%M:%S")
    return f"{calendar.timegm(moment.timetuple())}.{micros}"


def read_statistic(rows):
    """The same, from the cells of the statistic in tshark or sharkd."""
    result = {}
    for row in rows:
        client, *numbers, first, last = [str(cell).strip() for cell in row]
        if client in result:
            raise AssertionError(f"two rows for {client}")
        times = [seconds_of(text) if text else "" for text in (first, last)]
        result[client] = [*map(int, numbers), *times]
    if list(result)[0] != "All clients":
        raise AssertionError(f"the first row is {list(result)[0]}, not that of all clients")
    return result


def parse_statistic(text):
    """Returns the filter and the rows of what -z pop3ana,stat prints."""
    found = re.search(r"^POP3 Analysis:\nFilter for statistics: (.*)\nClient *\|Sessions *\|.*\n"
                      r"(?:POP3 Analysis\n)?((?:.*\|.*\n)+)=+\n", text, re.MULTILINE)
    if not found:
        raise AssertionError(f"no statistic: {text}")
    lines = found.group(2).splitlines()
    return found.group(1), read_statistic([line.split("|")[:10] for line in lines])


def parse_table(text, title):
    """The rows of another table, each by heading, by their first cells."""
    found = re.search(rf"^{title}:\nFilter for statistics: .*\n(.*\|.*)\n(?:{title}\n)?((?:.*\|.*\n)+)=+\n", text,
                      re.MULTILINE)
    if not found:
        raise AssertionError(f"no {title}: {text}")
    headings = [cell.strip() for cell in found.group(1).split("|")]
    lines = []
    for line in found.group(2).splitlines():
        cells = line.split("|")
        # Users may have such a bar in their name.
        behind = headings[::-1].index("User") if "User" in headings else len(headings) - 1
        first, last = len(headings) - 1 - behind, len(cells) - behind
        lines.append([cell.strip() for cell in [*cells[:first], "|".join(cells[first:last]), *cells[last:]]])
    rows = {line[0]: dict(zip(headings, line)) for line in lines}
    if len(rows) != len(lines):
        raise AssertionError(f"two rows of one name: {text}")
    return rows


NOT_ANALYSED = ("Packets with POP that are not analysed",)


def tree_of(events, in_tls=0, others=0):
    """What -z pop3ana,tree must say: how many events each node counts, by its path. And how many packets are not
    analysed in which Wireshark shows POP: decrypted ones, and others."""
    counts = collections.Counter({(name,): 0 for name in TREE})
    for reason, packets in (("in TLS", in_tls), ("others", others)):
        counts[NOT_ANALYSED] += packets
        if packets:
            counts[(*NOT_ANALYSED, reason)] = packets
    for event in events:
        command = event["command"] if event.get("command") in COMMANDS else "no known command"
        path = {"new_connection": lambda: ("Sessions",),
                "login_success": lambda: ("Logins", "success"),
                "login_failure": lambda: ("Logins", "failure", event["reason"]),
                "reply": lambda: ("Replies", {"OK": "+OK", "ERR": "-ERR"}[event["status"]], command),
                "unexpected": lambda: ("Unexpected commands", command),
                "threshold_warning": lambda: ("Alerts", event["alert"]),
                "alert": lambda: ("Alerts", event["alert"]),
                "anomaly": lambda: ("Anomalies", event["anomaly"])}.get(event["event"], tuple)()
        counts.update(path[:depth] for depth in range(1, len(path) + 1))
    return dict(counts)


def parse_tree(text):
    """The same from what tshark prints."""
    found = re.search(r"^POP3 Events:\nTopic / Item .*\n-+\n((?:.+\n)+)\n-+$", text, re.MULTILINE)
    if not found:
        raise AssertionError(f"no tree: {text}")
    counts, path = {}, ()
    for line in found.group(1).splitlines():
        indent, name, count = re.match(r"( *)(\S+(?: \S+)*) +(\d+) ", line).groups()
        path = (*path[:len(indent)], name)
        if path in counts:
            raise AssertionError(f"two nodes {path}: {text}")
        counts[path] = int(count)
    return counts


def verdicts_of(text):
    """Instances of the plugin's three expert items in what -z expert prints."""
    sections = dict(re.findall(r"^(\w+) \(\d+\)\n=+\n((?:.+\n)+)", text, re.MULTILINE))

    def count(severity, summary):
        pattern = rf"^ *(\d+) +Security +POP3 Analysis +.*{summary}"
        return sum(map(int, re.findall(pattern, sections.get(severity, ""), re.MULTILINE)))

    return [count("Warns", "threshold"), count("Notes", "login failed"),
            count("Notes", "Unexpected POP3 command")]


NO_CLIENT = {"All clients": [0] * len(STATISTIC) + ["", ""]}
