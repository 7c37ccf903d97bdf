"""The servers of run-logins, with accounts whose logins they refuse for different reasons, and what their
logs say of each login.

Each session of run-logins has a client address of its own, which is its name here.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import collections
import re
import shutil
import subprocess
import time

import cyrus
import mail_servers

# The user or the mechanism is None where a log does not say it.
Logged = collections.namedtuple("Logged", "accepted user mechanism")

PASSWORD = "wonder land"
NORMAL = [f"user{number}" for number in range(12)]
DELAYED = [f"delayed{number}" for number in range(15)]
USERS = [*NORMAL, *DELAYED, "locked", "limited", "disabled", "denied", "broken", "guessed"]

# One login process numbers all logins. Clients of the second network may not send passwords in the clear.
DOVECOT = """
auth_debug = yes
auth_failure_delay = 1 secs
auth_mechanisms = plain login cram-md5 apop digest-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer
mail_max_userip_connections = 1
pop3_lock_session = yes
service pop3-login {{
  process_limit = 1
  process_min_avail = 1
  service_count = 0
}}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
remote 10.82.0.0/16 {{
  disable_plaintext_auth = yes
}}
passdb {{
  driver = passwd-file
  deny = yes
  args = {accounts}/denied
}}
passdb {{
  driver = passwd-file
  master = yes
  args = scheme=PLAIN {accounts}/masters
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {accounts}/users
}}
"""


class Dovecot:
    NEEDED = ["dovecot", "openssl"]
    PORTS = {}  # other than 110
    MECHANISMS = ["USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1",
                  "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"]
    CANNOT_TELL = {"USER": "PLAIN"}  # two mechanisms that are one to its log
    SPEAKS_TLS = True
    AUTHORIZES = True  # `root` may log in as others
    KINDS = {"locked", "over limit", "disabled", "denied", "broken", "delayed", "refused"}  # of accounts
    # Why logins fail there, as pop3dump should see it.
    REASONS = {"wrong": "credentials", "unknown user": "credentials", "locked": "in_use",
               "over limit": "in_use", "disabled": "credentials", "denied": "credentials",
               "broken": "system", "not tried": "not_tried", "refused": "credentials"}
    UNLOGGED = set()  # kinds of accounts whose failures have no line in its log
    REFUSED_AFTER_USER = set()

    def start(self, test, host):
        accounts = test.folder / "accounts"
        accounts.mkdir()
        extra = {"disabled": "nologin=y reason=gone", "broken": "userdb_mail=maildir:/proc/none",
                 **{user: f"delay_until={int(time.time()) + 8}" for user in DELAYED}}
        users = [f"{user}:{{PLAIN}}{PASSWORD}::::::{extra.get(user, '')}\n" for user in USERS]
        (accounts / "users").write_text("".join(users), encoding="utf-8")
        (accounts / "masters").write_text("root:{PLAIN}master\n", encoding="utf-8")
        (accounts / "denied").write_text("denied:\n", encoding="utf-8")
        self.log = test.folder / "dovecot/log"
        certificate = test.folder / "certificate"
        host.output("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=dovecot",
                    "-keyout", certificate, "-out", f"{certificate}.public")
        certificate.write_bytes(certificate.read_bytes() +
                                (test.folder / "certificate.public").read_bytes())
        mail_servers.start_dovecot(test, host, test.folder / "dovecot", 110,
                                   DOVECOT, accounts=accounts, certificate=certificate)

    def logged(self):
        """Each mechanism as Dovecot's authentication server was asked for it, with its answer, unless the
        login process or the POP3 process refused the login later."""
        log = self.log.read_text(encoding="utf-8", errors="replace")
        refused_later = set(re.findall(
            r"pop3\([^)]*\)<\d+><([^>]+)>: Info: Disconnected: Couldn't lock POP3 session", log))
        refused_later |= set(re.findall(r"Maximum number of connections.*session=<([^>]+)>", log))
        asked = {}
        logins = collections.defaultdict(list)
        for line in log.splitlines():
            if found := re.search(
                    r"client in: AUTH\t(\d+)\t(\S+)\t.*\tsession=(\S+)\t.*\trip=(\S+)\t", line):
                asked[found[1]] = found.groups()[1:]
            elif found := re.search(r"client passdb out: (OK|FAIL)\t(\d+)(.*)", line):
                mechanism, session, client = asked.pop(found[2])
                user = re.search(r"\t(?:original_user|user)=([^\t]*)(?!.*\toriginal_user=)", found[3])
                accepted = found[1] == "OK" and "\tnologin" not in found[3]
                logins[client].append(Logged(accepted and session not in refused_later,
                                             user[1] if user else None, mechanism))
            elif found := re.search(r"Plaintext authentication disabled.*, peer=([^/]+)/", line):
                logins[found[1]].append(Logged(False, None, None))
        return logins


class Courier:
    NEEDED = ["couriertcpd", "makeuserdb", "userdbpw", f"{mail_servers.COURIER_FOLDER}/courierpop3d"]
    PORTS = {}
    MECHANISMS = ["USER", "PLAIN", "LOGIN", "CRAM-MD5", "CRAM-SHA1", "CRAM-SHA256"]
    CANNOT_TELL = {}
    SPEAKS_TLS = False
    AUTHORIZES = False
    KINDS = {"disabled", "broken"}
    REASONS = {"wrong": "unknown", "unknown user": "unknown", "disabled": "unknown",
               "broken": "unknown"}
    UNLOGGED = {"disabled", "broken"}
    REFUSED_AFTER_USER = set()

    def start(self, test, host):
        self.log = test.folder / "courier/output"
        digests = []
        for name in ("md5", "sha1", "sha256"):
            made = subprocess.run(["userdbpw", f"-hmac-{name}"], input=f"{PASSWORD}\n", text=True,
                                  stdout=subprocess.PIPE, check=True)
            digests.append(f"hmac-{name}pw={made.stdout.strip()}")
        extra = {"disabled": ["options=disablepop3=1"]}
        accounts = [(user, PASSWORD, *digests, *extra.get(user, [])) for user in USERS]
        mail_servers.start_courier(test, host, test.folder / "courier", accounts)
        shutil.rmtree(test.folder / "courier/home/broken/Maildir")

    def logged(self):
        """Failures of AUTH have no user, and accounts that may not use POP3 no line."""
        logins = collections.defaultdict(list)
        for result, what, name, client in re.findall(
                r"INFO: (LOGIN|LOGIN FAILED), (user|method)=(.*), ip=\[(?:::ffff:)?([^]]+)\], port=",
                self.log.read_text(encoding="utf-8", errors="replace")):
            logins[client].append(Logged(result == "LOGIN", name if what == "user" else None,
                                         name if what == "method" else None))
        return logins


class Cyrus:
    NEEDED = [f"{cyrus.PROGRAMS}/pop3d"]
    PORTS = {"delayed": 1110, "refused": 1111, "not tried": 1111}
    MECHANISMS = ["USER", "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]
    CANNOT_TELL = {}
    SPEAKS_TLS = False
    AUTHORIZES = True
    KINDS = {"over limit", "disabled", "delayed", "refused"}
    REASONS = {"wrong": "credentials", "unknown user": "credentials", "over limit": "unknown",
               "delayed": "delay", "disabled": "credentials", "not tried": "not_tried",
               "refused": "credentials"}
    UNLOGGED = {"not tried"}
    # Its +OK to their USER comes together with its -ERR, before PASS: no login was tried.
    REFUSED_AFTER_USER = {"disabled"}

    def start(self, test, host):
        self.log = test.folder / "cyrus/syslog"
        users = {user: PASSWORD for user in USERS} | {"root": "master"}
        cyrus.start(test, host, test.folder / "cyrus", users, self.PORTS)

    def logged(self):
        """A login that it logs can end with a refusal, which it logs next in the same process. It does not
        log who cancels, or is refused at USER."""
        logins = collections.defaultdict(list)
        latest = {}
        for process, line in re.findall(r"cyrus/\w+\[(\d+)\]: (.*)",
                                        self.log.read_text(encoding="utf-8", errors="replace")):
            if found := re.match(r"login: .*?\[(.*?)\] (\S+) (\S+) User logged in", line):
                latest[process] = found[1]
                logins[found[1]].append(Logged(True, *found.groups()[1:]))
            elif found := re.match(r"badlogin: .*?\[(.*?)\] (\S+) \((.*?)\) \[", line):
                user = None if found[3] == "-notset-" else found[3]
                logins[found[1]].append(Logged(False, user, found[2]))
            elif re.search(r"Too many open connections|Logins must be|Unable to open maildrop", line):
                of_client = logins[latest[process]]
                of_client[-1] = of_client[-1]._replace(accepted=False)
        return {client: [login._replace(mechanism=login.mechanism.upper().replace("PLAINTEXT", "USER"))
                         for login in of_client] for client, of_client in logins.items()}
