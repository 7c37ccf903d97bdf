"""Reading pcapng files block by block, as the specification has them."""
import collections
import struct

Packet = collections.namedtuple("Packet", "ts_ns link_type data wire_bytes comments")
SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6


def options(data):
    found, at = [], 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from("<HH", data, at)
        if code == 0:
            break
        found.append((code, data[at + 4: at + 4 + size]))
        at += 4 + (size + 3) // 4 * 4
    return found


def read(data, allow_cut=False):
    """The packets of a little-endian section; anything odd raises ValueError, but for a cut last block."""
    packets, link_types, at = [], [], 0
    while at < len(data):
        if at + 12 > len(data) or at + (size := struct.unpack_from("<I", data, at + 4)[0]) > len(data):
            if allow_cut:
                break
            raise ValueError(f"the last block is cut: {at} of {len(data)}")
        kind = struct.unpack_from("<I", data, at)[0]
        if size % 4 or struct.unpack_from("<I", data, at + size - 4)[0] != size:
            raise ValueError(f"lengths of the block at {at} differ")
        body = data[at + 8: at + size - 4]
        if (kind == SECTION) != (at == 0):
            raise ValueError(f"block {kind:#x} at {at}")
        if kind == INTERFACE:
            link_types.append(struct.unpack_from("<H", body)[0])
        elif kind == PACKET:
            interface, high, low, captured, wire = struct.unpack_from("<IIIII", body)
            padded = (captured + 3) // 4 * 4
            comments = [text.decode() for code, text in options(body[20 + padded:]) if code == 1]
            packets.append(Packet(high << 32 | low, link_types[interface],
                                  body[20: 20 + captured], wire, comments))
        at += size
    return packets


def read_file(path, allow_cut=False):
    with open(path, "rb") as file:
        return read(file.read(), allow_cut)
