"""Network namespaces for tests of live capture: hosts on this machine that see nothing but each other.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import shutil
import subprocess

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
LOOPBACK_MTU = 65535  # captures of a loopback interface have packets that long


def why_not(*programs):
    """Why there can be no namespaces and programs here; empty when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [program for program in ("ip", "ethtool", *programs) if shutil.which(program) is None]
    if missing:
        return f"not installed: {' '.join(missing)}"
    name = f"pop3ana-{os.getpid()}-try"
    add_pair = ["ip", "link", "add", "va", "type", "veth", "peer", "name", "vb"]
    for tried in (["add", name], ["exec", name, *add_pair], ["delete", name]):
        done = subprocess.run(["ip", "netns", *tried], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
            return f"no network namespace with a veth pair can be made: {done.stderr.strip()}"
    return ""


class Host:
    """A namespace of its own, with a loopback interface; close() ends what runs in it."""

    def __init__(self, role):
        self.name = f"pop3ana-{os.getpid()}-{role}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        try:
            self.run("ip", "link", "set", "lo", "up")
        except subprocess.CalledProcessError:
            self.close()
            raise

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words, **more):
        more = {"check": True, "timeout": 60, **more}
        return subprocess.run(self.command(*words), **more)

    def start(self, *words, **more):
        return subprocess.Popen(self.command(*words), **more)

    def output(self, *words):
        """What a command prints that must succeed."""
        return self.run(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout.decode()

    def add_pair(self, one, other):
        """Two interfaces of this host with a cable between them, without addresses: for replaying."""
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                 "net.ipv6.conf.default.disable_ipv6=1")
        self.run("ip", "link", "add", one, "type", "veth", "peer", "name", other)
        for name in (one, other):
            # Packets cross as they are, not put together or taken apart.
            self.output("ethtool", "-K", name, "gro", "off", "tso", "off", "gso", "off", "rx", "off",
                        "tx", "off")
            self.run("ip", "link", "set", name, "mtu", LOOPBACK_MTU, "up")

    def replay(self, interface, capture, *options):
        self.output("tcpreplay", "-q", "-i", interface, *(options or ["--topspeed"]), capture)

    def close(self):
        processes = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True,
                                   check=False).stdout.split()
        for process in processes:
            subprocess.run(["kill", "-KILL", process], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "delete", self.name], check=True)


def connect(one, one_interface, one_address, other, other_interface, other_address):
    """A cable between two hosts. Addresses are like 10.77.0.1/24. No IPv6 chatter."""
    subprocess.run(["ip", "link", "add", one_interface, "netns", one.name, "type", "veth", "peer",
                    "name", other_interface, "netns", other.name], check=True)
    for host, interface, address in ((one, one_interface, one_address),
                                     (other, other_interface, other_address)):
        host.run("sysctl", "-q", "-w", f"net.ipv6.conf.{interface}.disable_ipv6=1")
        host.run("ip", "address", "add", address, "dev", interface)
        host.run("ip", "link", "set", interface, "up")
