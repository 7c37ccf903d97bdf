#!/usr/bin/python3
"""Which clients failed to log in, how often, and as whom? For a pcap file, by libpop3ana through cffi.

    failed_logins.py FILE

Needs cffi (Debian: python3-cffi), the library, and its header, which says what the library has
(Debian: libpop3ana-dev); pkg-config finds both.
"""
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import pathlib
import re
import struct
import subprocess
import sys

import cffi


def declarations():
    """The header, without what is for the preprocessor."""
    folder = subprocess.run(["pkg-config", "--variable=includedir", "pop3ana"], check=True,
                            capture_output=True, text=True).stdout.strip()
    text = (pathlib.Path(folder) / "pop3ana/pop3ana.h").read_text(encoding="ascii")
    text = re.sub(r"(?ms)^#ifdef __cplusplus$.*?^#endif", "", text)
    return re.sub(r"(?m)^#.*$", "", text).replace("POP3ANA_API", "")


MOST_BYTES = 262_144  # of a packet, as capture programs have it

ffi = cffi.FFI()
ffi.cdef(declarations())
lib = ffi.dlopen("libpop3ana.so.0.2")


def text_of(piece):
    """A slice is borrowed: this copies it."""
    return ffi.buffer(piece.ptr, piece.len)[:].decode("utf-8", "replace") if piece.len else ""


def address_of(event):
    room = ffi.new("char[46]")
    lib.pop3ana_format_address(event.originator_family, event.originator_address, room, len(room))
    return ffi.string(room).decode()


def packets_of(path):
    """Time in ns, link type and bytes of each packet of a pcap file."""
    with open(path, "rb") as file:
        header = file.read(24)
        orders = {magic.to_bytes(4, name): (sign, ns) for name, sign in (("little", "<"), ("big", ">"))
                  for magic, ns in ((0xa1b2c3d4, 1000), (0xa1b23c4d, 1))}
        if header[:4] not in orders or len(header) < 24:
            sys.exit(f"failed_logins.py: {path}: no pcap file")
        order, ns = orders[header[:4]]
        link_type = struct.unpack(order + "I", header[20:])[0] & 0xffff
        while len(record := file.read(16)) == 16:
            seconds, fraction, captured, _ = struct.unpack(order + "4I", record)
            data = file.read(min(captured, MOST_BYTES + 1))
            if captured > MOST_BYTES or len(data) < captured:
                print(f"failed_logins.py: {path}: the file is cut or damaged", file=sys.stderr)
                return
            yield seconds * 1_000_000_000 + fraction * ns, link_type, data


def failures_of(path):
    """How often each client failed, and the users that it named."""
    counts, users = collections.Counter(), collections.defaultdict(set)

    @ffi.callback("void(void *, const pop3ana_event *)")
    def on_event(_, event):
        if event.type == lib.POP3ANA_EVENT_LOGIN_FAILURE:
            client = address_of(event)
            counts[client] += 1
            users[client].add(text_of(event.user))

    config = ffi.new("pop3ana_config *")
    lib.pop3ana_config_init_sized(config, ffi.sizeof("pop3ana_config"))
    sink = ffi.new("pop3ana_sink *", {"struct_size": ffi.sizeof("pop3ana_sink"), "on_event": on_event})
    engine, why = ffi.new("pop3ana_engine **"), ffi.new("char[256]")
    if lib.pop3ana_engine_new(config, sink, engine, why, len(why)) != lib.POP3ANA_OK:
        sys.exit(f"failed_logins.py: {ffi.string(why).decode()}")
    for number, (ts_ns, link_type, data) in enumerate(packets_of(path), 1):
        captured = ffi.from_buffer("uint8_t[]", data)
        frame = ffi.new("pop3ana_frame *", {
            "struct_size": ffi.sizeof("pop3ana_frame"), "data": captured, "captured_bytes": len(data),
            "number": number, "ts_ns": ts_ns, "link_type": link_type})
        lib.pop3ana_feed_frame(engine[0], frame)
    lib.pop3ana_engine_free(engine[0])
    return counts, users


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: failed_logins.py FILE")
    counts, users = failures_of(sys.argv[1])
    for client, count in counts.most_common():
        print(f"{client}\t{count}\t{', '.join(sorted(users[client]))}")


if __name__ == "__main__":
    main()
