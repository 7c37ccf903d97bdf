"""Packets that only Wireshark can read: decrypted WLAN and ESP, a link type that the core does not know."""
import struct
import zlib

import support
from statistic_text import NOT_ANALYSED, parse_tree
from support import GOLDEN, LOG, PluginTest, pop3dump, without_empty_lines

ON = ["-o", "pop3ana.decrypted:TRUE"]
ETHERNET_BYTES, IP_BYTES = 14, 20
LINKTYPE_ETHERNET, LINKTYPE_IEEE802_11, LINKTYPE_WIRESHARK_UPPER_PDU = 1, 105, 252
WEP_KEY = bytes.fromhex("3031323334")


def rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    result, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        result.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(result)


def wep(packet, number):
    """A data frame of WLAN, encrypted with WEP (IEEE 802.11 s.12.3.2)."""
    clear = bytes.fromhex("aaaa030000000800") + packet
    vector = struct.pack("<I", number)[:3]
    secret = rc4(vector + WEP_KEY, clear + struct.pack("<I", zlib.crc32(clear)))
    addresses = bytes.fromhex("020000000001" "020000000002" "020000000003")
    return bytes.fromhex("08410000") + addresses + struct.pack("<H", (number & 0xfff) << 4) + vector + b"\0" + secret


def with_protocol(packet, protocol, payload):
    """The IPv4 packet with another payload."""
    header = packet[:2] + struct.pack(">H", IP_BYTES + len(payload)) + packet[4:9] + bytes([protocol, 0, 0])
    header += packet[12:IP_BYTES]
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xffff) + (total >> 16)
    total = (total & 0xffff) + (total >> 16)
    return header[:10] + struct.pack(">H", ~total & 0xffff) + header[12:] + payload


def esp(packet, number):
    """ESP in transport mode without encryption (RFC 2410): there is no second IP header."""
    tcp = packet[IP_BYTES: struct.unpack_from(">H", packet, 2)[0]]
    padding = bytes(range(1, 1 + (-len(tcp) - 2) % 4))
    payload = struct.pack(">II", 0x1000, number) + tcp + padding + bytes([len(padding), 6]) + bytes(12)
    return bytes(12) + b"\x08\x00" + with_protocol(packet, 50, payload)


def exported_pdu(packet, _):
    """What File > Export PDUs writes for a packet of the dissector "ip"."""
    return struct.pack(">HH", 12, 4) + b"ip\0\0" + bytes(4) + packet


def quoted(packet, _):
    """An ICMP error that quotes the packet: nothing of it was received."""
    return bytes(12) + b"\x08\x00" + with_protocol(packet, 1, bytes.fromhex("0301000000000000") + packet)


def quoted_in_esp(packet, number):
    return esp(quoted(packet, number)[ETHERNET_BYTES:], number)[:-13] + b"\x01" + bytes(12)


WEP_ON = ["-o", "wlan.enable_decryption:TRUE", "-o", f'uat:80211_keys:"wep","{WEP_KEY.hex()}"']
ESP_ON = ["-o", "esp.enable_null_encryption_decode_heuristic:TRUE"]
READABLE = {
    wep: (LINKTYPE_IEEE802_11, WEP_ON),
    esp: (LINKTYPE_ETHERNET, ESP_ON),
    exported_pdu: (LINKTYPE_WIRESHARK_UPPER_PDU, []),
}


class Segments(PluginTest):
    CAPTURE = "s16_clean_veth4"

    def write(self, wrap, link_type, snaplen=0xffff):
        """The packets of an Ethernet capture with IPv4, wrapped; returns the file."""
        data = GOLDEN[self.CAPTURE].path.read_bytes()
        written = data[:20] + struct.pack("<I", link_type)
        at, number = 24, 0
        while at < len(data):
            seconds, fraction, captured, _ = struct.unpack_from("<IIII", data, at)
            frame = data[at + 16: at + 16 + captured]
            at += 16 + captured
            if frame[12:ETHERNET_BYTES] == b"\x08\x00":
                number += 1
                length = struct.unpack_from(">H", frame, ETHERNET_BYTES + 2)[0]
                frame = wrap(frame[ETHERNET_BYTES: ETHERNET_BYTES + length], number)
                kept = frame[:snaplen]
                written += struct.pack("<IIII", seconds, fraction, len(kept), len(frame)) + kept
        path = support.WITH.path / f"files/{wrap.__name__}_{snaplen}.pcap"
        path.write_bytes(written)
        return path

    def log(self, path, *arguments):
        return without_empty_lines(self.tshark("-r", path, *arguments, *LOG))

    def test_log_is_that_of_what_is_wrapped(self):
        wanted = pop3dump(GOLDEN[self.CAPTURE])[0]
        self.assertTrue(wanted)
        for wrap, (link_type, arguments) in READABLE.items():
            path = self.write(wrap, link_type)
            for passes in ([], ["-2"]):
                with self.subTest(wrap.__name__, passes=passes):
                    self.assertEqual(self.log(path, *ON, *arguments, *passes), wanted)

    def test_off_by_default(self):
        for wrap, (link_type, arguments) in READABLE.items():
            with self.subTest(wrap.__name__):
                path = self.write(wrap, link_type)
                self.assertEqual(self.log(path, *arguments), b"")
                shown = self.tshark("-r", path, *arguments, "-Y", "pop").count(b"\n")
                tree = parse_tree(self.tshark("-q", "-r", path, *arguments, "-z", "pop3ana,tree").decode())
                self.assertEqual(tree[(*NOT_ANALYSED, "others")], shown)

    def test_each_packet_has_its_session(self):
        path = self.write(exported_pdu, LINKTYPE_WIRESHARK_UPPER_PDU)
        sessions = self.tshark("-r", path, *ON, "-2", "-Y", "tcp", "-T", "fields", "-e", "pop3ana.session")
        self.assertNotIn(b"", sessions.splitlines())

    def test_what_an_icmp_error_quotes_was_not_received(self):
        for wrap in (quoted, quoted_in_esp):
            path = self.write(wrap, LINKTYPE_ETHERNET)
            with self.subTest(wrap.__name__):
                self.assertIn(b"icmp", self.tshark("-r", path, *ESP_ON, "-T", "fields", "-e", "frame.protocols"))
                self.assertIn(b"110", self.tshark("-r", path, *ESP_ON, "-T", "fields", "-e", "tcp.port"))
                self.assertEqual(self.log(path, *ON, *ESP_ON), b"")

    def test_cut_packets_give_no_wrong_login(self):
        """Cut in the payload, in the TCP header, before it."""
        wanted = pop3dump(GOLDEN[self.CAPTURE])[0].splitlines()
        for snaplen in range(28, 100, 4):
            path = self.write(exported_pdu, LINKTYPE_WIRESHARK_UPPER_PDU, snaplen)
            with self.subTest(snaplen=snaplen):
                for line in self.log(path, *ON).splitlines():
                    if b" login " in line:
                        self.assertIn(line, wanted)
