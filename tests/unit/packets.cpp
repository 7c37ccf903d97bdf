// SPDX-License-Identifier: GPL-2.0-or-later
#include "packets.hpp"

#include "base/limits.hpp"

#include <cstring>

namespace unit {

using pop3ana::PacketDecoder;

namespace {

const pop3ana_test::Endpoint &end_of(std::uint8_t family, bool server) {
    static const pop3ana_test::Endpoint ends[] = {
        pop3ana_test::endpoint("10.1.2.3", 40000), pop3ana_test::endpoint("10.9.8.7", 110),
        pop3ana_test::endpoint("2001:db8::3", 40000), pop3ana_test::endpoint("2001:db8::7", 110)};
    return ends[(family == 4 ? 0 : 2) + (server ? 1 : 0)];
}

/// A decoder with its counters.
struct Bench {
    explicit Bench(bool verify) : decoder({pop3ana::kFragmentBytes, 1, verify}, counters) {}

    pop3ana_counters counters{};
    PacketDecoder decoder;
};

std::string ending_of(const pop3ana_counters &counters) {
    if (counters.frames_malformed != 0) return "malformed";
    if (counters.frames_too_deep != 0) return "too deep";
    if (counters.frames_undecodable != 0) return "undecodable";
    if (counters.checksum_errors != 0) return "checksum";
    return "other";
}

std::string text_of(const pop3ana::Segment &segment) {
    const std::uint8_t family = segment.address_family;
    const std::size_t length = family == 4 ? 4 : 16;
    const auto has_address = [&](const auto &bytes, bool server) {
        return std::memcmp(bytes.data(), end_of(family, server).address.data(), length) == 0;
    };
    const bool head = (family == 4 || family == 6) && has_address(segment.source, false) &&
                      has_address(segment.destination, true) && segment.source_port == 40000 &&
                      segment.destination_port == 110 && segment.sequence_number == 1000 &&
                      segment.acknowledgement == 2000 && segment.flags == pop3ana::kAck;
    const std::string_view payload = pop3ana::as_text(segment.payload);
    if (head && payload == kPayload && segment.payload_bytes == kPayload.size())
        return "segment ok";
    return "segment " + std::string{head ? "" : "head? "} + std::to_string(segment.payload_bytes) +
           ':' + std::string{payload};
}

std::string text_of(PacketDecoder::Result result, const Bench &bench,
                    const pop3ana::Segment &segment) {
    switch (result) {
    case PacketDecoder::Result::kSegment: return text_of(segment);
    case PacketDecoder::Result::kFragment: return "fragment";
    case PacketDecoder::Result::kOther:
    case PacketDecoder::Result::kUnknown: break;
    }
    return ending_of(bench.counters);
}

// Nothing points out of the frame, whatever its length fields say.
bool lies_inside(const pop3ana::Segment &segment, pop3ana::Bytes frame) {
    const auto *begin = segment.payload.data();
    return segment.payload.size() <= segment.payload_bytes &&
           (segment.payload.empty() || (begin >= frame.data() && begin + segment.payload.size() <=
                                                                     frame.data() + frame.size()));
}

} // namespace

Buffer hex(std::string_view digits) {
    Buffer bytes;
    int nibbles = 0;
    for (const char c : digits) {
        if (c == ' ') continue;
        const int value = c <= '9' ? c - '0' : c - 'a' + 10;
        if (nibbles++ % 2 == 0)
            bytes.push_back(static_cast<std::uint8_t>(value << 4));
        else
            bytes.back() = static_cast<std::uint8_t>(bytes.back() | value);
    }
    return bytes;
}

Buffer operator+(Buffer front, const Buffer &back) {
    front.insert(front.end(), back.begin(), back.end());
    return front;
}

Buffer datagram(std::uint8_t family, std::string_view payload) {
    return pop3ana_test::tcp_datagram(end_of(family, false), end_of(family, true), 1000, 2000,
                                      pop3ana::kAck, pop3ana::as_bytes(payload));
}

Buffer tcp_segment(std::string_view payload) {
    const Buffer whole = datagram(4, payload);
    return {whole.begin() + 20, whole.end()};
}

Buffer udp(std::uint16_t destination_port, const Buffer &payload) {
    Buffer header = hex("c000 0000 0000 0000");
    pop3ana_test::put_number(header, 2, 2, destination_port);
    pop3ana_test::put_number(header, 4, 2, 8 + payload.size());
    return header + payload;
}

Buffer ethernet(std::uint16_t type, const Buffer &payload) {
    Buffer header = hex("0200 0000 0001 0200 0000 0002 0000");
    pop3ana_test::put_number(header, 12, 2, type);
    return header + payload;
}

Buffer ipv4(std::uint8_t protocol, const Buffer &payload) {
    return pop3ana_test::ipv4(protocol, payload, end_of(4, false), end_of(4, true));
}

Buffer ipv6(std::uint8_t next_header, const Buffer &payload) {
    return pop3ana_test::ipv6(next_header, payload, end_of(6, false), end_of(6, true));
}

std::string decoded(std::uint32_t link_type, const Buffer &frame, bool verify_checksums) {
    Bench bench{verify_checksums};
    pop3ana::Segment segment{};
    const FlushCopy flush{pop3ana::Bytes{frame}};
    const auto result = bench.decoder.decode(link_type, flush.bytes(), 0, segment);
    std::string results = text_of(result, bench, segment);
    while (bench.decoder.has_more()) {
        segment = {};
        const auto next = bench.decoder.decode_more(segment);
        results += ' ' + text_of(next, bench, segment);
    }
    return results;
}

std::string decoded_in_turn(const std::vector<Buffer> &ethernet_frames) {
    Bench bench{false};
    std::string results;
    for (const Buffer &frame : ethernet_frames) {
        pop3ana::Segment segment{};
        const FlushCopy flush{pop3ana::Bytes{frame}};
        const auto result = bench.decoder.decode(1, flush.bytes(), 0, segment);
        if (!results.empty()) results += ' ';
        results += text_of(result, bench, segment);
        if (bench.decoder.has_more()) results += " and more";
    }
    return results;
}

bool decodes(const FrameRow &row) {
    if (!same(row.name, decoded(row.link_type, row.frame), row.expected)) return false;
    for (std::size_t size = 0; size < row.frame.size(); ++size) {
        Bench bench{false};
        pop3ana::Segment segment{};
        const FlushCopy cut{pop3ana::Bytes{row.frame}.first(size)};
        const auto result = bench.decoder.decode(row.link_type, cut.bytes(), 0, segment);
        if (result != PacketDecoder::Result::kSegment) continue;
        const bool begins =
            kPayload.substr(0, segment.payload.size()) == pop3ana::as_text(segment.payload);
        if (!holds(row.name, begins && segment.payload_bytes == kPayload.size() &&
                                 lies_inside(segment, cut.bytes())))
            return same("cut to", size, row.frame.size());
    }
    return true;
}

bool survives_lies(std::uint32_t link_type, const Buffer &frame) {
    FlushCopy flush{pop3ana::Bytes{frame}};
    for (std::size_t at = 0; at < frame.size(); ++at) {
        for (unsigned value = 0; value < 256; ++value) {
            flush[at] = static_cast<std::uint8_t>(value);
            Bench bench{false}; // A fresh one: fragments of two frames would make a datagram.
            pop3ana::Segment segment{};
            auto result = bench.decoder.decode(link_type, flush.bytes(), 0, segment);
            for (;;) {
                const bool fine = result != PacketDecoder::Result::kSegment ||
                                  lies_inside(segment, flush.bytes());
                if (!holds("what is decoded lies inside the frame", fine))
                    return same("byte", at, value);
                if (!bench.decoder.has_more()) break;
                result = bench.decoder.decode_more(segment);
            }
        }
        flush[at] = frame[at];
    }
    return true;
}

} // namespace unit
