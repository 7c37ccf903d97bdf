"""Logins and refusals by connection, as pop3dump's log and the servers' own logs tell them.

A connection is named by the address and port of its client, as in pop3dump's log: 10.0.0.1/1234. A port
that a client uses towards two servers joins both connections, on both sides of a comparison.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import re

Verdict = collections.namedtuple("Verdict", "accepted user password")


def of_pop3dump(log):
    clients = dict(re.findall(r" (#\d+) (\S+/\d+) > \S+: new connection", log))
    verdicts = collections.defaultdict(list)
    for number, result, user, password in re.findall(
            r" (#\d+) > login (successful|failed): user (.*) password: (.*)", log):
        verdicts[clients[number]].append(Verdict(result == "successful", user, password))
    return sort(verdicts)


def of_dovecot(log, passwords):
    """Of a connection of a balancer that told who its client is, also those of the client's connection to
    the balancer: they must be the same."""
    refused = collections.defaultdict(list)
    for user, session, password in re.findall(
            r"passwd-file\(([^,]+),[^,]*,<([^>]+)>\): (?:Password mismatch|unknown user) "
            r"\(given password: (.*)\)", log):
        refused[session].append(Verdict(False, user, password))
    # Dovecot as a proxy makes a connection for each attempt of one session.
    left = collections.Counter(re.findall(r"session=<([^>]+)>", log))
    verdicts = collections.defaultdict(list)
    for result, user, peer, client, session in re.findall(
            r"pop3-login: (?:Info: )?(.*): user=<([^>]*)>, peer=([^,]+), client=([^,]+), "
            r"session=<([^>]+)>", log):
        left[session] -= 1
        attempts = re.search(r"auth failed, (\d+) attempts", result)
        count = len(refused[session]) if not left[session] else int(attempts[1]) if attempts else 0
        found, refused[session] = refused[session][:count], refused[session][count:]
        if result == "Login":
            found.append(Verdict(True, user, passwords[user]))
        for end in {peer, client} if found else ():
            verdicts[end] += found
    return sort(verdicts)


def of_courier(log):
    """Its authentication daemon logs users and passwords, its POP3 server clients and results: in the same
    order when the logins came one after the other."""
    users = re.findall(r"looking up '(.*)'", log)
    passwords = re.findall(r"(?:supplied password '|Authenticated: clearpasswd=)(.*)(?:' does|, passwd)", log)
    results = re.findall(r"(LOGIN|LOGIN FAILED), .*ip=\[(?:::ffff:)?([^]]+)\], port=\[(\d+)\]", log)
    verdicts = collections.defaultdict(list)
    for user, password, (result, address, port) in zip(users, passwords, results, strict=True):
        verdicts[f"{address}/{port}"].append(Verdict(result == "LOGIN", user, password))
    return sort(verdicts)


def sort(verdicts):
    """A server's processes need not log in the order in which they answered."""
    return {client: sorted(of_client, key=str) for client, of_client in verdicts.items()}
