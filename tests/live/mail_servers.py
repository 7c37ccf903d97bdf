"""Real POP3 servers and balancers, each with settings, folders and logs of its own in the test's folder.

Each function starts one in a namespace and returns when it takes connections. `test` is the test case:
what was started is ended when it ends.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import base64
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time

TIMEOUT_S = 20
HERE = pathlib.Path(__file__).resolve().parent
# tools/install-packages unpacks there what cannot be installed beside dovecot-pop3d.
COURIER_FOLDER = "/usr/local/lib/pop3ana-test/courier-pop/usr/lib/courier/courier"
PASSWORDS = {"alice": "wonder land", "bob": "builder"}

DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
info_log_path = {folder}/log
protocols = pop3
listen = *
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 apop
auth_verbose = yes
auth_verbose_passwords = plain
auth_failure_delay = 0
mail_max_userip_connections = 100
login_log_format_elements = user=<%u> peer=%{{real_rip}}/%{{real_rport}} client=%{{rip}}/%{{rport}} \
  session=<%{{session}}>
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
mail_uid = mail
mail_gid = mail
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u
}}
"""
DOVECOT_PASSWORDS = """
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
"""
DOVECOT_TLS = """
ssl = yes
ssl_cert = <{folder}/certificate
ssl_key = <{folder}/key
"""
DOVECOT_BEHIND_BALANCERS = """
haproxy_trusted_networks = {balancer}
login_trusted_networks = {balancer}
service pop3-login {{
  inet_listener haproxy {{
    port = {port}
    haproxy = yes
  }}
}}
"""
DOVECOT_AS_PROXY = """
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
}}
passdb {{
  driver = static
  args = proxy=y host={server} port=110 nopassword=y
}}
"""

HAPROXY = """
defaults
    mode tcp
    timeout connect 10s
    timeout client 1m
    timeout server 1m
    unique-id-format %ci-%cp
listen version-1
    bind 0.0.0.0:{v1}
    bind [::]:{v1} v6only
    bind {folder}/v1.socket mode 666
    server dovecot {server} send-proxy
listen version-2
    bind 0.0.0.0:{v2}
    bind [::]:{v2} v6only
    bind {folder}/v2.socket mode 666
    server dovecot {server} send-proxy-v2 proxy-v2-options crc32c,unique-id
backend checks
    option tcp-check
    tcp-check connect send-proxy
    tcp-check expect rstring ^\\+OK
    tcp-check send "QUIT\\r\\n"
    tcp-check expect rstring ^\\+OK
    default-server check inter 500
    server version-1 {server} send-proxy
    server version-2 {server} send-proxy-v2
"""

NGINX = """
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/log info;
events {{}}
mail {{
    auth_http 127.0.0.1:{auth}/;
    proxy_protocol on;
    proxy_pass_error_message on;
    server {{
        listen {mail};
        listen [::]:{mail} ipv6only=on;
        protocol pop3;
        pop3_auth plain;
    }}
}}
stream {{
    server {{
        listen {stream};
        listen [::]:{stream} ipv6only=on;
        proxy_pass {server};
        proxy_protocol on;
    }}
}}
"""

COURIER_AUTHENTICATION = """\
authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=1
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=2
DEFAULTOPTIONS=""
"""

# Longer than a status line may be (RFC 1939 s.3).
MAIL = ("From: a@example.org\nTo: {user}@example.org\nSubject: {number}\n\n-ERR is no reply here\n"
        + 8 * f"{'text ' * 14}\n")


def wait_until(true, what):
    end = time.monotonic() + TIMEOUT_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def wait_for_port(host, port, what):
    wait_until(lambda: host.run("bash", "-c", f": </dev/tcp/127.0.0.1/{port}", check=False,
                                capture_output=True).returncode == 0, f"{what}'s start")


def start(test, host, folder, *words, **more):
    with open(folder / "output", "ab") as output:
        process = host.start(*words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **more)
    test.addCleanup(process.wait)
    test.addCleanup(process.terminate)
    return process


