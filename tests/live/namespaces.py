"""Network namespaces for tests of live capture: hosts on this machine that see nothing but each other.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import os
import shutil
import subprocess

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def why_not():
    """Why there can be no namespaces here; None when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no ip(8)"
    name = f"pop3ana-{os.getpid()}-try"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"no network namespace can be made: {tried.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", name], check=True)
    return None


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
