"""Random POP3 traffic of a site: some people, some guessers, several servers, one of which somebody may stand before
who takes STLS away; and ways in which its sensors may divide it.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import base64
import heapq
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "output"))
from conversation import Capture, Conversation, record  # pylint: disable=wrong-import-position

SERVERS = ["192.0.2.25", "192.0.2.26", "192.0.2.27", "192.0.2.28", "192.0.2.29", "2001:db8::25", "2001:db8::26",
           "2001:db8::27"]
# Two are one client of IPv6: they share 64 bits.
CLIENTS = [f"203.0.113.{number}" for number in range(1, 9)] + ["2001:db8:bad::1", "2001:db8:bad::2",
                                                               "2001:db8:cafe::1"]
USERS = [b"alice", b"bob", b"carol", b"dave", b"erin", b"frank", b"gr\xfcn", "größe".encode()]
MINUTE_NS = 60 * 10**9
SPAN_NS = 8000  # of which taps may be late less
HEADER = Capture().data()


class Connection:
    """The packets of a connection, and its ends."""

    def __init__(self, client, server, packets):
        self.client, self.server, self.packets = client, server, packets


def token(user, number):
    return b"AUTH XOAUTH2 " + base64.b64encode(b"user=%s\1auth=Bearer token%d\1\1" % (user, number))


def capabilities(random, talk):
    """The server's, once or twice: mostly with STLS."""
    for _ in range(random.choice([1, 1, 2])):
        lines = [b"+OK", b"USER", *([b"STLS"] if random.random() < 0.6 else []), b"."]
        talk.say("C", b"CAPA\r\n")
        talk.say("S", b"".join(line + b"\r\n" for line in lines))


def connection(random, start_ns, port, has_key):
    client, server = random.choice(CLIENTS), random.choice(SERVERS)
    while (":" in client) != (":" in server):
        server = random.choice(SERVERS)
    capture = Capture()
    capture.now_ns = start_ns
    talk = Conversation(capture, client, server, port=port,
                        server_seq=random.randrange(2**32))
    if has_key and random.random() < 0.5:
        capabilities(random, talk)
    if random.random() < 0.1:
        talk.ask(b"STLS", b"-ERR not here")  # The password is in the clear then, which is warned of.
    if random.random() < 0.2:  # Replies in one packet, whose warnings are the same line.
        talk.say("C", b"STAT\r\nSTAT\r\n")
        talk.say("S", b"-ERR not now\r\n-ERR not now\r\n")
    for _ in range(random.randrange(1, 5)):
        capture.now_ns += random.choice([0, 0, 10**6, 20 * 10**9])
        command, reply = random.choice([(b"STAT", b"-ERR not now"), (b"CAPA", b"-ERR unknown")])
        if has_key and random.random() < 0.2:
            command, reply = token(random.choice(USERS), random.randrange(10)), b"-ERR [AUTH] no"
        elif random.random() < 0.8:
            user = random.choice(USERS)
            talk.ask(b"USER " + user, b"+OK")
            command = b"PASS " + random.choice([b"old", b"secret%d" % random.randrange(30), b""])
            reply = random.choice([b"-ERR [AUTH] wrong", b"-ERR [AUTH] wrong", b"-ERR no", b"-ERR [IN-USE] later",
                                   b"+OK welcome"])
        talk.ask(command, reply)
        if reply.startswith(b"+OK"):
            break
    if random.random() < 0.8:
        talk.end()
    return Connection(client, server, capture.packets)


def make(random, connections=120, has_key=False):
    """Connections that overlap, with pauses so long that counts begin anew. `has_key`: with what sensors tell of only
    where they have the fleet key. No two have packets of one time, whose
    order nobody knows who sees only one of them: those of each are its number of spans away from whole milliseconds.
    Nor has any the ports of another one, which it would continue for who sees both.
    """
    made, start_ns = [], Capture().now_ns
    for number in range(connections):
        made.append(connection(random, start_ns + number * SPAN_NS, 20000 + number, has_key))
        start_ns += random.choice([0, 10**6, 10**9, MINUTE_NS, 8 * MINUTE_NS])
        if random.random() < 0.005:  # A server that offered STLS is forgotten after a day.
            start_ns += 25 * 60 * MINUTE_NS
    return made


def write(path, packets):
    """A capture of (time, data), in the order of their times."""
    path.write_bytes(HEADER + b"".join(record(*packet) for packet in sorted(packets, key=lambda packet: packet[0])))
    return path


def packets_of(connections):
    return list(heapq.merge(*(one.packets for one in connections), key=lambda packet: packet[0]))


# -- Divisions: the packets of each sensor.

def by(key):
    def divide(random, connections, sensors):
        place = {}
        parts = [[] for _ in range(sensors)]
        for one in connections:
            parts[place.setdefault(key(one), random.randrange(sensors))] += one.packets
        return parts
    return divide


def by_taps(random, connections, sensors):
    """Each connection passes two or more taps, whose clocks and delays differ a little."""
    parts = [[] for _ in range(sensors)]
    for one in connections:
        for tap in random.sample(range(sensors), random.randrange(2, sensors + 1)):
            late_ns = random.randrange(3) * 1000
            parts[tap] += [(ts_ns + late_ns, data) for ts_ns, data in one.packets]
    return parts


def by_packets(random, connections, sensors):
    """Pairs of taps see the same. A balancer deals each packet to one of a pair; the other has its copy later."""
    parts = [[] for _ in range(sensors)]
    turn = 0
    for one in connections:
        pair = random.randrange(sensors // 2) * 2
        for ts_ns, data in one.packets:
            parts[pair + turn].append((ts_ns, data))
            parts[pair + 1 - turn].append((ts_ns + 1000, data))
            turn = 1 - turn
    return parts


DIVISIONS = {
    "server": by(lambda one: one.server),
    "client": by(lambda one: one.client),
    "connection": by(id),
    "taps": by_taps,
    "packets": by_packets,
}
