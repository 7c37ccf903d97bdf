#!/usr/bin/env python3
"""Writes each message that comes at a socket, as syslog(3) sends them, to a file: SOCKET FILE.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import socket
import sys

if __name__ == "__main__":
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o666)
    with open(sys.argv[2], "ab", buffering=0) as file:
        while True:
            file.write(log.recv(65536).rstrip(b"\n\0") + b"\n")
