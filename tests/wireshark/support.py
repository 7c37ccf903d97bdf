"""What the tests of the plugin share: homes of ordinary users, captures, ways to run tshark."""
import concurrent.futures
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

USER = 65534
# Captures that Wireshark refuses, and from which version on.
REFUSED_FROM = {"f02_pcapng_lengths_without_padding": (4, 6), "f03_nokia": (4, 6)}
TIMEOUT_S = 120
JOBS = os.cpu_count() or 1
POP3DUMP = PLUGIN = SOURCE = None  # from the command line
CAPTURES = []  # all of them, each content once
GOLDEN = {}  # those of tests/golden, by name without suffix
WITH = WITHOUT = None  # homes with the plugin and without
LOG = ["-T", "fields", "-e", "pop3ana.log", "-E", "aggregator=\n"]
# A bug of Wireshark's own TLS, met by a server that is none.
OTHERS_BUGS = re.compile(r"^ \*\* \(.* Dissector bug, protocol TLS, .*\n", re.MULTILINE)


def in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(function, items))


class Home:
    """The home of an ordinary user, with the plugin and the profile or without."""

    def __init__(self, plugin=None):
        self.folder = tempfile.TemporaryDirectory(prefix="wireshark-")
        self.path = pathlib.Path(self.folder.name)
        self.path.chmod(0o755)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.path), "TZ": "UTC",
                            "LC_ALL": "C.UTF-8"}
        self.wrapper = []
        if os.geteuid() == 0:
            self.wrapper = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        (self.path / "files").mkdir()
        (self.path / "captures").mkdir()
        folders = subprocess.run(["tshark", "-G", "folders"], capture_output=True, check=True).stdout
        installed = pathlib.Path(re.search(rb"(?m)^Global Plugins:\s+(.*)$", folders).group(1).decode())
        self.hide_installed(installed)
        self.version = tuple(map(int, installed.name.split(".")))
        self.escapes = self.version > (4, 0)
        if plugin:
            plugins = self.path / ".local/lib/wireshark/plugins" / installed.name / "epan"
            plugins.mkdir(parents=True)
            shutil.copy(plugin, plugins / "pop3ana.so")
            profile = pathlib.Path(SOURCE) / "wireshark-plugin/profile"
            if profile.is_dir():
                shutil.copytree(profile, self.path / ".config/wireshark/profiles/POP3 analysis")
        if os.geteuid() == 0:
            for path in [self.path, *self.path.rglob("*")]:
                os.chown(path, USER, USER, follow_symlinks=False)

    def hide_installed(self, installed):
        """Gives Wireshark the plugins of all users but ours, should that be installed."""
        if (installed / "epan/pop3ana.so").exists():
            self.environment["WIRESHARK_PLUGIN_DIR"] = str(self.path / "installed")
            for plugin in installed.glob("*/*.so"):
                link = self.path / "installed" / plugin.relative_to(installed.parent)
                link.parent.mkdir(parents=True, exist_ok=True)
                if plugin.name != "pop3ana.so":
                    link.symlink_to(plugin)

    def run(self, *command, stdin=b"", **more):
        """Returns status, stdout and stderr. Fields come as they are, not escaped."""
        # Wireshark 4.4 escapes them unless told not to, and then still doubles their backslashes.
        unescape = self.escapes and "fields" in command
        if unescape:
            command += ("-E", "escape=n")
        done = subprocess.run([*self.wrapper, *map(str, command)], input=stdin, capture_output=True,
                              cwd=self.path, env=self.environment, timeout=TIMEOUT_S, check=False,
                              **more)
        out = done.stdout.replace(rb"\\", b"\\") if unescape else done.stdout
        return done.returncode, out, OTHERS_BUGS.sub("", done.stderr.decode("utf-8", "replace"))

    def readable(self, path):
        """`path`, or where a copy of it is when others than root cannot read it."""
        if not self.wrapper or (path.stat().st_mode & 0o004 and
                                all(folder.stat().st_mode & 0o001 for folder in path.parents)):
            return path
        copy = self.path / "captures" / path.parent.name / path.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, copy)
        return copy


def more_captures():
    """A folder of folders that need not be there."""
    return pathlib.Path(os.environ.get("POP3ANA_CAPTURES", SOURCE.parent / "shared/captures"))


