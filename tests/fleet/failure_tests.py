"""Nothing is lost and nothing doubled, whatever dies: pop3fleet, the server, pop3dump. Rotation, clusters, outages.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import support
import traffic
from support import FleetTest, NUMBER, StateServer, free_port, lines_of, run, warnings_of, without_numbers

SEED = int(os.environ.get("POP3ANA_TEST_SEED") or random.getrandbits(32))
KILLS = int(os.environ.get("POP3ANA_TEST_KILLS") or 30)
MOMENTS = int(os.environ.get("POP3ANA_TEST_MOMENTS") or 40)  # of a run, before and behind each call
OPTIONS = ("--alert-limits", "guessing=4,spraying=3,distributed=3,breach=2", "--expire", "30")
SENSORS = 3
# What is written here late is in time there: a log that does not grow is waited for, until finish().
WAITS = ("--idle", 600)
ALWAYS = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")


class Writer:
    """Writes a log as a live pop3dump does: in pieces, renamed now and then, killed inside a line."""

    def __init__(self, source, path, choose):
        self.left, self.path, self.choose = source.read_bytes(), path, choose
        self.rotations = 0
        self.path.touch()

    def write(self):
        """A piece. False: that was all."""
        chance = self.choose.random()
        whole = self.left[: self.choose.randrange(1, 20_000)]
        line_end = whole.rfind(b"\n") + 1
        if chance < 0.1 and self.rotations < 5 and self.path.stat().st_size:
            self.rotations += 1
            for number in range(self.rotations, 0, -1):
                older = self.path.with_name(f"{self.path.name}.{number}")
                if older.exists():
                    older.rename(self.path.with_name(f"{self.path.name}.{number + 1}"))
            self.path.rename(self.path.with_name(f"{self.path.name}.1"))
            self.path.touch()
            return True
        with open(self.path, "ab") as log:
            if chance < 0.2 and line_end < len(whole):
                # Killed: the next run takes the piece of a line back.
                log.write(whole)
                log.flush()
                time.sleep(0.05)
                log.truncate(log.tell() - len(whole) + line_end)
            else:
                log.write(whole[:line_end])
        self.left = self.left[line_end:]
        return bool(self.left)


class Kills(FleetTest):
    """At random moments, while logs grow and are rotated."""

    def logs_and_writers(self, choose):
        connections = traffic.make(choose, 150)
        parts = traffic.by_taps(choose, connections, SENSORS)
        captures = [traffic.write(self.folder / f"mx{number}.pcap", part) for number, part in enumerate(parts)]
        writers = [Writer(self.log_of(capture, capture.stem), self.folder / f"{capture.stem}.log", choose)
                   for capture in captures]
        return captures, writers

    def play(self, kill_server):
        choose = random.Random(SEED)
        captures, writers = self.logs_and_writers(choose)
        logs = [writer.path for writer in writers]
        out = self.folder / "out.log"
        # Each log is followed on its own, so that what dies is one of several.
        words = lambda log: ("-o", f"{out}.{log.stem}", "--sensors", SENSORS, "--stream", 100_000, *WAITS, *OPTIONS)
        start = lambda log: self.start_fleet([log], *words(log))
        fleets = {log: start(log) for log in logs}
        growing, killed = list(writers), 0
        while growing or killed < KILLS:
            growing = [writer for writer in growing if writer.write()]
            time.sleep(choose.random() * 0.1)
            if killed >= KILLS or choose.random() < 0.3:
                continue
            killed += 1
            if kill_server and choose.random() < 0.5:
                self.server.kill()
                time.sleep(choose.random() * 0.2)
                self.server.start()
            else:
                log = choose.choice(logs)
                fleets[log].kill()
                fleets[log].communicate()
                time.sleep(choose.random() * 0.2)
                fleets[log] = start(log)
        expected = warnings_of(captures, *OPTIONS)
        written = lambda: [line for log in logs for line in lines_of(f"{out}.{log.stem}")]
        for process in fleets.values():
            self.terminate(process)
        self.finish([self.fleet_words([log], "--once", *words(log)) for log in logs])
        self.assertEqual(without_numbers(written()), expected, f"POP3ANA_TEST_SEED={SEED}")
        self.assertEqual(self.server.ask("XLEN", "pop3fleet:{fleet}:warnings"), str(len(expected)))
        print(f"POP3ANA_TEST_SEED={SEED}: {killed} kills, {len(expected)} warnings")

    def test_killed_at_each_moment(self):
        """Each call that the outside notices is the last one once; the next run goes on."""
        choose = random.Random(SEED)
        capture = traffic.write(self.folder / "mx.pcap", traffic.packets_of(traffic.make(choose, 40)))
        whole = self.log_of(capture, "mx").read_bytes()
        expected = warnings_of([capture], *OPTIONS)
        log, out = self.folder / "mx.log", self.folder / "out.log"
        moment, moments = 1, 0
        while moment <= MOMENTS:
            self.server.ask("FLUSHALL")
            out.unlink(missing_ok=True)
            log.unlink(missing_ok=True)
            dies = 0
            # The log comes in pieces, each to a run that dies and one that does not.
            for piece in range(1, 4):
                log.write_bytes(whole[: whole.rfind(b"\n", 0, len(whole) * piece // 3) + 1])
                words = self.fleet_words([log], "--once", "-o", out, "--stream", 100_000, *OPTIONS)
                done = subprocess.run(words, capture_output=True, timeout=support.SECONDS, check=False,
                                      env=support.dying_at(moment))
                dies += done.returncode == -signal.SIGKILL
                run(*words)
            self.assertEqual(without_numbers(lines_of(out)), expected, f"POP3ANA_TEST_SEED={SEED}, moment {moment}")
            self.assertEqual(self.server.ask("XLEN", "pop3fleet:{fleet}:warnings"), str(len(expected)), f"moment {moment}")
            moments += dies
            moment += 1
        self.assertGreater(moments, MOMENTS)
        print(f"POP3ANA_TEST_SEED={SEED}: {moments} kills, {len(expected)} warnings each time")

    def test_killed_between_lines_whose_times_go_back(self):
        """What follows a later time counts as of it, for the next run too, which begins between the two."""
        number = iter(range(1, 1000))
        ends = '"id.orig_h":"203.0.113.1","id.orig_p":1,"id.resp_h":"192.0.2.25","id.resp_p":110'
        error = lambda ts: (f'{{"ts":{ts}.000000,"session":1,{ends},"event":"reply","status":"ERR","errors":1,'
                            f'"reply_end":{next(number)}}}\n')
        other = lambda ts: f'{{"ts":{ts}.000000,"session":1,{ends},"event":"command"}}\n'
        late, early = self.folder / "late.log", self.folder / "early.log"
        late.write_text(error(10) + other(20) + error(15))
        early.write_text(other(18))
        out = self.folder / "out"
        words = ("--sensors", 2, "--error-threshold", 0, *WAITS)
        start = lambda log: self.start_fleet([log], "-o", f"{out}.{log.stem}", *words)
        fleets = [start(late), start(early)]
        has_committed = lambda: self.server.ask("HEXISTS", "pop3fleet:{fleet}:sensors", "state:late") == "1"
        self.eventually(has_committed, "a commit")
        fleets[0].kill()
        fleets[0].communicate()
        fleets[0] = start(late)
        time.sleep(0.5)  # for what it may decide too early
        with open(early, "a", encoding="ascii") as log:
            log.write(other(30))
        with open(late, "a", encoding="ascii") as log:
            log.write(other(31))
        self.eventually(lambda: len(lines_of(f"{out}.late")) == 2, "both warnings")

    def test_killed_pop3fleet(self):
        self.play(kill_server=False)

    def test_killed_server_that_writes_always(self):
        self.server.stop()
        self.server = self.start_server(*ALWAYS)
        self.play(kill_server=True)


class Outage(FleetTest):
    """The server is away."""

    def test_local_warnings_and_then_the_fleet(self):
        choose = random.Random(SEED)
        connections = traffic.make(choose)
        parts = traffic.DIVISIONS["connection"](choose, connections, SENSORS)
        captures = [traffic.write(self.folder / f"mx{number}.pcap", part) for number, part in enumerate(parts)]
        # The sensors' own limits are those of the fleet.
        sources = [self.log_of(capture, capture.stem, *OPTIONS) for capture in captures]
        logs = [source.with_suffix(".log") for source in sources]
        for log in logs:
            log.touch()
        out = self.folder / "out.log"
        fleet = self.start_fleet(logs, "-o", out, *OPTIONS)
        self.eventually(lambda: self.server.ask("HLEN", "pop3fleet:{fleet}:sensors") != "0", "the sensors join")
        self.server.kill()
        for source, log in zip(sources, logs):
            log.write_bytes(source.read_bytes())
        local = []
        for capture, log in zip(captures, logs):
            words = [support.POP3DUMP, "-q", "--alerts", "all", "--peer", log.stem, "-r", capture, *OPTIONS]
            local += [line for line in run(*words)[0].splitlines() if " WARNING: " in line]
        self.eventually(lambda: len(lines_of(out)) >= len(local), f"{len(local)} local warnings")
        self.assertEqual(sorted(lines_of(out)), sorted(local))
        self.server.start()
        expected = warnings_of(captures, *OPTIONS)
        self.eventually(lambda: self.server.ask("HLEN", "pop3fleet:{fleet}:sensors") != "0", "the sensors join again")
        err = self.terminate(fleet)
        self.finish([self.fleet_words(logs, "--once", "-o", out, *OPTIONS)])
        self.assertIn("until it is back only what each pop3dump warns of is written", err)
        self.assertIn("is back", err)
        lines = lines_of(out)
        # Errors are counted one by one, so that each local warning is one of the fleet's.
        errors = lambda all_lines: [line for line in without_numbers(all_lines) if "error count" in line]
        self.assertEqual(errors(lines), errors(expected))
        # Guesses in steps: of one event and kind there is one warning, and none of the fleet's is missing.
        names = lambda all_lines: sorted((*line.split()[:2], *line.split(" WARNING: ")[1].split()[:2])
                                         for line in without_numbers(all_lines) if "error count" not in line)
        self.assertEqual(names(lines), sorted({*names(expected), *names(local)}))

    def test_the_standard_output_has_each_line_once(self):
        """What was written to it cannot be read again: it is remembered while the run lasts."""
        self.server.stop()
        self.server = self.start_server(*ALWAYS)
        choose = random.Random(SEED)
        capture = traffic.write(self.folder / "mx.pcap", traffic.packets_of(traffic.make(choose)))
        writer = Writer(self.log_of(capture, "mx"), self.folder / "mx.log", choose)
        out = self.folder / "out"
        with open(out, "w", encoding="ascii") as pipe, \
                subprocess.Popen(["sh", "-c", 'exec "$@" | cat', "sh",
                                  *self.fleet_words([writer.path], "--idle", 0, *OPTIONS)], stdout=pipe) as fleet:
            while writer.write():
                if choose.random() < 0.3:
                    self.server.kill()
                    self.server.start()
                time.sleep(0.1)
            expected = warnings_of([capture], *OPTIONS)
            self.eventually(lambda: len(lines_of(out)) >= len(expected), "all warnings")
            subprocess.run(["pkill", "-TERM", "-f", str(self.folder)], check=False)
            fleet.wait(support.SECONDS)
        self.assertEqual(without_numbers(lines_of(out)), expected, f"POP3ANA_TEST_SEED={SEED}")

    def test_a_server_that_forgets(self):
        """It says so, and counts anew; what was written is not written again."""
        choose = random.Random(SEED)
        capture = traffic.write(self.folder / "mx.pcap", traffic.packets_of(traffic.make(choose)))
        source = self.log_of(capture, "mx")
        log, out = self.folder / "mx.log", self.folder / "out.log"
        log.write_bytes(source.read_bytes())
        fleet = self.start_fleet([log], "-o", out, *OPTIONS)
        expected = warnings_of([capture], *OPTIONS)
        self.eventually(lambda: len(lines_of(out)) >= len(expected), "all warnings")
        self.server.kill()
        self.server.start()
        self.eventually(lambda: self.server.ask("HLEN", "pop3fleet:{fleet}:sensors") != "0", "the sensor joins again")
        err = self.terminate(fleet)
        self.finish([self.fleet_words([log], "--once", "-o", out, *OPTIONS)])
        self.assertIn("sensor mx: the server has lost what it knew: the fleet counts anew", err)
        self.assertEqual(without_numbers(lines_of(out)), expected)


class Cluster(FleetTest):
    """Three servers, of which each has a third of all slots."""

    def start_server(self, *options):
        self.nodes = []
        for number in range(3):
            folder = self.folder / f"node{number}"
            folder.mkdir(exist_ok=True)
            node = ClusterNode(folder)
            self.addCleanup(node.stop)
            self.nodes.append(node)
        run(support.CLI, "--cluster", "create", *(f"127.0.0.1:{node.port}" for node in self.nodes), "--cluster-yes")
        self.eventually(lambda: all("cluster_state:ok" in node.ask("CLUSTER", "INFO") for node in self.nodes),
                        "the cluster is there")
        return self.nodes[0]

    def test_a_slot_is_moved(self):
        choose = random.Random(SEED)
        parts = traffic.by_taps(choose, traffic.make(choose, 200), SENSORS)
        captures = [traffic.write(self.folder / f"mx{number}.pcap", part) for number, part in enumerate(parts)]
        writers = [Writer(self.log_of(capture, capture.stem), self.folder / f"{capture.stem}.log", choose)
                   for capture in captures]
        out = self.folder / "out.log"
        logs = [writer.path for writer in writers]
        fleet = self.start_fleet(logs, "-o", out, *WAITS, *OPTIONS)
        growing, moved, target = writers, 0, 0
        while growing or moved < 30:
            growing = [writer for writer in growing if writer.write()]
            # All slots of the fleet's keys, one after the other, while its calls are under way.
            target = (target + 1) % 3
            moved += self.move_some(choose, self.nodes[target])
        expected = warnings_of(captures, *OPTIONS)
        self.assertEqual(self.terminate(fleet), "")
        self.finish([self.fleet_words(logs, "--once", "-o", out, *OPTIONS)])
        self.assertEqual(without_numbers(lines_of(out)), expected, f"POP3ANA_TEST_SEED={SEED}")
        print(f"POP3ANA_TEST_SEED={SEED}: {moved} slots moved, {len(expected)} warnings")

    def move_some(self, choose, target):
        """Slots with keys, as redis-cli --cluster reshard does it. How many."""
        moved = 0
        for source in self.nodes:
            keys = source.ask("--scan").split()
            if source is target or not keys:
                continue
            slot = source.ask("CLUSTER", "KEYSLOT", choose.choice(keys))
            target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.name())
            source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.name())
            while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1).split():
                source.ask("MIGRATE", "127.0.0.1", target.port, keys[0], 0, 5000)
                time.sleep(0.002)
            for node in (target, source, *self.nodes):
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.name())
            moved += 1
        return moved


class ClusterNode(StateServer):
    """A server with a port that was free."""

    def __init__(self, folder):
        self.port = free_port() % 10_000 + 20_000  # that of the bus is 10,000 above
        super().__init__(folder, "--save", "", "--port", str(self.port), "--cluster-enabled", "yes")

    @property
    def url(self):
        """The first one does not answer."""
        return f"redis://127.0.0.1:1,127.0.0.1:{self.port}"

    def name(self):
        return self.ask("CLUSTER", "MYID")


class Sentinel(FleetTest):
    """A server with a replica, and who says which of the two is the master."""

    def start_server(self, *options):
        def node(name, *more):
            folder = self.folder / name
            folder.mkdir()
            made = TcpServer(folder, *map(str, (*options, *more)))
            self.addCleanup(made.stop)
            return made

        self.servers = [node("a", "--repl-diskless-sync-delay", 0)]
        self.servers.append(node("b", "--replicaof", f"127.0.0.1 {self.servers[0].port}"))
        self.sentinels = []
        for number in range(3):
            folder = self.folder / f"sentinel{number}"
            folder.mkdir()
            config = folder / "sentinel.conf"
            config.write_text(f"sentinel monitor mail 127.0.0.1 {self.servers[0].port} 2\n"
                              "sentinel down-after-milliseconds mail 500\nsentinel failover-timeout mail 2000\n")
            self.sentinels.append(TcpServer(folder, config=config))
            self.addCleanup(self.sentinels[-1].stop)
        self.eventually(lambda: all("num-other-sentinels\n2\n" in one.ask("SENTINEL", "MASTER", "mail") + "\n" and
                                    "num-slaves\n1\n" in one.ask("SENTINEL", "MASTER", "mail") + "\n"
                                    for one in self.sentinels), "the sentinels know each other")
        self.eventually(lambda: "master_link_status:up" in self.servers[1].ask("INFO", "replication"), "a replica")
        return self.servers[0]

    def fleet_words(self, logs, *options):
        words = super().fleet_words(logs, *options)
        words[words.index("--server") + 1] = \
            f"redis+sentinel://127.0.0.1:1,{','.join(f'127.0.0.1:{one.port}' for one in self.sentinels)}/mail"
        return words

    def test_the_master_dies(self):
        choose = random.Random(SEED)
        capture = traffic.write(self.folder / "mx.pcap", traffic.packets_of(traffic.make(choose, 150)))
        writer = Writer(self.log_of(capture, "mx", *OPTIONS), self.folder / "mx.log", choose)
        out = self.folder / "out.log"
        fleet = self.start_fleet([writer.path], "-o", out, *OPTIONS)
        master, replica = self.servers
        half = len(writer.left) // 2
        while len(writer.left) > half:
            writer.write()
            time.sleep(0.02)
        self.eventually(lambda: lines_of(out), "first warnings")
        master.kill()
        while writer.write():
            time.sleep(0.02)
        self.eventually(lambda: "role:master" in replica.ask("INFO", "replication"), "the replica is the master")
        expected = warnings_of([capture], *OPTIONS)
        self.eventually(lambda: set(expected) <= set(without_numbers(lines_of(out))), f"{len(expected)} warnings")
        self.terminate(fleet)
        master.start()  # Who was the master is told otherwise.
        self.finish([self.fleet_words([writer.path], "--once", "-o", out, *OPTIONS)])
        # Meanwhile the sensor may have gone on by itself: it is one, which warns as the fleet does.
        self.assertEqual(without_numbers(lines_of(out)), expected, f"POP3ANA_TEST_SEED={SEED}")

    def test_names_that_nobody_knows(self):
        log = self.log_of(traffic.write(self.folder / "mx.pcap", []), "mx")
        words = self.fleet_words([log], "--once")
        at = words.index("--server") + 1
        words[at] = words[at].replace("/mail", "/male")
        _, err = run(*words, status=1)
        self.assertIn("the sentinels know no server by the name male\n", err)


class TcpServer(StateServer):
    """A server, or a sentinel, with a port that was free."""

    def __init__(self, folder, *options, config=None):
        self.port = free_port()
        if config:
            super().__init__(folder, "--sentinel", "--port", str(self.port), config=[config])
        else:
            super().__init__(folder, "--save", "", "--port", str(self.port), *options)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"
