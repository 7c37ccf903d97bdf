"""What a service must live through: kill -9 at any moment, SIGHUP with renamed logs, full disks."""
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

import pcapng
import support
from conversation import Capture, Conversation, with_ethernet
from support import ALERTS, ROOT, TIMEOUT_S, DiskTest, OutputTest

sys.path.insert(0, str(ROOT / "tests/live"))
import namespaces  # pylint: disable=wrong-import-position

TIMES = 200
SERVICES = 8  # killed side by side: a kill takes the kernel longer than the machine
FILLED_BYTES = 10_000  # of a packet file: a few sessions
WHY_NOT_LIVE = namespaces.why_not("tcpreplay")


def failing_clients(sessions, network="10.1"):
    """Each session draws a warning."""
    capture = Capture()
    for number in range(sessions):
        session = Conversation(capture, client=f"{network}.{number // 200}.{number % 200}", port=50000 + number)
        session.ask(b"CAPA", b"+OK\r\nUSER\r\nPIPELINING\r\n.")
        session.fail(4)
        session.end()
    return capture


class Feeder(threading.Thread):
    """Writes bytes into a pipe bit by bit, until the reader leaves."""

    def __init__(self, pipe, data, pause_s, piece=3000):
        super().__init__()
        self.pipe, self.data, self.pause_s, self.piece = pipe, data, pause_s, piece
        self.start()

    def run(self):
        try:
            for at in range(0, len(self.data), self.piece):
                os.write(self.pipe.fileno(), self.data[at: at + self.piece])
                time.sleep(self.pause_s)
        except BrokenPipeError:
            pass
        try:
            self.pipe.close()
        except BrokenPipeError:
            pass


class Hangup(OutputTest):
    def test_no_line_is_lost_or_doubled(self):
        data = failing_clients(600)
        whole = self.run_tool("-q", "-r", data.write(self.folder / "made.pcap"))
        log = self.folder / "log"
        process = self.start("-q", "-r", "-", "-o", log, stdin=subprocess.PIPE)
        feeder = Feeder(process.stdin, data.data(), 0.004)
        self.wait_for(log.exists)
        hangups = rotations = 0
        while feeder.is_alive() and hangups < TIMES:
            if hangups % 3 != 1 and log.exists(): # every third one comes without a rotation
                rotations += 1
                log.rename(self.folder / f"log.{1000 + rotations}")
            process.send_signal(signal.SIGHUP)
            hangups += 1
            time.sleep(random.uniform(0, 0.008))
        feeder.join()
        self.assertEqual(process.wait(TIMEOUT_S), 0)
        self.assertEqual(hangups, TIMES)
        self.assertGreater(rotations, 50)
        parts = [path.read_bytes() for path in sorted(self.folder.glob("log.*"))]
        if log.exists():
            parts.append(log.read_bytes())
        self.assertGreater(len([part for part in parts if part]), 20)
        for part in parts:
            self.assertTrue(part == b"" or part.endswith(b"\n"))
        self.assertEqual(b"".join(parts), whole)


