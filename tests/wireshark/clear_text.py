"""Writes what tshark's -z follow,tcp,raw and -z follow,tls,raw print as a capture in clear text."""
import collections
import re
import socket
import struct

LINKTYPE_RAW = 101
POP3_PORT = 110
TLS_HANDSHAKE = b"\x16\x03"
SYN, ACK, PSH, FIN = 0x02, 0x10, 0x08, 0x01


Dialogue = collections.namedtuple("Dialogue", "protocol counter number nodes parts")
# `parts`: (from node 1, bytes). `counter`: tcp or tls, what `number` is the stream of.


def dialogues_of(printed):
    result = []
    for text in re.split(r"^=+\n", printed, flags=re.MULTILINE):
        found = re.match(r"Follow: (\w+),raw\nFilter: (\w+)\.stream eq (\d+)\n"
                         r"Node 0: (.*):(\d+)\nNode 1: (.*):(\d+)\n", text)
        if found:
            protocol, counter, number, *nodes = found.groups()
            nodes = [(nodes[at].strip("[]"), int(nodes[at + 1])) for at in (0, 2)]
            parts = [(line.startswith("\t"), bytes.fromhex(line.strip()))
                     for line in text[found.end():].splitlines()]
            result.append(Dialogue(protocol, counter, int(number), nodes, parts))
    return result


def belong_together(tls, tcp):
    """Wireshark 4.0 counts streams of TLS as those of TCP, but forgets a node; 4.6 counts them apart."""
    if tls.counter == "tcp":
        return tls.number == tcp.number
    return set(tls.nodes) == set(tcp.nodes)


def in_clear_text(tcp, tls):
    """A dialogue without STLS and its reply, and with what was decrypted in place of TLS."""
    for at, (_, data) in enumerate(tcp):
        if data.startswith(TLS_HANDSHAKE):
            clear = tcp[:at]
            break
    else:
        return tcp
    if clear:
        (_, command), (_, reply) = clear[-2:]
        if command.upper() != b"STLS\r\n" or not reply.startswith(b"+OK") or reply.count(b"\n") != 1:
            raise AssertionError(f"no STLS before TLS: {command!r}, {reply!r}")
        clear = clear[:-2]
    return clear + tls


class Writer:
    def __init__(self, file):
        self.file = file
        self.seconds = 1_000_000_000
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, LINKTYPE_RAW))

    def packet(self, source, destination, sequence, acknowledged, flags, data=b""):
        tcp = struct.pack(">HHIIBBHHH", source[1], destination[1], sequence, acknowledged, 5 << 4,
                          flags, 65535, 0, 0) + data
        if ":" in source[0]:
            addresses = [socket.inet_pton(socket.AF_INET6, end[0]) for end in (source, destination)]
            header = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64)
        else:
            addresses = [socket.inet_pton(socket.AF_INET, end[0]) for end in (source, destination)]
            header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
        record = header + b"".join(addresses) + tcp
        self.seconds += 1
        self.file.write(struct.pack("<IIII", self.seconds, 0, len(record), len(record)) + record)

    def connection(self, client, server, dialogue):
        """A connection with a segment for each part; `dialogue` is a list of (from server, bytes)."""
        ends = [client, server]
        following = [1, 1]  # sequence numbers
        self.packet(client, server, 0, 0, SYN)
        self.packet(server, client, 0, 1, SYN | ACK)
        self.packet(client, server, 1, 1, ACK)
        for from_server, data in [*dialogue, (False, b""), (True, b"")]:
            flags = ACK | (PSH if data else FIN)
            self.packet(ends[from_server], ends[not from_server], following[from_server],
                        following[not from_server], flags, data)
            following[from_server] += len(data) + (not data)


def write_clear_text(printed, path):
    """Writes the connections one after the other, their servers on port 110. Returns how many."""
    dialogues = dialogues_of(printed)
    connections = sorted((dialogue for dialogue in dialogues if dialogue.protocol == "tcp"),
                         key=lambda dialogue: dialogue.number)
    with open(path, "wb") as file:
        writer = Writer(file)
        for tcp in connections:
            server, client = sorted(tcp.nodes, key=lambda node: node[1])
            parts = {"tcp": [], "tls": []}  # (from server, bytes)
            for dialogue in dialogues:
                if dialogue is tcp or dialogue.protocol == "tls" and belong_together(dialogue, tcp):
                    # Both say which port node 0 has.
                    client_is_0 = dialogue.nodes[0][1] == client[1]
                    parts[dialogue.protocol] = [(from_1 == client_is_0, data)
                                                for from_1, data in dialogue.parts]
            writer.connection(client, (server[0], POP3_PORT), in_clear_text(parts["tcp"], parts["tls"]))
    return len(connections)
