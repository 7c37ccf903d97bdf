"""Attacks on the readers of capture files. Each writes a file of a size and returns its status at the end."""
import gzip
import lzma
import random
import struct
import subprocess

PCAP_HEADER = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)


def gzip_bomb(path, size):
    """`size` times 100 empty packets: sixteen zeros each, a thousandth of that when compressed."""
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(PCAP_HEADER)
        for _ in range(size // 1000):
            file.write(bytes(16 * 100_000))
    return 0


def bomb(*packer):
    """The same, packed by a program."""
    def write(path, size):
        with open(path, "wb") as file, subprocess.Popen(packer, stdin=subprocess.PIPE, stdout=file) as pack:
            pack.stdin.write(PCAP_HEADER)
            for _ in range(size // 1000):
                pack.stdin.write(bytes(16 * 100_000))
            pack.stdin.close()
        return 0
    return write


def empty_streams(path, size):
    """Streams of xz that hold nothing, behind a capture without packets."""
    with open(path, "wb") as file:
        file.write(lzma.compress(PCAP_HEADER) + lzma.compress(b"") * size)
    return 0


def gzip_bomb_of_one_packet(path, size):
    """A packet that says it is 4 GiB long, and zeros behind it."""
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(PCAP_HEADER + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0xFFFFFFFF))
        for _ in range(size // 1000):
            file.write(bytes(16 * 100_000))
    return 1


def block(kind, body):
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
INTERFACE = block(1, struct.pack("<HHI", 1, 0, 0))


def lying_option(draw):
    """An option that is longer than what follows, with a code that some reader looks at."""
    return struct.pack("<HH", draw.choice((1, 2, 3, 9, 14)), draw.choice((5, 0x7FFF, 0xFFFF))) + b"lie!"


def pcapng_options(path, size):
    """Sections, interfaces, names and packets whose options say that they are longer than the block."""
    draw = random.Random(1)
    with open(path, "wb") as file:
        for number in range(size):
            if number % 1000 == 0:
                file.write(SECTION + INTERFACE)
            choice = number % 4
            if choice == 0:
                file.write(block(6, struct.pack("<IIIII", 0, 0, 0, 4, 4) + b"data" + lying_option(draw)))
            elif choice == 1:
                file.write(block(4, struct.pack("<HH", 1, 0xFFFF) + lying_option(draw)))
            elif choice == 2:
                file.write(block(0x0BAD, draw.randbytes(4 * draw.randrange(20))))
            else:
                file.write(block(5, struct.pack("<III", 0, 0, 0) + lying_option(draw)))
    return 0


def pcapng_interfaces(path, size):
    """Interfaces without end: more than a section may have."""
    with open(path, "wb") as file:
        file.write(SECTION)
        for _ in range(size):
            file.write(INTERFACE)
    return 0 if size <= 65536 else 1


def pcapng_length(path, size):
    """Packets, then one that captured more than its block holds."""
    good = block(6, struct.pack("<IIIII", 0, 0, 0, 4, 4) + b"data")
    with open(path, "wb") as file:
        file.write(SECTION + INTERFACE + good * size)
        file.write(block(6, struct.pack("<IIIII", 0, 0, 0, 0xFFFFFFF0, 4) + b"data"))
    return 1


def pcapng_key_logs(path, size):
    """Secrets before the first interface, a hundredth of their size."""
    secrets = b"KSLT" + struct.pack("<I", 1_000_000) + b"#" * 1_000_000
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(SECTION)
        for _ in range(size // 50):
            file.write(block(10, secrets))
        file.write(INTERFACE)
    return 0 if size // 50 <= 64 else 1


# Name, counter of --stats that must not be 0, what it is, function.
ATTACKS = [("gzip-bomb", "packets_read", "empty packets, a thousandth of their size", gzip_bomb),
           ("zstd-bomb", "packets_read", "the same in zstd", bomb("zstd", "-q", "-c", "-19")),
           ("lz4-bomb", "packets_read", "the same in lz4", bomb("lz4", "-q", "-c", "-9")),
           ("xz-bomb", "packets_read", "the same in xz", bomb("xz", "-c", "-9")),
           ("bzip2-bomb", "packets_read", "the same in bzip2", bomb("bzip2", "-c")),
           ("xz-empty-streams", "", "streams without data, without end", empty_streams),
           ("gzip-bomb-of-one-packet", "", "a packet of 4 GiB", gzip_bomb_of_one_packet),
           ("pcapng-options", "packets_read", "options longer than their blocks", pcapng_options),
           ("pcapng-interfaces", "", "a section with interfaces without end", pcapng_interfaces),
           ("pcapng-key-logs", "", "secrets before the first interface, a hundredth of their size",
            pcapng_key_logs),
           ("pcapng-length", "packets_read", "at the end a packet longer than its block", pcapng_length)]
