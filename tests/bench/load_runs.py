"""Making loads and running programs over them, for `bench` and `memory`."""
import collections
import pathlib
import subprocess

Usage = collections.namedtuple("Usage", "cpu_s peak_mib")
MARKS = {"sessions": b": new connection\n", "logins": b" > login successful: ",
         "failures": b" > login failed: "}
JSON_MARKS = {"sessions": b'"event":"new_connection"', "logins": b'"event":"login_success"',
              "failures": b'"event":"login_failure"'}


class Tools:
    """The programs of a build directory, and a folder for what they write."""

    def __init__(self, build, scratch):
        build = pathlib.Path(build).resolve()
        self.pop3dump = build / "tcpdump-tool" / "pop3dump"
        self.make_load = build / "tests" / "bench" / "make_load"
        self.empty_loop = build / "tests" / "bench" / "empty_loop"
        self.measure = build / "tests" / "bench" / "measure"
        self.crowd = build / "tests" / "bench" / "crowd"
        for program in (self.pop3dump, self.make_load, self.empty_loop, self.measure, self.crowd):
            if not program.exists():
                raise SystemExit(f"{program}: missing; build with the tests first")
        self.scratch = pathlib.Path(scratch)

    def make(self, kind, size, path):
        """Writes a load; returns what is in it: packets, bytes, sessions, logins, failures."""
        done = subprocess.run([self.make_load, kind, str(size), path], check=True,
                              stderr=subprocess.PIPE, text=True)
        return parse_facts(done.stderr)

    def run(self, command, stdin=subprocess.DEVNULL):
        """Runs a program to its end; it must end with status 0 and say nothing on stderr."""
        report = self.scratch / "usage"
        done = subprocess.run([self.measure, report, *command], stdin=stdin, capture_output=True,
                              check=False)
        if done.returncode != 0 or done.stderr:
            said = done.stderr.decode("utf-8", "backslashreplace").strip()
            raise SystemExit(f"{' '.join(map(str, command))}: status {done.returncode}: {said}")
        cpu_s, peak_kib = report.read_text(encoding="ascii").split()
        return Usage(float(cpu_s), int(peak_kib) / 1024), done.stdout

    def analyse(self, capture, log, *options):
        return self.run([self.pop3dump, "-q", "-r", capture, "-o", log, *options])[0]

    def analyse_pipe(self, kind, size, log):
        """pop3dump over a load that needs no disk; returns usage and what is in the load."""
        with subprocess.Popen([self.make_load, kind, str(size), "-"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=False) as maker:
            usage = self.run([self.pop3dump, "-q", "-r", "-", "-o", log], stdin=maker.stdout)[0]
            maker.stdout.close()
            facts = maker.stderr.read().decode()
        if maker.returncode != 0:
            raise SystemExit(f"make_load {kind}: {facts}")
        return usage, parse_facts(facts)


def parse_facts(text):
    return {name: int(value) for name, value in (word.split("=") for word in text.split())}


def count_log(path, marks=None):
    """Lines of a log, and how often each mark is in it."""
    marks = marks or MARKS
    found = collections.Counter()
    with open(path, "rb") as file:
        while True:
            part = file.read(1 << 24)
            if not part:
                return found
            part += file.readline()
            found["lines"] += part.count(b"\n")
            for name, mark in marks.items():
                found[name] += part.count(mark)


def check_log(kind, facts, found):
    """Ends the program when the log does not hold what the load does."""
    for name in MARKS:
        expected = facts[name]
        # Of a lossy load not all can be found. A session whose greeting is lost is not among its facts.
        low, high = (0.7 * expected, 1.1 * expected + 5) if kind == "lossy" else (expected, expected)
        if not low <= found[name] <= high:
            raise SystemExit(f"{kind}: the load has {expected} {name}, the log {found[name]}")
