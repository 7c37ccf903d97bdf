#!/usr/bin/env python3
"""A POP3 client that does what it is told: a JSON list of connections on its standard input.

Each is a pair: a place, which is [address, port], [address, port, own address] or the path of a socket,
and flights, which are lists of lines. The lines of a flight are sent at once, then their replies are
awaited. It ends early where the server does. With --stay it waits for ever for that end.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import json
import socket
import sys

TIMEOUT_S = 30
MULTI_LINE = ("CAPA", "LIST", "UIDL")


def read_reply(replies, command):
    status = replies.readline()
    if command.upper() in MULTI_LINE and status.startswith(b"+OK"):
        while replies.readline() not in (b".\r\n", b""):
            pass
    return status


def connect(place):
    if isinstance(place, list):
        address, port, *own_address = place
        return socket.create_connection((address, port), TIMEOUT_S,
                                        (own_address[0], 0) if own_address else None)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT_S)
    connection.connect(place)
    return connection


def talk(place, flights):
    with connect(place) as connection:
        replies = connection.makefile("rb")
        try:
            if not read_reply(replies, ""):
                return
            for flight in flights:
                connection.sendall("".join(f"{line}\r\n" for line in flight).encode())
                if not all([read_reply(replies, line) for line in flight]):
                    return
            if "--stay" in sys.argv:
                connection.settimeout(None)
            while replies.read(4096):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass


if __name__ == "__main__":
    for place, lines in json.load(sys.stdin):
        talk(place, lines)
