"""The plugin knows the link types that the core decodes, whatever Wireshark's numbers of them are."""
import re
import struct

import support
from support import GOLDEN, LOG, PluginTest, pop3dump, without_empty_lines

ETHERNET_BYTES = 14
IPV4 = b"\x08\x00"
WLAN = bytes.fromhex("0801" + 22 * "00" + "aaaa03000000") + IPV4
# By the names in net/link_types.hpp: what stands before an IPv4 packet.
HEADERS = {
    "kNull": bytes.fromhex("02000000"),
    "kEthernet": bytes(12) + IPV4,
    "kPpp": bytes.fromhex("ff030021"),
    "kRawBsd": b"",
    "kRawOpenBsd": b"",
    "kPppHdlc": bytes.fromhex("ff030021"),
    "kPppEthernet": bytes.fromhex("1100000100000021"),
    "kRaw": b"",
    "kCiscoHdlc": bytes.fromhex("0f00") + IPV4,
    "kIeee80211": WLAN,
    "kLoop": bytes.fromhex("00000002"),
    "kEnc": bytes.fromhex("02000000 00001234 00000000"),
    "kLinuxSll": bytes.fromhex("000000010006") + bytes(8) + IPV4,
    "kPflog": bytes.fromhex("3d02") + bytes(62),
    "kIeee80211Prism": bytes.fromhex("4400000090000000") + bytes(136) + WLAN,
    "kIeee80211Radiotap": bytes.fromhex("0000080000000000") + WLAN,
    "kIeee80211Avs": bytes.fromhex("8021100100000040") + bytes(56) + WLAN,
    "kPpi": bytes.fromhex("0000080069000000") + WLAN,
    "kErf": bytes(16 + 2 + 12) + IPV4,  # and what erf_record() writes into it
    "kPppWithDirection": bytes.fromhex("01 ff030021"),
    "kIpnet": bytes.fromhex("0102") + bytes(22),
    "kIpv4": b"",
    "kIpv6": b"",  # Wireshark complains; the plugin reads what is there.
    "kNflog": bytes.fromhex("02000000 08000100 08000000 ffff0900"),
    "kPktap": struct.pack("<III", 108, 1, 1) + bytes(96) + bytes(12) + IPV4,
    "kLinuxSll2": IPV4 + bytes.fromhex("0000000000010001" + "0006") + bytes(8),
}


def erf_record(seconds, microseconds, frame):
    """Wireshark takes time and length from the record."""
    fraction = (microseconds << 32) // 1_000_000 + 1
    return struct.pack("<IIBB", fraction, seconds, 2, 4) + struct.pack(">HHH", len(frame), 0, len(frame) - 18) + frame[16:]


class LinkTypes(PluginTest):
    def setUp(self):
        source = (support.SOURCE / "core/src/net/link_types.hpp").read_text(encoding="utf-8")
        self.link_types = {name: int(number) for name, number in re.findall(r"(k\w+) = (\d+),", source)}

    def write(self, capture, name):
        """The frames of an Ethernet capture with IPv4 in another link type."""
        data = capture.path.read_bytes()
        written = data[:20] + struct.pack("<I", self.link_types[name])
        at = 24
        while at < len(data):
            *time, captured, _ = struct.unpack_from("<IIII", data, at)
            frame = data[at + 16: at + 16 + captured]
            at += 16 + captured
            if frame[12:ETHERNET_BYTES] == IPV4:
                frame = HEADERS[name] + frame[ETHERNET_BYTES:]
                if name == "kErf":
                    frame = erf_record(*time, frame)
                written += struct.pack("<IIII", *time, len(frame), len(frame)) + frame
        path = support.WITH.path / f"files/{name}.pcap"
        path.write_bytes(written)
        return capture._replace(path=path)

    def test_log_is_that_of_ethernet(self):
        capture = GOLDEN["s16_clean_veth4"]
        wanted = pop3dump(capture)[0]
        self.assertTrue(wanted)
        self.assertEqual(list(self.link_types), list(HEADERS))

        def check(written):
            self.assertEqual(pop3dump(written)[0], wanted)
            self.assertEqual(without_empty_lines(self.tshark("-r", written.path, *LOG)), wanted)

        self.for_each([self.write(capture, name) for name in HEADERS], check)
