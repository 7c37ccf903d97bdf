#!/usr/bin/env python3
"""The server that nginx's mail proxy asks whether a login may go on, and to whom: all may.

    tests/live/auth_http.py PORT SERVER SERVER_PORT

SPDX-License-Identifier: GPL-2.0-or-later
"""
import http.server
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name
        self.send_response(200)
        self.send_header("Auth-Status", "OK")
        self.send_header("Auth-Server", sys.argv[2])
        self.send_header("Auth-Port", sys.argv[3])
        self.end_headers()

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
