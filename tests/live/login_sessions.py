"""The sessions of run-logins: what a client does, and what pop3dump must say of it.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import base64
import collections
import dataclasses
import itertools

from login_servers import DELAYED, NORMAL, PASSWORD

SERVER_ADDRESS = "10.80.0.1"

# As pop3dump's JSON has it; None for a member that is null or absent.
Login = collections.namedtuple("Login", "accepted user mechanism reason cleartext authzid password")

SECRET_IN_THE_CLEAR = ("USER", "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")
PASSWORD_SEEN = ("USER", "PLAIN", "LOGIN")
# The mechanisms of each program, by its own names. curl takes OAUTHBEARER where it can, mpop sees no APOP in
# Dovecot's greeting, and curl and hydra give up DIGEST-MD5 where the server names no realm.
OF_CURL = {"APOP": "+APOP", **{name: name for name in ("PLAIN", "LOGIN", "CRAM-MD5", "OAUTHBEARER")}}
OF_MPOP = {name: name.lower() for name in (
    "USER", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2",
    "OAUTHBEARER")}
OF_HYDRA = {"USER": "CLEAR", **{name: name for name in ("PLAIN", "LOGIN", "CRAM-MD5", "CRAM-SHA1",
                                                        "CRAM-SHA256")}}


def login(mechanism, user, password, reason=None, authzid=None):
    return Login(reason is None, user, mechanism, reason,
                 mechanism in SECRET_IN_THE_CLEAR and reason != "not_tried", authzid,
                 password if mechanism in PASSWORD_SEEN and reason != "not_tried" else None)


@dataclasses.dataclass
class Session:
    kind: str
    program: str
    client: str  # its address
    logins: list  # as the client did them
    port: int = 110
    queue: str = ""  # sessions of one queue come one after the other
    flights: list = None  # of a script
    words: list = None  # the command line of another program
    statuses: tuple = (0,)  # of that program
    surprise: str = ""  # another status, and what it printed

    def connection(self):
        return [[SERVER_ADDRESS, self.port, self.client], self.flights]


def base64_of(*fields):
    return base64.b64encode("\0".join(fields).encode()).decode()


def flights_of(mechanism, user, password):
    """As scripts do it; `PLAIN alone` and `LOGIN initial` are the other ways of two mechanisms."""
    return {"USER": [[f"USER {user}"], [f"PASS {password}"]],
            "USER ahead": [["CAPA"], [f"USER {user}", f"PASS {password}"], ["STAT"]],
            "PLAIN": [[f"AUTH PLAIN {base64_of('', user, password)}"]],
            "PLAIN alone": [["AUTH PLAIN"], [base64_of("", user, password)]],
            "LOGIN": [["AUTH LOGIN"], [base64_of(user)], [base64_of(password)]],
            "LOGIN initial": [[f"auth login {base64_of(user)}"], [base64_of(password)]]}[mechanism]


WAYS = ("USER", "USER ahead", "PLAIN", "PLAIN alone", "LOGIN", "LOGIN initial")


class Maker:
    """Makes sessions with a server, each with a client address of its own unless it is given one."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.sessions = []
        self.numbers = itertools.count(256)

    def add(self, kind, program, logins, queue, client=None, **more):
        network = "10.83" if program == "hydra" else "10.82" if kind in ("refused", "not tried") else "10.81"
        number = next(self.numbers)
        session = Session(kind, program, client or f"{network}.{number // 256}.{number % 256}", logins,
                          self.server.PORTS.get(kind, 110), queue, **more)
        self.sessions.append(session)
        return session

    def script(self, kind, *logins, flights=(), queue=None, client=None):
        """Logins by USER and PASS where no flights say otherwise."""
        flights = flights or [flight for said in logins
                              for flight in flights_of("USER", said.user, said.password)]
        return self.add(kind, "script", list(logins), queue or logins[0].user, client,
                        flights=[*flights, ["QUIT"]])

    def curl(self, kind, mechanism, user, password, queue=None, client=None, tls=False):
        said = login(mechanism, user, password, self.server.REASONS.get(kind))
        session = self.add(kind, "curl", [] if tls else [said], queue or user, client,
                           statuses=(0,) if said.accepted else (67,))
        session.words = ["curl", "-sS", "--interface", session.client, *(["-k", "--ssl-reqd"] if tls else []),
                         "--login-options", f"AUTH={OF_CURL[mechanism]}",
                         *(["-u", f"{user}:", "--oauth2-bearer", password] if mechanism == "OAUTHBEARER" else
                           ["-u", f"{user}:{password}"]), f"pop3://{SERVER_ADDRESS}:{session.port}/"]

    def mpop(self, kind, mechanism, user, password, queue=None, client=None, tls=False):
        said = login(mechanism, user, password, self.server.REASONS.get(kind))
        session = self.add(kind, "mpop", [] if tls else [said], queue or user, client,
                           statuses=(0,) if said.accepted else (77,))
        session.words = ["mpop", f"--host={SERVER_ADDRESS}", f"--port={session.port}",
                         f"--source-ip={session.client}", f"--user={user}", f"--auth={OF_MPOP[mechanism]}",
                         f"--passwordeval=echo '{password}'", "--keep=on", "--auth-only",
                         "--delivery=mbox,/dev/null",
                         f"--uidls-file={self.folder}/uidls-{session.client}",
                         *(["--tls=on", "--tls-starttls=on", "--tls-certcheck=off"] if tls else
                           ["--tls=off"])]

    def hydra(self, kind, mechanism, user, passwords):
        """The last of the passwords is the right one, or none is. hydra tries some twice."""
        guesses = self.folder / f"guesses-{next(self.numbers)}"
        guesses.write_text("".join(f"{password}\n" for password in passwords), encoding="utf-8")
        logins = [login(mechanism, user, password,
                        None if password == PASSWORD else self.server.REASONS["wrong"],
                        user if mechanism == "PLAIN" else None)
                  for password in passwords]
        session = self.add(kind, "hydra", logins, "hydra", statuses=(0, 255))
        session.words = ["hydra", "-I", "-l", user, "-P", guesses, "-t", "1",
                         f"pop3://{SERVER_ADDRESS}/{OF_HYDRA[mechanism]}"]

    def tool(self, program, *words, **more):
        """Where the program knows the mechanism."""
        if words[1] in {"curl": OF_CURL, "mpop": OF_MPOP}[program]:
            getattr(self, program)(*words, **more)