class Kill(OutputTest):
    def check_packet_files(self, paths):
        for path in paths:
            data = path.read_bytes()
            if data:
                pcapng.read(data, allow_cut=True)

    def look_with_others(self, paths):
        """A file whose last block is cut is read up to there by all."""
        for path in paths:
            packets = len(pcapng.read(path.read_bytes(), allow_cut=True))
            shown = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "frame.number"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                                   timeout=TIMEOUT_S)
            self.assertEqual(shown.stdout.count(b"\n"), packets, path)
            done = subprocess.run(self.tool("-q", "--stats", "-r", path), capture_output=True, check=False,
                                  timeout=TIMEOUT_S, text=True)
            self.assertIn(f"packets_read {packets}\n", done.stderr)

    @unittest.skipIf(WHY_NOT_LIVE, f"live captures: {WHY_NOT_LIVE}")
    def test_kill_at_any_moment(self):
        """Of a live capture that is started again and again, as a service is."""
        capture = failing_clients(40).write(self.folder / "made.pcap")
        known = {line.split(" ", 2)[2] for line in
                 self.run_tool("-q", "-r", capture).decode().splitlines()}
        space = namespaces.Host("output")
        self.addCleanup(space.close)
        space.add_pair("va", "vb")
        framed = self.folder / "framed.pcap"
        framed.write_bytes(with_ethernet(capture.read_bytes()))
        replay = subprocess.Popen(space.command("tcpreplay", "-q", "-i", "va", "--loop", "0", "--pps",
                                                "5000", framed), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(replay.wait)
        self.addCleanup(replay.kill)
        services = [threading.Thread(target=self.kill_again_and_again, args=(space, number))
                    for number in range(SERVICES)]
        for service in services:
            service.start()
        for service in services:
            service.join()
        for number in range(SERVICES):
            filled, evidence = self.check_service(space, self.folder / str(number), known)
        self.look_with_others(random.sample(filled, 3) + random.sample(evidence, 3))

    def kill_again_and_again(self, space, number):
        folder = self.folder / str(number)
        (folder / "evidence").mkdir(parents=True)
        for kill in range(TIMES // SERVICES):
            packets = folder / f"packets.{kill}"
            process = subprocess.Popen(space.command(*self.tool(
                "-q", "-i", "vb", "--immediate-mode", "--no-midstream", "-o", folder / "log", "-w",
                packets, "--evidence", folder / "evidence")), stderr=subprocess.DEVNULL)
            try:
                # Some while they start, others while they write; a busy machine takes long for both.
                self.wait_for(packets.exists if kill % 2 else lambda: packets.exists() and
                              packets.stat().st_size > FILLED_BYTES)
                time.sleep(random.uniform(0, 0.08))
            finally:
                process.kill()
                process.wait()

    def check_service(self, space, folder, known):
        # The next start removes what a kill inside write(2) has left.
        last = subprocess.Popen(space.command(*self.tool("-q", "-i", "vb", "-o", folder / "log", "-c", "1")),
                                stderr=subprocess.DEVNULL)
        self.assertEqual(last.wait(TIMEOUT_S), 0)
        lines = (folder / "log").read_bytes().decode().splitlines(keepends=True)
        self.assertGreater(len(lines), TIMES)
        for line in lines[:-1]:
            self.assertTrue(line.endswith("\n"))
            self.assertRegex(line, r"^\d+\.\d{6} #\d+ ")
            self.assertIn(line[:-1].split(" ", 2)[2], known)
        # No number is that of two sessions.
        begun = [int(line.split(" ")[1][1:]) for line in lines[:-1] if line.endswith(": new connection\n")]
        self.assertEqual(begun, sorted(set(begun)))
        self.assertEqual({int(line.split(" ")[1][1:]) for line in lines[:-1]} - set(begun), set())
        evidence = list((folder / "evidence").glob("*.pcapng"))
        self.assertTrue(all(path.stat().st_size > 0 for path in evidence))
        packets = list(folder.glob("packets.*"))
        self.assertEqual(len(packets), TIMES // SERVICES)
        self.assertGreater(len(evidence), 3)
        self.check_packet_files(evidence + packets)
        filled = [path for path in packets if path.stat().st_size > FILLED_BYTES]
        self.assertGreaterEqual(len(filled), TIMES // SERVICES // 2)
        return filled, evidence

    def test_packet_files_can_be_cut_anywhere(self):
        target, evidence = self.folder / "packets", self.folder / "evidence"
        evidence.mkdir()
        self.run_tool("-q", "-r", ALERTS, "-w", target, "--evidence", evidence, "-o", "/dev/null")
        for source in (target, next(evidence.iterdir())):
            data = source.read_bytes()
            for size in random.sample(range(100, len(data)), 5):
                cut = self.folder / f"cut.{size}"
                cut.write_bytes(data[:size])
                self.look_with_others([cut])


class Unwritable(OutputTest):
    """What the account loses after the start, for another reason than a full disk."""

    @unittest.skipIf(WHY_NOT_LIVE, f"live captures: {WHY_NOT_LIVE}")
    def test_it_is_counted_by_reason_and_an_error(self):
        space = namespaces.Host("output")
        self.addCleanup(space.close)
        space.add_pair("va", "vb")
        os.chmod(self.folder, 0o755)
        folders = [self.folder / "evidence", self.folder / "packets"]
        for folder in folders:
            folder.mkdir()
            os.chown(folder, 65534, 65534)
        said = open(self.folder / "said", "w+", encoding="utf-8") # pylint: disable=consider-using-with
        self.addCleanup(said.close)
        process = subprocess.Popen(space.command(
            support.POP3DUMP, "-Z", "nobody", "-i", "vb", "--evidence", folders[0], "-C", "1k", "-w",
            folders[1] / "p", "-o", self.folder / "log"), stderr=said)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        def text():
            return (self.folder / "said").read_text(encoding="utf-8")
        self.wait_for(lambda: "listening" in text())
        self.wait_for(lambda: (folders[1] / "p").exists())
        for folder in folders:
            os.chown(folder, 0, 0)
        made = failing_clients(20).write(self.folder / "made.pcap")
        framed = self.folder / "framed.pcap"
        framed.write_bytes(with_ethernet(made.read_bytes()))
        space.output("tcpreplay", "-q", "-i", "va", "--pps", "2000", framed)
        self.wait_for(lambda: (self.folder / "log").read_bytes().count(b"WARNING") == 20)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIMEOUT_S), 1, text())
        self.assertRegex(text(), rf"(?m)^pop3dump: {folders[0]}: Permission denied: \d+ evidence packets "
                                 "not written$")
        self.assertRegex(text(), rf"(?m)^pop3dump: {folders[1]}/p1: Permission denied: \d+ packets not written$")
        self.assertNotIn("no space left", text())
        # It goes on in the file that it has.
        self.assertIn(f"{self.folder}/log: user nobody cannot reopen it: after SIGHUP", text())


class FullDisk(DiskTest):
    def test_a_run_over_files_fails(self):
        capture = failing_clients(2000).write(self.folder / "made.pcap")
        for option, name in (("-o", "log"), ("-w", "packets")):
            target = self.disk / name
            done = subprocess.run(self.tool("-q", "-r", capture, option, target), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S, text=True)
            self.assertEqual((done.returncode, done.stderr),
                             (1, f"pop3dump: {target}: No space left on device\n"))
            data = target.read_bytes()
            self.assertGreater(len(data), 100_000)
            if name == "log":
                self.assertTrue(data.endswith(b"\n"))
            else:
                self.assertTrue(pcapng.read(data))
            target.unlink()
        evidence = self.disk / "evidence"
        evidence.mkdir()
        done = subprocess.run(self.tool("-q", "-r", capture, "--evidence", evidence, "-o", "/dev/null"),
                              stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, rf"^pop3dump: {re.escape(str(evidence))}.*: No space left on device\n$")
        for path in evidence.iterdir():
            self.assertTrue(pcapng.read_file(path))

    def start_live(self):
        space = namespaces.Host("output")
        self.addCleanup(space.close)
        space.add_pair("va", "vb")
        (self.disk / "evidence").mkdir()
        said = open(self.folder / "said", "wb") # pylint: disable=consider-using-with
        self.addCleanup(said.close)
        process = subprocess.Popen(space.command(*self.tool(
            "-i", "vb", "--stats", "-o", self.disk / "log", "-w", self.disk / "packets", "--evidence",
            self.disk / "evidence")), stderr=said)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for(lambda: "listening" in self.said())
        return space, process

    def said(self):
        return (self.folder / "said").read_text(encoding="utf-8")

    def packets_are_whole(self):
        try:
            return bool(pcapng.read_file(self.disk / "packets"))
        except ValueError:
            return False

    @unittest.skipIf(WHY_NOT_LIVE, f"live captures: {WHY_NOT_LIVE}")
    def test_a_live_capture_goes_on(self):
        captures, whole, packets_of_sessions = [], [], 0
        for network, sessions in (("10.1", 1000), ("10.2", 50)):
            made = failing_clients(sessions, network).write(self.folder / "made.pcap")
            captures.append(self.folder / f"{network}.pcap")
            captures[-1].write_bytes(with_ethernet(made.read_bytes()))
            whole += self.run_tool("-q", "-r", made, "-w", self.folder / "all").decode().splitlines()
            packets_of_sessions += len(pcapng.read_file(self.folder / "all"))
        space, process = self.start_live()
        space.output("tcpreplay", "-q", "-i", "va", "--pps", "20000", captures[0])
        self.wait_for(lambda: self.said().count("No space left") >= 3)
        self.assertIsNone(process.poll())
        # Once a second it tries again, and takes back what a try has written of a record.
        self.wait_for(lambda: (self.disk / "log").read_bytes().endswith(b"\n"))
        self.wait_for(self.packets_are_whole)
        # Room again: the run goes on by itself, with what it has kept.
        for path in (self.disk / "evidence").iterdir():
            path.unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", self.disk], check=True)
        self.wait_for(lambda: self.said().count("writing again") >= 3)
        space.output("tcpreplay", "-q", "-i", "va", "--pps", "20000", captures[1])
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIMEOUT_S), 1)
        counters = {name: int(value) for name, value in
                    re.findall(r"(?m)^([a-z_]+) (\d+)$", self.said())}
        lines = (self.disk / "log").read_bytes().decode().splitlines()
        packets = pcapng.read_file(self.disk / "packets")
        self.assertGreater(counters["lines_lost"], 0)
        self.assertGreater(counters["packets_lost"], 0)
        self.assertEqual(len(packets), counters["packets_written"])
        self.assertEqual(counters["packets_written"] + counters["packets_lost"], packets_of_sessions)
        known = {line.split(" ", 2)[2] for line in whole}
        self.assertEqual(len(lines) + counters["lines_lost"], len(whole))
        self.assertIn(" 10.2.0.49/", "".join(lines[-40:]))
        for line in lines:
            self.assertIn(line.split(" ", 2)[2], known)
        for name, counter, what in (("log", "lines_lost", "log lines"), ("packets", "packets_lost", "packets")):
            self.assertIn(f"pop3dump: {self.disk / name}: no space left: {counters[counter]} {what} not written\n",
                          self.said())
        for path in (self.disk / "evidence").iterdir():
            pcapng.read_file(path)
