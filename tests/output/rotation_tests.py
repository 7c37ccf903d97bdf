"""-C, -G and -W: names, numbers, and that nothing is lost between two files."""
import pcapng
from support import ALERTS, LONG, OutputTest


class Rotation(OutputTest):
    def setUp(self):
        super().setUp()
        self.base = self.folder / "p"

    def write(self, *options, capture=LONG, name="p"):
        self.run_tool("-q", "-r", capture, "-w", self.folder / name, "-o", "/dev/null", *options)
        return self.names()

    def packets(self, names):
        return [packet for name in names for packet in pcapng.read_file(self.folder / name)]

    def whole(self, capture=LONG):
        target = self.folder.parent / (self.folder.name + ".whole")
        self.addCleanup(target.unlink)
        self.run_tool("-q", "-r", capture, "-w", target, "-o", "/dev/null")
        return pcapng.read_file(target)

    def test_by_size(self):
        names = self.write("-C", "100k")
        self.assertEqual(set(names), {"p"} | {f"p{number}" for number in range(1, len(names))})
        self.assertGreater(len(names), 5)
        ordered = ["p"] + [f"p{number}" for number in range(1, len(names))]
        self.assertEqual(self.packets(ordered), self.whole())
        for name in ordered[:-1]: # larger than the limit by less than a packet with its comments
            size = (self.folder / name).stat().st_size
            self.assertTrue(102_400 < size < 110_000 + 65_536, size)

    def test_millions_of_bytes(self):
        self.assertEqual(self.write("-C", "1000"), ["p"])

    def test_ring(self):
        all_names = self.write("-C", "50k")
        last = max(int(name[1:] or 0) for name in all_names)
        last_content = pcapng.read_file(self.folder / f"p{last}")
        for name in all_names:
            (self.folder / name).unlink()
        names = self.write("-C", "50k", "-W", "11")
        self.assertGreater(last, 11)
        self.assertEqual(names, [f"p{number:02}" for number in range(11)])
        self.assertEqual(pcapng.read_file(self.folder / f"p{last % 11:02}"), last_content)
        for name in names:
            self.assertTrue(pcapng.read_file(self.folder / name))

    def test_by_time(self):
        names = self.write("-G", "60", capture=ALERTS, name="at_%Y%m%dT%H%M%S")
        self.assertEqual(names[0], "at_20261123T083834")
        self.assertGreater(len(names), 2)
        self.assertEqual(self.packets(names), self.whole(ALERTS))
        for name in names:
            times = [packet.ts_ns for packet in pcapng.read_file(self.folder / name)]
            self.assertLess(max(times) // 10**9 - times[0] // 10**9, 60)

    def test_by_time_without_a_format_replaces(self):
        names = self.write("-G", "60", capture=ALERTS)
        self.assertEqual(names, ["p"])
        whole = self.whole(ALERTS)
        last = self.packets(names)
        self.assertEqual(last, whole[-len(last):])

    def test_end_after_so_many_files(self):
        names = self.write("-G", "60", capture=ALERTS, name="at_%s")
        first = self.packets(names[:2])
        for name in names:
            (self.folder / name).unlink()
        self.assertEqual(self.write("-G", "60", "-W", "2", capture=ALERTS, name="at_%s"), names[:2])
        self.assertEqual(self.packets(names[:2]), first)

    def test_by_size_and_time(self):
        names = self.write("-C", "1k", "-G", "60", "-W", "3", capture=ALERTS, name="at_%s_")
        self.assertTrue(all(name[-1] in "012" for name in names))
        starts = {name.split("_")[1] for name in names}
        self.assertGreater(len(starts), 2)

    def test_a_file_that_cannot_be_had(self):
        (self.folder / "p1").mkdir()
        done = self.run_tool("-q", "-r", LONG, "-w", self.base, "-o", "/dev/null", "-C", "100k",
                             status=1, said=f"pop3dump: {self.base}1: Is a directory\n")
        self.assertEqual(done, b"")
        self.assertTrue(pcapng.read_file(self.base))