def held_sessions(maker):
    """Sessions that stay, so that others find their account in use."""
    kinds = maker.server.KINDS
    held = []
    if "locked" in kinds:
        held.append(maker.script("locked", login("USER", "locked", PASSWORD)))
    if "over limit" in kinds:
        held.append(maker.script("over limit", login("USER", "limited", PASSWORD)))
    for session in held:
        session.flights.pop()  # QUIT
    if "delayed" in maker.server.REASONS:  # the first logins, which end
        held += [maker.script("right", login("USER", user, PASSWORD)) for user in DELAYED]
    maker.sessions.clear()
    return held


def add_round(maker, number, held):
    server, names = maker.server, itertools.cycle(NORMAL)
    for way in WAYS:
        add_ways(maker, way, next(names), f"wrong {number}", f"nobody{number}")
    for mechanism, program in itertools.product(server.MECHANISMS, ("curl", "mpop")):
        user = next(names)
        maker.tool(program, "right", mechanism, user, PASSWORD)
        maker.tool(program, "wrong", mechanism, user, f"wrong {number}")
    known = [mechanism for mechanism in server.MECHANISMS if mechanism in OF_HYDRA]
    maker.hydra("wrong", known[number % len(known)], "guessed", [f"guess{number}", PASSWORD])
    maker.hydra("unknown user", known[(number + 1) % len(known)], "nobody", [f"guess{number}", "second"])
    for kind, user in (("locked", "locked"), ("over limit", "limited"), ("disabled", "disabled"),
                       ("denied", "denied"), ("broken", "broken"), ("delayed", "")):
        if kind in server.KINDS:
            add_special(maker, kind, user, held)
    add_authorization(maker, names)
    add_misleading(maker, next(names))
    if "refused" in server.KINDS:
        user = next(names)
        maker.script("not tried", login("USER", user, None, "not_tried"), flights=[[f"USER {user}"]])
        maker.script("refused", login("PLAIN", user, PASSWORD, server.REASONS["refused"]),
                     flights=flights_of("PLAIN", user, PASSWORD))
    if server.SPEAKS_TLS:
        for mechanism, program in itertools.product(("PLAIN", "LOGIN", "CRAM-MD5"), ("curl", "mpop")):
            maker.tool(program, "in TLS", mechanism, next(names), PASSWORD, tls=True)


def add_ways(maker, way, user, wrong, nobody):
    """What a script does by one mechanism."""
    reasons, mechanism = maker.server.REASONS, way.split()[0]
    right = flights_of(way, user, PASSWORD)
    good, bad = login(mechanism, user, PASSWORD), login(mechanism, user, wrong, reasons["wrong"])
    maker.script("right", good, flights=right)
    maker.script("wrong", bad, flights=flights_of(way, user, wrong))
    maker.script("wrong", bad, bad, good, flights=flights_of(way, user, wrong) * 2 + right)
    maker.script("unknown user", login(mechanism, nobody, "x", reasons["unknown user"]),
                 flights=flights_of(way, nobody, "x"), queue=user)
    maker.script("cancelled", good, flights=[["AUTH LOGIN"], ["*"], *right])


