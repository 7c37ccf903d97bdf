"""Starts Cyrus in a namespace, with settings, databases and log of its own in the test's folder.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import pathlib
import subprocess
import sys

import mail_servers

# tools/install-packages unpacks Cyrus there, with the libraries that only it needs.
FOLDER = "/usr/local/lib/pop3ana-test/cyrus"
PROGRAMS = f"{FOLDER}/usr/lib/cyrus/bin"
LIBRARIES = f"LD_LIBRARY_PATH={FOLDER}/usr/lib/x86_64-linux-gnu"
HERE = pathlib.Path(__file__).resolve().parent

# A second login from an address is one too many. Mailboxes are made at the first login.
SETTINGS = """
configdirectory: {folder}/config
defaultpartition: default
partition-default: {folder}/spool
cyrus_user: mail
cyrus_group: mail
servername: mail.example.org
allowplaintext: {plaintext}
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb
sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
proxyservers: root
autocreate_quota: 0
failedloginpause: 0
maxlogins_per_host: 2
popminpoll: {minutes}
"""

SERVICES = """
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {folder}/usual.conf -r"
}}
SERVICES {{
  usual cmd="{programs}/pop3d -C {folder}/usual.conf" listen="110" proto="tcp4" prefork=4
  delayed cmd="{programs}/pop3d -C {folder}/delayed.conf" listen="{delayed}" proto="tcp4"
  refused cmd="{programs}/pop3d -C {folder}/refused.conf" listen="{refused}" proto="tcp4"
}}
EVENTS {{
}}
"""

# Its processes log to a socket whose path is fixed: they see a folder of the test in place of /dev.
START = """
mount -t tmpfs none {folder}/dev
for device in null random urandom; do
    touch {folder}/dev/$device
    mount --bind /dev/$device {folder}/dev/$device
done
mkdir {folder}/dev/shm
{python} {here}/log_socket.py {folder}/dev/log {folder}/syslog &
until [[ -S {folder}/dev/log ]]; do sleep 0.05; done
mount --rbind {folder}/dev /dev
exec {programs}/master -C {folder}/usual.conf -M {folder}/services -p {folder}/pid -D
"""


def start(test, host, folder, passwords, ports):
    """On port 110; on the port `delayed` a user can log in once an hour, on `refused` not with passwords
    in the clear."""
    for part in ("dev", "spool", "config/db", "config/proc", "config/lock", "config/socket", "config/user",
                 "config/quota"):
        (folder / part).mkdir(parents=True)
    for name, plaintext, minutes in (("usual", "yes", 0), ("delayed", "yes", 60), ("refused", "no", 0)):
        (folder / f"{name}.conf").write_text(
            SETTINGS.format(folder=folder, plaintext=plaintext, minutes=minutes), encoding="utf-8")
    places = {"folder": folder, "programs": PROGRAMS, "here": HERE, "python": sys.executable}
    (folder / "services").write_text(SERVICES.format(**places, **ports), encoding="utf-8")
    for user, password in passwords.items():
        subprocess.run([f"{FOLDER}/usr/sbin/saslpasswd2", "-p", "-c", "-f", folder / "sasldb", "-u",
                        "mail.example.org", user], input=password.encode(), check=True)
    for path in folder.rglob("*"):
        os.chown(path, 8, 8)
    mail_servers.start(test, host, folder, "env", LIBRARIES, "bash", "-ec", START.format(**places))
    for port in (110, *ports.values()):
        mail_servers.wait_for_port(host, port, "Cyrus")
    host.run("env", LIBRARIES, f"{PROGRAMS}/cyr_deny", "-C", folder / "usual.conf", "-s", "usual", "-m",
             "closed", "disabled")
