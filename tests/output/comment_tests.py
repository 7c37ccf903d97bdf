"""Log lines as comments of the packets that they are due to."""
import subprocess

import pcapng
from conversation import Capture, Conversation
from support import ALERTS, CRAFTED, REAL, TIMEOUT_S, OutputTest


def comments_of(path):
    return [comment for packet in pcapng.read_file(path) for comment in packet.comments]


class Comments(OutputTest):
    def lines(self, capture, *options):
        target = self.folder / "written.pcapng"
        log = self.run_tool("-q", "-r", capture, "-w", target, *options).decode().splitlines()
        return log, target

    def test_all_lines_in_order(self):
        captures = [path for folder in (REAL, CRAFTED) for path in sorted(folder.glob("*.pcap*"))]
        self.assertGreater(len(captures), 100)
        for capture in captures:
            target = self.folder / "written.pcapng"
            log = self.run_tool("-q", "-r", capture, "-w", target, status=None, said=None)
            with self.subTest(capture.name):
                self.assertEqual(comments_of(target), log.decode().splitlines())

    def test_packets_stay_as_they_were(self):
        _, target = self.lines(ALERTS)
        again = self.folder / "again.pcapng"
        self.run_tool("-r", target, "-w", again, "-o", self.folder / "log")
        first, second = pcapng.read_file(target), pcapng.read_file(again)
        self.assertEqual(first, second)
        with open(ALERTS, "rb") as file:
            capture = file.read()
        for packet in first:
            self.assertIn(packet.data, capture)

    def test_each_is_at_the_packet_that_completes_it(self):
        _, target = self.lines(ALERTS)
        for packet in pcapng.read_file(target):
            for comment in packet.comments:
                seconds, rest = divmod(packet.ts_ns // 1000, 1_000_000)
                self.assertEqual(comment.split()[0], f"{seconds}.{rest:06}")

    def test_wireshark_shows_them(self):
        log, target = self.lines(ALERTS)
        shown = subprocess.run(["tshark", "-r", target, "-T", "fields", "-e", "frame.comment",
                                "-E", "aggregator=\n"], capture_output=True, check=True, timeout=TIMEOUT_S)
        self.assertEqual([line for line in shown.stdout.decode().splitlines() if line], log)

    def test_redaction_holds_in_comments(self):
        for capture in (ALERTS, REAL / "s04_auth_plain_ir_noir.pcap"):
            with self.subTest(capture.name):
                log, target = self.lines(capture, "--redact")
                self.assertEqual(comments_of(target), log)
                self.assertIn("<redacted>", "\n".join(log))

    def test_json_beside_them(self):
        log, target = self.lines(ALERTS)
        self.run_tool("-q", "--json", "-r", ALERTS, "-w", target)
        self.assertEqual(comments_of(target), log)

    def test_too_many_lines_are_counted(self):
        # One segment of 48,000 bytes with 12,000 replies that are each a line of the log.
        payload = b"+OK\n" * 12_000
        target = self.folder / "written.pcapng"
        capture = self.folder / "many.pcap"
        packets = Capture()
        conversation = Conversation(packets)
        conversation.ask(b"NOOP", b"+OK")
        conversation.send("S", 0x18, payload)
        packets.write(capture)
        log = self.run_tool("-q", "-r", capture, "-w", target).decode().splitlines()
        comments = comments_of(target)
        self.assertGreater(len(log), 5000)
        kept = comments[:-1]
        self.assertEqual(kept, log[:len(kept)])
        self.assertEqual(comments[-1], f"{len(log) - len(kept)} more log lines omitted")
        self.assertLess(len(target.read_bytes()), 600_000)
