"""Network namespaces with veth pairs, for the tests of live captures."""
import os
import shutil
import subprocess

TIMEOUT_S = 60
MTU = 65535  # captures of a loopback interface have packets that long


def run(*command, **more):
    """Runs a command that must succeed; its output."""
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "timeout": TIMEOUT_S, **more}
    done = subprocess.run(list(map(str, command)), check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.returncode}: {done.stdout.decode(errors='replace')}")
    return done.stdout.decode(errors="replace")


def why_not():
    """Empty, or why no namespace can be had here."""
    if os.geteuid() != 0:
        return "needs root"
    for program in ("ip", "tcpreplay", "ethtool", "setpriv"):
        if shutil.which(program) is None:
            return f"needs the program {program}"
    name = f"live-{os.getpid()}-try"
    try:
        run("ip", "netns", "add", name)
        run("ip", "netns", "exec", name, "ip", "link", "add", "va", "type", "veth", "peer", "name", "vb")
    except RuntimeError as failure:
        return f"needs network namespaces with veth: {failure}"
    finally:
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
    return ""


class Namespace:
    """Nothing sends there but the test itself."""
    made = 0

    def __init__(self):
        Namespace.made += 1
        self.name = f"live-{os.getpid()}-{Namespace.made}"
        run("ip", "netns", "add", self.name)
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                 "net.ipv6.conf.default.disable_ipv6=1")

    def delete(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False, timeout=TIMEOUT_S)

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words):
        return run(*self.command(*words))

    def add_pair(self, one, other):
        """Two interfaces, up: what one sends the other receives."""
        self.run("ip", "link", "add", one, "type", "veth", "peer", "name", other)
        for name in (one, other):
            # Packets cross the wire as they are, not put together or taken apart.
            self.run("ethtool", "-K", name, "gro", "off", "tso", "off", "gso", "off", "rx", "off", "tx", "off")
            self.run("ip", "link", "set", name, "mtu", MTU, "up")

    def replay(self, interface, capture, *options):
        return self.run("tcpreplay", "-q", "-i", interface, *(options or ["--topspeed"]), capture)