def read_captures():
    """Fills CAPTURES and GOLDEN."""
    loader = importlib.machinery.SourceFileLoader("compare", str(SOURCE / "tests/compare"))
    compare = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", loader))
    loader.exec_module(compare)
    folders = [SOURCE / "tests/golden" / name for name in ("crafted", "encapsulations", "formats", "real")]
    if more_captures().is_dir():
        folders += sorted(folder for folder in more_captures().iterdir() if folder.is_dir())
    seen = set()
    for folder in folders:
        for capture in compare.read_folder(folder):
            if WITH.version >= REFUSED_FROM.get(compare.stem(capture.path.name), (sys.maxsize,)):
                continue
            key = hashlib.sha256(capture.path.read_bytes()).digest()
            if key not in seen:
                seen.add(key)
                capture = capture._replace(path=WITH.readable(capture.path))
                CAPTURES.append(capture)
                if SOURCE in folder.parents:
                    GOLDEN[compare.stem(capture.path.name)] = capture


def prepare(pop3dump_path, plugin, source):
    """Must come first: gives all capitals above their values."""
    global POP3DUMP, PLUGIN, SOURCE, WITH, WITHOUT
    POP3DUMP, PLUGIN = os.path.abspath(pop3dump_path), os.path.abspath(plugin)
    SOURCE = pathlib.Path(source).resolve()
    WITH, WITHOUT = Home(PLUGIN), Home()
    read_captures()


def preferences_of(capture):
    """The preferences that are to the plugin what the options of the capture are to pop3dump."""
    options = list(capture.options)
    result = []
    while options:
        name, value = options.pop(0), options.pop(0)
        result += ["-o", {"--port": "pop3ana.ports:"}[name] + value]
    return result


def pop3dump(capture, *options):
    """Returns the bytes printed, and whether all of the file could be read."""
    done = subprocess.run([POP3DUMP, "-q", "-r", capture.path, *capture.options, *options],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False)
    return done.stdout, done.returncode == 0


def lines_of(capture, *options):
    """What pop3dump prints as JSON."""
    return [json.loads(line) for line in pop3dump(capture, "--json", *options)[0].splitlines()]


def events_in(lines):
    """Those of pop3dump's JSON that frames show as events: all but the ends of sessions."""
    return [line for line in lines if line.get("event", "session_end") != "session_end"]


def events_of(capture, *options):
    return events_in(lines_of(capture, *options))


def without_empty_lines(printed):
    """Frames without the field print an empty line."""
    return b"".join(line for line in printed.splitlines(keepends=True) if line != b"\n")


def first_difference(wanted, got):
    wanted, got = wanted.splitlines(), got.splitlines()
    for number, pair in enumerate(zip(wanted, got), 1):
        if pair[0] != pair[1]:
            return f"line {number}: {pair[0]!r}, not {pair[1]!r}"
    return f"{len(wanted)} lines, not {len(got)}"


class PluginTest(unittest.TestCase):
    maxDiff = 4000

    def tshark(self, *arguments, home=None, stdin=b""):
        """Returns stdout; fails when something is wrong or was said."""
        status, out, said = (home or WITH).run("tshark", *arguments, stdin=stdin)
        self.assertEqual((status, said), (0, ""), " ".join(map(str, arguments)))
        return out

    def read(self, capture, *arguments, home=None):
        """Runs tshark on a capture. A file that pop3dump cannot read to its end must be reported."""
        preferences = preferences_of(capture) if (home or WITH) is WITH else []
        status, out, said = (home or WITH).run("tshark", "-r", capture.path, *preferences, *arguments)
        if pop3dump(capture)[1]:
            self.assertEqual((status, said), (0, ""), f"{capture.path} {' '.join(arguments)}")
        else:
            self.assertNotEqual(status, 0)
            self.assertEqual(len(said.splitlines()), 1, said)
            self.assertIn("cut short", said)
        return out

    def rows(self, capture, *fields, more=()):
        """One list of values for each frame; the values of a field are a tuple."""
        arguments = [argument for field in fields for argument in ("-e", field)]
        out = self.read(capture, *more, "-T", "fields", *arguments, "-E", "separator=/t", "-E",
                        "aggregator=\x1f")
        return [[tuple(value.split("\x1f")) if value else () for value in line.split("\t")]
                for line in out.decode().splitlines()]

    def assert_same_log(self, capture, arguments, options=()):
        wanted = pop3dump(capture, *options)[0]
        got = without_empty_lines(self.read(capture, *arguments, *LOG))
        if got != wanted:
            command = f"tshark -r {capture.path} {' '.join(arguments)}"
            self.fail(f"{command}: {first_difference(wanted, got)}")

    def for_each(self, captures, check):
        """Runs check(capture) for all, several at a time, and reports each that fails."""
        def attempt(capture):
            try:
                check(capture)
            except Exception as error:  # reported below, in the test's own thread
                return error
            return None

        for capture, error in zip(captures, in_parallel(attempt, captures)):
            with self.subTest(capture.path.name):
                if error is not None:
                    raise error