def make_mailboxes(folder):
    for user in PASSWORDS:
        box = folder / "mail" / user
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True)
        for number in range(3):
            (box / "new" / f"{number}.example").write_text(MAIL.format(user=user, number=number),
                                                           encoding="utf-8")
    for path in [folder / "mail", *(folder / "mail").rglob("*")]:
        shutil.chown(path, "mail", "mail")


def start_dovecot(test, host, folder, port, settings=DOVECOT_PASSWORDS, **values):
    """Takes connections on port 110 too, unless the settings say otherwise."""
    folder.mkdir()
    if DOVECOT_TLS in settings:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj",
                        "/CN=mail.example.org", "-out", folder / "certificate", "-keyout", folder / "key"],
                       check=True, capture_output=True)
    make_mailboxes(folder)
    (folder / "users").write_text(
        "".join(f"{user}:{{PLAIN}}{password}\n" for user, password in PASSWORDS.items()),
        encoding="utf-8")
    path = folder / "dovecot.conf"
    path.write_text((DOVECOT + settings).format(folder=folder, port=port, **values), encoding="utf-8")
    start(test, host, folder, "dovecot", "-F", "-c", path)
    wait_for_port(host, port, "Dovecot")


def start_haproxy(test, host, folder, **values):
    folder.mkdir()
    path = folder / "haproxy.cfg"
    path.write_text(HAPROXY.format(folder=folder, **values), encoding="utf-8")
    start(test, host, folder, "haproxy", "-db", "-f", path)
    wait_until((folder / "v2.socket").exists, "HAProxy's start")


def start_nginx(test, host, folder, server, auth, **values):
    folder.mkdir()
    start(test, host, folder, sys.executable, HERE / "auth_http.py", auth, *server.split(":"))
    path = folder / "nginx.conf"
    path.write_text(NGINX.format(folder=folder, server=server, auth=auth, **values), encoding="utf-8")
    start(test, host, folder, "nginx", "-e", folder / "log", "-c", path)
    wait_for_port(host, auth, "the authentication server")
    wait_for_port(host, values["mail"], "nginx")


def start_courier(test, host, folder, accounts=None):
    """On port 110. Its paths are fixed: its processes see the test's folder in their place. `accounts` are
    users, their passwords, and further fields of theirs in Courier's user database."""
    for part in ("etc", "run/authdaemon", "home"):
        (folder / part).mkdir(parents=True)
    users = []
    for user, password, *fields in accounts or PASSWORDS.items():
        box = folder / "home" / user / "Maildir"
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True)
        digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
        users.append("|".join([f"{user}\tuid=8|gid=8|home={box.parent}|mail={box}|systempw={{SHA}}{digest}",
                               *fields]) + "\n")
    for path in [folder / "home", *(folder / "home").rglob("*")]:
        os.chown(path, 8, 8)
    (folder / "etc/userdb").write_text("".join(users), encoding="utf-8")
    (folder / "etc/userdb").chmod(0o600)
    (folder / "etc/authdaemonrc").write_text(COURIER_AUTHENTICATION, encoding="utf-8")
    own_paths = f"mount --bind {folder}/etc /etc/courier && mount --bind {folder}/run /run/courier"
    host.run("bash", "-c", f"{own_paths} && makeuserdb")
    start(test, host, folder, "bash", "-c",
          f"set -a && . {folder}/etc/authdaemonrc && {own_paths} && "
          "exec /usr/lib/courier/courier-authlib/authdaemond")
    start(test, host, folder, "env", "POP3AUTH=PLAIN LOGIN CRAM-MD5 CRAM-SHA1 CRAM-SHA256", "bash", "-c",
          f"{own_paths} && exec couriertcpd -address=0 -nodnslookup -noidentlookup -maxperip=40 110 "
          f"{COURIER_FOLDER}/courierpop3login {COURIER_FOLDER}/courierpop3d Maildir")
    wait_until((folder / "run/authdaemon/socket").exists, "the start of Courier's authdaemond")
    wait_for_port(host, 110, "Courier")
