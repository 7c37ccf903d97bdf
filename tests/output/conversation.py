"""Captures of made-up POP3 conversations: pcap files of raw IP packets."""
import ipaddress
import struct

START_S = 1_700_000_000
MSS = 1400


def address(text):
    return ipaddress.ip_address(text).packed


class Capture:
    """Packets of several conversations in the order in which things were said."""

    def __init__(self):
        self.packets = []
        self.now_ns = START_S * 10**9

    def add(self, sender, receiver, ports, seq, ack, flags, data=b""):
        tcp = struct.pack(">HHIIBBHHH", *ports, seq % 2**32, ack % 2**32, 0x50, flags, 65535, 0, 0) + data
        if len(sender) == 4:
            head = struct.pack(">BBHIBBH", 0x45, 0, 20 + len(tcp), 0, 64, 6, 0)
        else:
            head = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64)
        self.packets.append((self.now_ns, head + sender + receiver + tcp))
        self.now_ns += 1_000_000

    def data(self):
        parts = [struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 101)]
        parts += [record(*packet) for packet in self.packets]
        return b"".join(parts)

    def write(self, path):
        path.write_bytes(self.data())
        return path


def record(ts_ns, data):
    return struct.pack("<IIII", ts_ns // 10**9, ts_ns % 10**9, len(data), len(data)) + data


def with_ethernet(capture):
    """A pcap file of raw IP as one of Ethernet."""
    out = capture[:20] + (1).to_bytes(4, "little")
    at = 24
    while at < len(capture):
        size = int.from_bytes(capture[at + 8: at + 12], "little")
        data = capture[at + 16: at + 16 + size]
        kind = b"\x08\x00" if data[0] >> 4 == 4 else b"\x86\xdd"
        out += capture[at: at + 8] + (size + 14).to_bytes(4, "little") * 2 + bytes(12) + kind + data
        at += 16 + size
    return out


class Conversation:
    """One connection; it opens itself with a handshake, perhaps a preface of a proxy, and a greeting."""

    def __init__(self, capture, client="10.0.0.1", server="10.9.9.9", port=40000,
                 greeting=b"+OK ready", preface=None, server_seq=900_000):
        self.capture = capture
        self.ends = {"C": address(client), "S": address(server)}
        self.ports = {"C": port, "S": 110}
        self.seq = {"C": 1000, "S": server_seq}
        self.first = len(capture.packets)
        self.send("C", 0x02)
        self.send("S", 0x12)
        self.send("C", 0x10)
        if preface:
            self.say("C", preface)
        self.say("S", greeting + b"\r\n")

    def send(self, who, flags, data=b""):
        peer = "S" if who == "C" else "C"
        self.capture.add(self.ends[who], self.ends[peer], (self.ports[who], self.ports[peer]),
                         self.seq[who], self.seq[peer], flags, data)
        self.seq[who] += len(data) + bin(flags & 3).count("1")

    def say(self, who, data):
        for at in range(0, len(data), MSS):
            self.send(who, 0x18, data[at: at + MSS])

    def ask(self, command, reply):
        self.say("C", command + b"\r\n")
        self.say("S", reply + b"\r\n")

    def fail(self, times=1):
        for number in range(times):
            self.ask(b"USER eve", b"+OK")
            self.ask(b"PASS guess%d" % number, b"-ERR no")

    def end(self):
        self.ask(b"QUIT", b"+OK bye")
        self.send("C", 0x11)
        self.send("S", 0x11)
        self.send("C", 0x10)
