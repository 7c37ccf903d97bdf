"""--evidence: the packets of sessions that drew a warning."""
import fcntl
import os
import stat
import subprocess

import pcapng
from conversation import Capture, Conversation
from support import ALERTS, REAL, TIMEOUT_S, TLS, OutputTest

WARNING = b"WARNING: error count exceeds threshold"


class Evidence(OutputTest):
    def setUp(self):
        super().setUp()
        self.evidence = self.folder / "evidence"
        self.evidence.mkdir()

    def run_over(self, capture, *options, **more):
        return self.run_tool("-q", "-r", capture, "--evidence", self.evidence, *options, **more)

    def made(self, capture, *options):
        """Writes a made-up capture, runs over it, returns the packets of each file by name."""
        self.run_over(capture.write(self.folder / "made.pcap"), *options)
        return self.files()

    def files(self):
        return {path.name: pcapng.read_file(path) for path in sorted(self.evidence.iterdir())}

    def test_names_and_comments(self):
        log = self.run_over(ALERTS).decode().splitlines()
        files = self.files()
        alerts = {}
        for line in log:
            if WARNING.decode() in line:
                alerts.setdefault(line.split()[1], line)
        alerted = {number: packets for number, packets in self.by_number(files).items()
                   if "before the alert in session" not in packets[0].comments[0]}
        self.assertEqual(set(alerted), set(alerts))
        self.assertIn("20261123T083903Z_session2_10.77.0.2.pcapng", files)
        self.assertIn("20261123T084039Z_session6_fd77--4.pcapng", files)
        for name, packets in files.items():
            number = "#" + name.split("session")[1].split("_")[0]
            comments = [comment for packet in packets for comment in packet.comments]
            self.assertTrue(comments[0].startswith(f"evidence of session {number} of client "), comments[0])
            self.assertIn(comments[0], packets[0].comments)
            if number in alerts:
                self.assertIn(alerts[number], comments)
            # All of the session's lines, and no others.
            self.assertEqual(comments[1:], [line for line in log if line.split()[1] == number])

    @staticmethod
    def by_number(files):
        return {"#" + name.split("session")[1].split("_")[0]: packets for name, packets in files.items()}

    def test_the_files_of_a_client_reproduce_its_warning(self):
        """The errors may be those of several sessions."""
        log = self.run_over(ALERTS).decode().splitlines()
        clients = {}
        for path in self.evidence.iterdir():
            clients.setdefault(path.name.split("_")[2].split(".pcapng")[0], []).append(path)
        warned = {line.split()[2].split("/")[0].replace(":", "-") for line in log if WARNING.decode() in line}
        self.assertEqual(set(clients), warned)
        self.assertTrue(any(len(paths) > 1 for paths in clients.values()))
        for client, paths in clients.items():
            again = self.run_tool("-q", *(f"--read={path}" for path in paths)).decode()
            first = next(line for line in log if WARNING.decode() in line
                         and line.split()[2].split("/")[0].replace(":", "-") == client)
            self.assertIn((first.split()[0], *first.split()[2:]),
                          [(line.split()[0], *line.split()[2:]) for line in again.splitlines()])

    def test_sessions_before_the_warning_are_bounded(self):
        capture = Capture()
        for number in range(30):
            session = Conversation(capture, port=50000 + number)
            session.fail(1)
            session.end()
        files = self.by_number(self.made(capture, "--error-threshold", "29"))
        self.assertEqual(set(files), {f"#{number}" for number in range(14, 31)})
        for number in range(14, 30):
            comment = files[f"#{number}"][0].comments[0]
            self.assertTrue(comment.endswith("1 error before the alert in session #30"), comment)

    def test_the_summary_tells_of_other_sessions(self):
        self.run_over(ALERTS)
        first = {name.split("_")[1]: packets[0].comments[0] for name, packets in self.files().items()}
        self.assertEqual(first["session2"],
                         "evidence of session #2 of client 10.77.0.2, alert at error 4: 1 of these in "
                         "this session, 3 in other sessions of this client, latest #1")
        self.assertTrue(first["session12"].endswith("alert at error 4: 4 of these in this session"))

    def test_the_summary_of_another_kind_of_alert(self):
        self.run_over(ALERTS, "--alerts", "breach")
        (packets,) = (packets for name, packets in self.files().items() if "session12_" in name)
        comments = [comment for packet in packets for comment in packet.comments]
        self.assertEqual(comments[0], "evidence of session #12 of client 10.77.0.7, alert of kind breach")
        self.assertTrue(any("WARNING: login after" in comment for comment in comments))

    def test_secrets_of_tls(self):
        capture, keys = TLS / "k01_dovecot.pcap.gz", TLS / "k01_dovecot.keys"
        options = "--tls-port", "995", "--error-threshold", "1"
        log = self.run_over(capture, "--tls-keys", keys, *options).decode().splitlines()
        strip = lambda line: line.split(" ", 2)[2]
        names = [path.name for path in self.evidence.iterdir()]
        self.assertEqual(len(names), 4)  # of three that drew a warning, and one before
        for name in names:
            number = "#" + name.split("session")[1].split("_")[0]
            again = self.run_tool("-q", "-r", self.evidence / name, *options).decode().splitlines()
            self.assertEqual([strip(line) for line in again if "WARNING" not in line],
                             [strip(line) for line in log
                              if line.split()[1] == number and "WARNING" not in line], name)

    def test_no_secrets_where_they_are_hidden(self):
        self.run_over(TLS / "k01_dovecot.pcap.gz", "--tls-keys", TLS / "k01_dovecot.keys",
                      "--error-threshold", "1", "--redact")
        secrets = b"CLIENT_RANDOM ", b"_TRAFFIC_SECRET"
        written = b"".join(path.read_bytes() for path in self.evidence.iterdir())
        self.assertGreater(len(written), 1000)
        self.assertFalse([label for label in secrets if label in written])

    def test_the_name_of_the_peer(self):
        self.run_over(ALERTS, "--peer", "mx1")
        first = [packets[0].comments[0] for packets in self.files().values()]
        self.assertTrue(first[0].endswith("before the alert in session #mx1-2"))
        self.assertIn("evidence of session #mx1-2 of client ", first[1])
        self.assertIn("latest #mx1-1", first[1])

    def test_all_packets_of_the_session(self):
        capture = Capture()
        others = Conversation(capture, port=50001)
        alerted = Conversation(capture, client="10.0.0.2", port=50002)
        others.ask(b"NOOP", b"-ERR not yet")
        alerted.fail(4)
        others.end()
        alerted.end()
        (name, packets), = self.made(capture).items()
        self.assertRegex(name, r"^20231114T221\d\d\dZ_session2_10\.0\.0\.2\.pcapng$")
        wanted = [(ts, data) for ts, data in capture.packets if bytes([10, 0, 0, 2]) in data[12:20]]
        self.assertEqual([(packet.ts_ns, packet.data) for packet in packets], wanted)

    def test_it_reproduces_the_warning(self):
        capture = Capture()
        for number in range(3):
            session = Conversation(capture, client=f"2001:db8::{number}", server="2001:db8::99",
                                   port=50000 + number)
            session.fail(3 + number)
            session.end()
        self.assertEqual(len(self.made(capture)), 2)
        for path in self.evidence.iterdir():
            log = self.run_tool("-r", path)
            self.assertIn(WARNING, log)
            self.assertIn(b" #1 ", log)

    def test_wireshark_opens_it(self):
        self.run_over(ALERTS)
        for path in self.evidence.iterdir():
            shown = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "frame.comment"],
                                   capture_output=True, check=True, timeout=TIMEOUT_S)
            self.assertTrue(WARNING in shown.stdout or b" before the alert in session " in shown.stdout)
            self.assertEqual(shown.stdout.count(b"\n"), len(pcapng.read_file(path)))

    def test_no_alert_no_file(self):
        self.run_over(REAL / "s04_auth_plain_ir_noir.pcap")
        self.assertEqual(self.files(), {})

    def test_redaction_holds_in_comments(self):
        log = self.run_over(ALERTS, "--redact").decode()
        self.assertIn("<redacted>", log)
        for packets in self.files().values():
            for packet in packets:
                for comment in packet.comments:
                    self.assertTrue(comment in log or comment.startswith("evidence of"), comment)

    def test_a_long_session_is_cut_in_the_middle(self):
        capture = Capture()
        session = Conversation(capture)
        session.ask(b"USER alice", b"+OK")
        session.ask(b"PASS secret", b"+OK")
        for _ in range(10):
            session.ask(b"RETR 1", b"+OK\r\n" + b"x" * 78_000 + b"\r\n.")
        for _ in range(4):
            session.ask(b"DELE 9", b"-ERR no such message")
        session.end()
        (name, packets), = self.made(capture).items()
        self.assertLess((self.evidence / name).stat().st_size, 300_000)
        self.assertEqual([packet.data for packet in packets[:8]], [data for _, data in capture.packets[:8]])
        count = len(capture.packets) - len(packets)
        cuts = [(at, comment) for at, packet in enumerate(packets) for comment in packet.comments
                if "omitted" in comment]
        self.assertEqual([comment for _, comment in cuts],
                         [f"{count} earlier packets of this session omitted (buffer limit)"])
        at = cuts[0][0]
        self.assertEqual([packet.data for packet in packets[at:]],
                         [data for _, data in capture.packets[at + count:]])
        self.assertIn(WARNING, self.run_tool("-q", "-r", self.evidence / name))

    def many_alerts(self, sessions):
        capture = Capture()
        for number in range(sessions):
            session = Conversation(capture, client=f"10.0.{number // 200}.{number % 200}", port=50000)
            session.fail(4)
            session.end()
            capture.now_ns += 10**9
        return capture

    def test_the_oldest_give_way(self):
        foreign = {"notes.txt": b"n" * 5000, "20200101T000000Z_session1_10.0.0.1.pcap": b"p" * 5000,
                   "20200101T000000Z_session1_10.0.0.1.pcapng.gz": b"z" * 5000}
        for name, content in foreign.items():
            (self.evidence / name).write_bytes(content)
        old = self.evidence / "20200101T000000Z_session1_10.0.0.1.pcapng"
        old.write_bytes(b"o" * 5000)
        killed = self.evidence / "20260101T000000Z_session1_10.0.0.1.pcapng.part"
        killed.write_bytes(b"k")
        capture = self.many_alerts(300).write(self.folder / "made.pcap")
        done = subprocess.run(self.tool("-q", "-r", capture, "--evidence", self.evidence,
                                          "--evidence-size", "1", "--stats", "-o", "/dev/null"),
                              capture_output=True, check=True, timeout=TIMEOUT_S, text=True)
        counters = dict(line.split() for line in done.stderr.splitlines())
        names = sorted(path.name for path in self.evidence.iterdir() if path.name not in foreign)
        self.assertEqual(counters["evidence_files"], "300")
        self.assertEqual(int(counters["evidence_files_removed"]), 300 + 1 - len(names))
        sizes = [(self.evidence / name).stat().st_size for name in names]
        room = sum((size + 4095) // 4096 * 4096 for size in sizes)
        self.assertTrue(900_000 < room <= 1 << 20, room)
        # The latest are there, whole; what is not ours is untouched.
        self.assertIn("session300", names[-1])
        self.assertNotIn(old.name, names)
        self.assertNotIn(killed.name, names)
        for name in names:
            pcapng.read_file(self.evidence / name)
        for name, content in foreign.items():
            self.assertEqual((self.evidence / name).read_bytes(), content)

    def test_a_session_larger_than_its_share_of_the_room(self):
        capture = self.many_alerts(10)
        other_packets = len(capture.packets)
        session = Conversation(capture)
        session.fail(4)
        for _ in range(20):
            session.ask(b"CAPA", b"+OK\r\n" + b"x" * 78_000 + b"\r\n.")
        session.end()
        done = subprocess.run(self.tool("-q", "-r", capture.write(self.folder / "made.pcap"), "--evidence",
                                        self.evidence, "--evidence-size", "1", "--stats"),
                              capture_output=True, check=True, timeout=TIMEOUT_S, text=True)
        *others, (name, packets) = sorted(self.files().items())
        self.assertEqual(len(others), 10)
        self.assertTrue(100_000 < (self.evidence / name).stat().st_size < 1 << 19)
        lost = len(capture.packets) - other_packets - len(packets)
        self.assertIn(f"evidence_packets_lost {lost}\n", done.stderr)
        self.assertIn(f"over the limit of a session or client: {lost} evidence packets", done.stderr)

    @staticmethod
    def crowd(capture, clients):
        """As many clients, each with a session that draws a warning."""
        for number in clients:
            session = Conversation(capture, client=f"10.128.{number // 250}.{number % 250}", port=50000)
            session.fail(4)
            session.end()

    @staticmethod
    def attack(capture, client="10.66.6.6", sessions=6, port=50000):
        for number in range(sessions):
            server = "2001:db8:1::1" if ":" in client else "10.9.9.9"
            session = Conversation(capture, client=client, server=server, port=port + number)
            session.fail(4)
            session.end()

    def kept_of(self, client):
        return [path.name for path in self.evidence.glob(f"*_{client}.pcapng")]

    def test_a_crowd_does_not_push_out_an_attack(self):
        """Whether it comes after the attack or before it."""
        for before, after in ((0, 3000), (1000, 0), (1000, 100), (100, 1000)):
            with self.subTest(before=before, after=after):
                for path in self.evidence.iterdir():
                    path.unlink()
                capture = Capture()
                self.crowd(capture, range(before))
                first = len(capture.packets)
                self.attack(capture)
                last = len(capture.packets)
                self.crowd(capture, range(before, before + after))
                self.run_over(capture.write(self.folder / "made.pcap"), "--evidence-size", "4")
                names = self.kept_of("10.66.6.6")
                self.assertEqual(len(names), 6)
                kept = [(packet.ts_ns, packet.data) for name in names
                        for packet in pcapng.read_file(self.evidence / name)]
                self.assertEqual(sorted(kept), capture.packets[first:last])
                room = sum(path.stat().st_blocks * 512 for path in self.evidence.iterdir())
                self.assertTrue(3 << 20 < room <= 4 << 20, room)

    def test_a_client_beyond_its_share_gives_way_itself(self):
        """Of IPv6 it is the first 64 bits that count."""
        for clients in (["10.1.1.1"] * 600, [f"2001:db8::{number:x}" for number in range(1, 600)]):
            capture = Capture()
            self.attack(capture, sessions=2)
            self.crowd(capture, range(50))
            for number, client in enumerate(clients):
                self.attack(capture, client, 1, 50000 + number)
            self.attack(capture, "10.66.6.7", 2)
            self.run_over(capture.write(self.folder / "made.pcap"), "--evidence-size", "1")
            names = [path.name for path in self.evidence.iterdir()]
            large = [name for name in names if "_10.1.1.1" in name or "_2001" in name]
            self.assertEqual(len(names) - len(large), 2 + 50 + 2, names)
            self.assertGreater(len(large), 100)
            for name in names:
                (self.evidence / name).unlink()

    def test_those_of_one_second_go_in_the_order_of_their_alerts(self):
        names = [f"20200101T000000Z_session{session}_10.0.0.{address}.pcapng"
                 for session, address in ((2, 9), (9, 8), (10, 7), (100, 6))]
        for name in names:
            (self.evidence / name).write_bytes(b"o" * 240_000)
        self.run_over(self.many_alerts(30).write(self.folder / "made.pcap"), "--evidence-size", "1")
        left = [name for name in names if (self.evidence / name).exists()]
        self.assertTrue(0 < len(left) < len(names), left)
        self.assertEqual(left, names[-len(left):])

    def test_a_second_run_replaces_nothing(self):
        self.run_over(ALERTS)
        before = self.files()
        self.run_over(ALERTS)
        after = self.files()
        self.assertEqual(len(after), 2 * len(before))
        self.assertIn("20261123T083903Z_session2_10.77.0.2_2.pcapng", after)
        for name, packets in before.items():
            self.assertEqual(after[name], packets)

    def test_a_folder_that_is_not_there_is_made(self):
        self.evidence.rmdir()
        old = os.umask(0)
        try:
            self.run_over(ALERTS)
        finally:
            os.umask(old)
        self.assertEqual(stat.S_IMODE(self.evidence.stat().st_mode), 0o750)
        self.assertGreater(len(self.files()), 1)

    def test_folders_that_cannot_be_used(self):
        missing = self.folder / "missing/folder"
        file = self.folder / "file"
        file.write_bytes(b"")
        self.run_tool("-r", ALERTS, "--evidence", missing, status=1,
                      said=f"pop3dump: {missing}: No such file or directory\n")
        self.run_tool("-r", ALERTS, "--evidence", file, status=1, said=f"pop3dump: {file}: Not a directory\n")
        os.chmod(self.evidence, 0o500)
        # Root may write everywhere, unless it gives that up.
        drop = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
        done = subprocess.run([*drop, *self.tool("-r", ALERTS, "--evidence", self.evidence)],
                              capture_output=True, check=False, timeout=TIMEOUT_S, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, "", f"pop3dump: {self.evidence}: Permission denied\n"))

    def test_a_folder_that_is_taken(self):
        folder = os.open(self.evidence, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.run_tool("-r", ALERTS, "--evidence", self.evidence, status=1,
                      said=f"pop3dump: {self.evidence}: locked by another pop3dump\n")

    def test_a_file_that_was_taken_away(self):
        capture = Capture()
        session = Conversation(capture)
        session.fail(4)
        half = len(capture.packets)
        session.fail(2)
        session.end()
        data = capture.data()
        whole = len(Capture().data()) + sum(16 + len(packet) for _, packet in capture.packets[:half])
        process = self.start("-q", "-r", "-", "--evidence", self.evidence, stdin=subprocess.PIPE)
        process.stdin.write(data[:whole])
        process.stdin.flush()
        first = self.wait_for(lambda: [*self.evidence.glob("*.pcapng")])[0]
        first.rename(self.folder / "taken")
        process.stdin.write(data[whole:])
        process.stdin.close()
        self.assertEqual(process.wait(TIMEOUT_S), 0)
        (_, rest), = self.files().items()
        taken = pcapng.read_file(self.folder / "taken")
        self.assertEqual([packet.data for packet in taken + rest], [data for _, data in capture.packets])
        self.assertIn("(continued: the previous file was removed)", rest[0].comments[0])
