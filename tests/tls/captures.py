"""Captures of TLS in pcap files, as packets that can be changed.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import csv
import gzip
import pathlib
import random
import struct

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "golden" / "tls"
PCAP_HEADER = 24
ETHERNET_BYTES = 14

Capture = collections.namedtuple("Capture", "name path kind key_log options")


def captures(kinds=("exact",)):
    """Those with a key log beside them."""
    found = []
    with open(FOLDER / "CLASSES.tsv", encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            words = row["options"].split()
            if row["class"] not in kinds or "--tls-keys" not in words:
                continue
            at = words.index("--tls-keys")
            key_log = FOLDER / words[at + 1]
            found.append(Capture(row["capture"], FOLDER / row["capture"], row["class"], key_log,
                                 words[:at] + words[at + 2:]))
    return found


def read(path):
    """The file's header, and its packets as (head, frame)."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    packets, at = [], PCAP_HEADER
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        packets.append((data[at:at + 8], data[at + 16:at + 16 + size]))
        at += 16 + size
    return data[:PCAP_HEADER], packets


def written(header, packets):
    return header + b"".join(
        head + struct.pack("<II", len(frame), len(frame)) + frame for head, frame in packets)


def lossy(path, seed, rate):
    """Without some of its packets."""
    header, packets = read(path)
    chance = random.Random(seed)
    return written(header, [packet for packet in packets if chance.random() >= rate])


def tcp_at(frame):
    """Offsets of the IP header, of the TCP header, of its payload and of the end of that, or None."""
    ip = ETHERNET_BYTES
    kind = frame[12:14]
    if kind == b"\x08\x00" and frame[ip + 9] == 6:
        tcp = ip + 4 * (frame[ip] & 15)
        end = ip + struct.unpack_from(">H", frame, ip + 2)[0]
    elif kind == b"\x86\xdd" and frame[ip + 6] == 6:
        tcp = ip + 40
        end = tcp + struct.unpack_from(">H", frame, ip + 4)[0]
    else:
        return None
    return ip, tcp, tcp + 4 * (frame[tcp + 12] >> 4), end


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def with_payload(frame, offset, payload, is_last):
    """The packet with a part of its payload, which begins at `offset`. Others keep their FIN."""
    ip, tcp, start, _ = tcp_at(frame)
    head = bytearray(frame[:start])
    sequence = struct.unpack_from(">I", head, tcp + 4)[0]
    struct.pack_into(">I", head, tcp + 4, (sequence + offset) & 0xffffffff)
    if not is_last:
        head[tcp + 13] &= ~1
    struct.pack_into(">H", head, tcp + 16, 0)
    size = start - tcp + len(payload)
    if head[ip] >> 4 == 4:
        struct.pack_into(">H", head, ip + 2, tcp - ip + size)
        struct.pack_into(">H", head, ip + 10, 0)
        struct.pack_into(">H", head, ip + 10, checksum(bytes(head[ip:tcp])))
        pseudo = bytes(head[ip + 12:ip + 20]) + struct.pack(">HH", 6, size)
    else:
        struct.pack_into(">H", head, ip + 4, size)
        pseudo = bytes(head[ip + 8:ip + 40]) + struct.pack(">IHH", size, 0, 6)
    struct.pack_into(">H", head, tcp + 16, checksum(pseudo + bytes(head[tcp:]) + payload))
    return bytes(head) + payload


def resegmented(path, seed, longest):
    """Each payload cut into pieces of 1 to `longest` bytes; all have the time of their packet."""
    header, packets = read(path)
    chance, out = random.Random(seed), []
    for head, frame in packets:
        place = tcp_at(frame)
        if place is None or place[3] - place[2] < 2:
            out.append((head, frame))
            continue
        payload, offset = frame[place[2]:place[3]], 0
        while offset < len(payload):
            part = payload[offset:offset + chance.randint(1, longest)]
            is_last = offset + len(part) == len(payload)
            out.append((head, with_payload(frame, offset, part, is_last)))
            offset += len(part)
    return written(header, out)


# ------------------------------------------------------------------ pcapng

def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def secrets_block(key_log):
    return block(10, b"KSLT" + struct.pack("<I", len(key_log)) + key_log)


def pcapng(path, key_log_at):
    """As pcapng with secrets blocks: `key_log_at` has bytes of a key log by the number of packets
    that come before them."""
    header, packets = read(path)
    is_ns = struct.unpack_from("<I", header)[0] == 0xa1b23c4d
    per_second = 10**9 if is_ns else 10**6
    resolution = struct.pack("<HHB3xHH", 9, 1, 9 if is_ns else 6, 0, 0)
    link_type = struct.unpack_from("<I", header, 20)[0]
    out = [block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)),
           block(1, struct.pack("<HHI", link_type, 0, 0) + resolution)]
    for number, (head, frame) in enumerate(packets):
        if number in key_log_at:
            out.append(secrets_block(key_log_at[number]))
        seconds, part = struct.unpack("<II", head)
        time = seconds * per_second + part
        out.append(block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff, len(frame),
                                        len(frame)) + frame))
    if len(packets) in key_log_at:
        out.append(secrets_block(key_log_at[len(packets)]))
    return b"".join(out)
