"""Capture files as lists of records that can be divided, moved in time and mixed with others."""
import dataclasses
import gzip
import struct

MAGICS = {0xA1B2C3D4: 10**3, 0xA1B23C4D: 1}  # ns of a unit
SECTION, INTERFACE, SECRETS = 0x0A0D0D0A, 1, 10
PACKET_BLOCKS = (2, 3, 6)


@dataclasses.dataclass
class Record:
    """A packet of a pcap file; a block of a pcapng file, whose time stays as it is."""
    data: bytes
    wire: int = 0
    ts_ns: int = 0
    is_packet: bool = True


class Pcap:
    """Any byte order, microseconds or nanoseconds. What is behind the first damage stays away."""
    suffix = ".pcap"
    can_move = True

    def __init__(self, data):
        self.order = "<" if struct.unpack_from("<I", data)[0] in MAGICS else ">"
        self.unit_ns = MAGICS[struct.unpack_from(self.order + "I", data)[0]]
        self.head, self.records, at = data[:24], [], 24
        while at + 16 <= len(data):
            seconds, part, size, wire = struct.unpack_from(self.order + "IIII", data, at)
            if at + 16 + size > len(data):
                break
            ts_ns = seconds * 10**9 + part * self.unit_ns
            self.records.append(Record(data[at + 16: at + 16 + size], wire, ts_ns))
            at += 16 + size

    def file(self, records):
        out = [self.head]
        for one in records:
            seconds, rest = divmod(one.ts_ns, 10**9)
            out.append(struct.pack(self.order + "IIII", seconds, rest // self.unit_ns, len(one.data), one.wire))
            out.append(one.data)
        return b"".join(out)


class Pcapng:
    """One section. What the packets need stands before them in each file, secrets where they stood."""
    suffix = ".pcapng"
    can_move = False

    def __init__(self, data):
        order = "<" if struct.unpack_from("<I", data, 8)[0] == 0x1A2B3C4D else ">"
        head, self.records, at = [], [], 0
        while at + 12 <= len(data):
            kind, size = struct.unpack_from(order + "II", data, at)
            size = (size + 3) // 4 * 4
            block = data[at: at + size]
            if kind == SECTION and at or size < 12 or len(block) < size:
                raise ValueError("not one whole section")
            if kind in (SECTION, INTERFACE):
                head.append(block)
            elif kind in (*PACKET_BLOCKS, SECRETS):
                self.records.append(Record(block, is_packet=kind != SECRETS))
            at += size
        self.head = b"".join(head)

    def file(self, records):
        return self.head + b"".join(one.data for one in records)


class Whole:
    """Any other format: a file that is not divided."""
    can_move = False

    def __init__(self, path):
        self.data, self.suffix = path.read_bytes(), path.suffix
        self.records = [Record(self.data)]

    def file(self, records):
        return b"".join(one.data for one in records)


def read(path):
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError):
            return Whole(path)
    if len(data) >= 28 and any(struct.unpack_from(order + "I", data)[0] in MAGICS for order in "<>"):
        return Pcap(data)
    try:
        if len(data) >= 28 and struct.unpack_from("<I", data)[0] == SECTION:
            return Pcapng(data)
    except (ValueError, struct.error):
        pass
    return Whole(path)


def coarse(capture, _random):
    """Only whole seconds: most times are equal."""
    for one in capture.records:
        one.ts_ns -= one.ts_ns % 10**9


def wild(capture, random):
    """Some packets have times of long before or long after; what is mixed in, which is none of POP3, too."""
    for one in capture.records:
        if random.random() < 0.05:
            one.ts_ns = max(0, one.ts_ns + random.randrange(-60, 60) * 10**9)
    noisy(capture, random, 40)


def noisy(capture, random, seconds=0):
    """Between the packets there are others."""
    times = [one.ts_ns for one in capture.records] or [0]
    for _ in range(len(times) // 3):
        at = random.randrange(len(times))
        ts_ns = max(0, times[at] + random.randint(-seconds, seconds) * 10**9)
        capture.records.insert(min(at + random.randint(0, 9), len(capture.records)), Record(bytes(60), 60, ts_ns))


def divide(records, random):
    """1 to 8 shares: behind each other, as of a ring, or by turns, as of several places."""
    count = random.randint(1, min(8, max(1, len(records))))
    if random.random() < 0.6:
        ends = sorted(random.randint(0, len(records)) for _ in range(count - 1))
        return [records[a:b] for a, b in zip([0, *ends], [*ends, len(records)])]
    shares = [[] for _ in range(count)]
    for one in records:
        random.choice(shares).append(one)
    return shares
