"""Ethernet frames, and pcap files of them."""
import socket
import struct

CLIENT, SERVER = ("10.9.0.2", "2001:db8::2"), ("10.9.0.1", "2001:db8::1")
TCP, UDP, ICMP = 6, 17, 1


SYN, ACK = 2, 16


def segment(source, destination, payload=b"", flags=ACK, seq=1, ack=1):
    return struct.pack("!HHIIBBHHH", source, destination, seq, ack, 5 << 4, flags, 1024, 0, 0) + payload


def ipv4(payload, protocol=TCP, fragment=0, options=b"", from_server=False):
    """`fragment`: flags and offset as in the header."""
    ends = [socket.inet_aton(CLIENT[0]), socket.inet_aton(SERVER[0])]
    words = 5 + len(options) // 4
    return struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, words * 4 + len(payload), 7, fragment, 64,
                       protocol, 0, ends[from_server], ends[not from_server]) + options + payload


def ipv6(payload, following=TCP):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), following, 64,
                       socket.inet_pton(socket.AF_INET6, CLIENT[1]),
                       socket.inet_pton(socket.AF_INET6, SERVER[1])) + payload


def ipv6_fragment(payload, following=TCP, offset=0, more=1):
    """`offset` in units of eight bytes."""
    return ipv6(struct.pack("!BBHI", following, 0, offset << 3 | more, 7) + payload, 44)


def ethernet(packet, *tags, ethertype=None):
    """`tags` are TPIDs of VLAN tags, the outermost first."""
    if ethertype is None:
        ethertype = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    tagged = b"".join(struct.pack("!HH", tpid, 5 + at) for at, tpid in enumerate(tags))
    return bytes(range(2, 14)) + tagged + struct.pack("!H", ethertype) + packet


def connection(port, lines):
    """The frames of one: the server begins, then each line is answered by the next."""
    sent = {True: 499, False: 99}  # next sequence number by whether it is the server's

    def frame(from_server, payload=b"", flags=ACK):
        ends = (110, port) if from_server else (port, 110)
        packet = segment(*ends, payload, flags, sent[from_server], sent[not from_server])
        sent[from_server] += len(payload) + (flags & SYN != 0)
        return ethernet(ipv4(packet, from_server=from_server))

    yield frame(False, flags=SYN)
    yield frame(True, flags=SYN | ACK)
    yield frame(False)
    for at, line in enumerate(lines):
        yield frame(at % 2 == 0, line + b"\r\n")


def side_by_side(connections):
    """A frame of each in turn."""
    return [frame for row in zip(*connections, strict=True) for frame in row]


def pcap(frames):
    records = b"".join(struct.pack("<IIII", 1_700_000_000, at, len(frame), len(frame)) + frame
                       for at, frame in enumerate(frames))
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1) + records