def add_special(maker, kind, user, held):
    """Right passwords for an account that refuses them, or is slow."""
    server = maker.server
    ways = itertools.product(("USER", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1"),
                             ("script", "curl", "mpop"))
    for (mechanism, program), delayed in zip(ways, DELAYED, strict=True):
        where = {"queue": f"{kind} {mechanism} {program}"}
        if kind == "delayed":  # each has its own, so that all wait at once
            user = delayed
        if kind == "over limit":  # all share the address of the one that stays
            stays = next(session for session in held if session.kind == kind)
            where = {"queue": kind, "client": stays.client}
        at_once = mechanism == "USER" and kind in server.REFUSED_AFTER_USER
        if program == "script" and mechanism in PASSWORD_SEEN:
            said = [] if at_once else [login(mechanism, user, PASSWORD, server.REASONS.get(kind))]
            maker.script(kind, *said, flights=flights_of(mechanism, user, PASSWORD), **where)
        elif program != "script" and mechanism in server.MECHANISMS and not at_once:
            maker.tool(program, kind, mechanism, user, PASSWORD, **where)


def add_authorization(maker, names):
    """One logs in as another, with and without the right to."""
    if not maker.server.AUTHORIZES:
        return
    user, other = next(names), next(names)
    for authzid, name, password, reason in (
            (user, "root", "master", None), (user, user, PASSWORD, None),
            (user, "root", "mistress", maker.server.REASONS["wrong"]),
            (user, other, PASSWORD, maker.server.REASONS["wrong"])):
        maker.script("authorization", login("PLAIN", name, password, reason, authzid),
                     flights=[[f"AUTH PLAIN {base64_of(authzid, name, password)}"]], queue=user)


def add_misleading(maker, user):
    """Servers ask for another line where they have no use for the initial response, and take for it what
    looks like a command: nobody logs in."""
    for initial in ("AUTH CRAM-MD5 =", f"AUTH CRAM-MD5 {base64_of('nobody x')}", "AUTH PLAIN !!!",
                    "AUTH LOGIN !!!"):
        maker.script("misleading", queue=user, flights=[
            [initial], [f"AUTH PLAIN {base64_of('', 'nobody', PASSWORD)}"], ["CAPA"], ["CAPA"]])


def of(server, rounds, folder):
    """Those that stay, and those to be done while they do."""
    maker = Maker(server, folder)
    held = held_sessions(maker)
    for number in range(rounds):
        add_round(maker, number, held)
    return held, maker.sessions


def differences(said, truth, server_log, server):
    """Of two accounts of the same login."""
    if said.accepted != truth.accepted:
        yield "verdict"
    names = (said.user, said.authzid) if server_log else (said.user,)
    if truth.user is not None and truth.user not in names:
        yield "user"
    mechanism = server.CANNOT_TELL.get(said.mechanism, said.mechanism) if server_log else said.mechanism
    if truth.mechanism not in (mechanism, None):
        yield "mechanism"
    if not server_log and said[3:] != truth[3:]:
        yield "other"


def faults(sessions, said, logged, server):
    """Pairs of what is wrong and how: what pop3dump said of the sessions of one client, beside what the
    client did and what the server logged."""
    did = [done for session in sessions for done in session.logins]
    kinds = {session.kind for session in sessions}
    found = [("client", session.surprise) for session in sessions if session.surprise]
    if "misleading" in kinds:
        return found + [("verdict", f"said {one}, logged {logged}") for one in said if one.accepted]
    if sessions[0].program == "hydra":
        found += [("verdict", f"said {one}, never tried") for one in said if one not in did]
        found += [("undecided", f"{one} not said") for one in did if one not in said]
    else:
        found += compare("client", said, did, False, server)
    if "in TLS" in kinds:
        return found + [("server", f"logged {logged}")] * ([one.accepted for one in logged] != [True])
    visible = [one for one in said if one.accepted or not kinds & server.UNLOGGED]
    if "cancelled" in kinds:
        logged = [one for one in logged if one.accepted or one.user is not None]
    return found + compare("server", visible, logged, True, server)


def compare(whose, said, truth, server_log, server):
    if len(said) != len(truth):
        return [("undecided" if len(said) < len(truth) else "verdict",
                 f"{len(said)} logins said, {len(truth)} by the {whose}: {said} {truth}")]
    return [(difference, f"said {one}, the {whose} {other}") for one, other in zip(said, truth)
            for difference in differences(one, other, server_log, server)]


COLUMNS = ("sessions", "logins", "verdict", "user", "mechanism", "other", "undecided", "client", "server")


def show(server, table):
    print(f"{server:10}{'account':16}{'client':8}" + "".join(f"{column:>11}" for column in COLUMNS))
    for (kind, program), count in sorted(table.items()):
        print(f"{'':10}{kind:16}{program:8}" + "".join(f"{count[column]:11}" for column in COLUMNS))
    total = sum(table.values(), collections.Counter())
    print(f"{'':10}{'all':24}" + "".join(f"{total[column]:11}" for column in COLUMNS), flush=True)
