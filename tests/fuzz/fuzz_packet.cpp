// Packet decoding: any frames of any link type, and true segments in as many layers as the fuzzer
// likes.
//
// Laws: what is found lies inside the frame or a datagram put together from frames; not more was
// captured than sent; a segment comes out of its layers as it went in, up to the limit of nesting.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "fuzz_input.hpp"
#include "net/packet.hpp"
#include "wire.hpp"

#include <algorithm>
#include <memory>

using namespace pop3ana_test;
using pop3ana::PacketDecoder;
using pop3ana::Segment;

namespace {

class Decoder {
public:
    explicit Decoder(bool verify_checksums)
        : decoder_({kFragmentBytes, 7, verify_checksums}, counters_) {}

    /// Decodes a copy that ends where its memory does.
    PacketDecoder::Result decode(std::uint32_t link_type, ByteSpan frame) {
        frame_bytes_ += frame.size();
        copy_ = std::make_unique<std::uint8_t[]>(frame.size());
        std::copy(frame.begin(), frame.end(), copy_.get());
        now_ns_ += pop3ana::kSecondNs;
        const auto result =
            decoder_.decode(link_type, {copy_.get(), frame.size()}, now_ns_, segment);
        if (result == PacketDecoder::Result::kSegment) check(segment);
        for (std::size_t more = 0; decoder_.has_more(); ++more) {
            fuzz::law("each packet takes bytes of the frame", more < frame.size());
            Segment next{};
            if (decoder_.decode_more(next) == PacketDecoder::Result::kSegment) check(next);
        }
        return result;
    }

    pop3ana_counters counters_{};
    Segment segment{};

private:
    void check(const Segment &found) {
        fuzz::law("an address family", found.address_family == 4 || found.address_family == 6);
        fuzz::law("not more captured than sent", found.payload.size() <= found.payload_bytes);
        fuzz::law("a payload was in the frames", found.payload.size() <= frame_bytes_);
        unsigned sum = 0; // a sanitizer sees what lies outside
        for (const auto byte : found.payload)
            sum += byte;
        fuzz::law("payload was read", sum <= 255 * found.payload.size());
    }

    static constexpr std::uint64_t kFragmentBytes = 4'000;
    PacketDecoder decoder_;
    std::unique_ptr<std::uint8_t[]> copy_;
    std::size_t frame_bytes_ = 0;
    std::int64_t now_ns_ = 0;
};

Bytes vlan(std::uint16_t type, const Bytes &inner) {
    Bytes result;
    append_number(result, 2, 5); // tag
    append_number(result, 2, type);
    append(result, inner);
    return result;
}

Bytes gre(std::uint16_t type, const Bytes &inner) {
    Bytes result;
    append_number(result, 2, 0);
    append_number(result, 2, type);
    append(result, inner);
    return result;
}

Bytes behind(Bytes header, const Bytes &inner) {
    append(header, inner);
    return header;
}

Bytes l2tp(bool is_six, const Bytes &inner) {
    const Bytes header{0, 2, 0, 7, 0, 9, 0, static_cast<std::uint8_t>(is_six ? 0x57 : 0x21)};
    Bytes result;
    append_number(result, 2, 50'000);
    append_number(result, 2, 1701);
    append_number(result, 2, 8 + header.size() + inner.size());
    append_number(result, 2, 0); // no checksum
    append(result, header);
    append(result, inner);
    return result;
}

/// A segment in layers; the outermost is Ethernet.
void layered(fuzz::Input &input) {
    const Endpoint a = endpoint("10.0.0.1", 40000), b = endpoint("10.0.0.2", 110);
    const Endpoint c = endpoint("2001:db8::1", 40001), d = endpoint("2001:db8::2", 110);
    const bool six = input.flag();
    const auto flags = input.byte();
    const auto seq = static_cast<std::uint32_t>(input.number(4));
    const auto text = input.bytes(input.byte());
    Bytes frame =
        six ? tcp_datagram(c, d, seq, 7, flags, text) : tcp_datagram(a, b, seq, 7, flags, text);
    bool is_six = six;
    int headers = 1;
    for (std::size_t count = input.below(24); count > 0; --count) {
        const auto next_header = static_cast<std::uint8_t>(is_six ? 41 : 4);
        const auto type = is_six ? kEtherIpv6 : kEtherIpv4;
        const Bytes ether = ethernet(type, frame);
        switch (input.below(7)) {
        case 0: frame = ipv4(next_header, frame, a, b), is_six = false; break;
        case 1: frame = ipv6(next_header, frame, c, d), is_six = true; break;
        case 2: frame = ipv4(47, gre(type, frame), a, b), is_six = false; break;
        case 3: frame = ipv4(17, l2tp(is_six, frame), a, b), is_six = false; break;
        case 4: frame = ipv6(97, behind({0x30, 0}, ether), c, d), is_six = true, ++headers; break;
        case 5: // a pseudowire with its control word
            frame = ipv4(137, behind({0, 1, 1, 64, 0, 0, 0, 7}, ether), a, b);
            is_six = false;
            ++headers;
            break;
        default:
            frame = ipv4(47, gre(0x6558, ethernet(0x8100, vlan(type, frame))), a, b);
            is_six = false;
            ++headers;
            break;
        }
        ++headers;
        if (frame.size() > 60'000) return;
    }
    frame = ethernet(is_six ? kEtherIpv6 : kEtherIpv4, frame);
    ++headers;
    Decoder decoder(input.flag());
    const auto result = decoder.decode(kLinkEthernet, frame);
    if (headers >= pop3ana::kMaxEncapsulations) return;
    fuzz::law("a segment is found in its layers", result == PacketDecoder::Result::kSegment);
    const Segment &segment = decoder.segment;
    fuzz::law("its numbers", segment.sequence_number == seq && segment.acknowledgement == 7 &&
                                 (segment.flags & 0x17) == (flags & 0x17));
    fuzz::law("its payload",
              std::equal(segment.payload.begin(), segment.payload.end(), text.begin(), text.end()));
    fuzz::law("its end",
              segment.destination_port == 110 && segment.address_family == (six ? 6 : 4));
}

void any_frames(fuzz::Input &input) {
    Decoder decoder(input.flag());
    while (!input.empty()) {
        const auto link_type = static_cast<std::uint32_t>(input.number(2) % 300);
        const auto length = input.number(2);
        decoder.decode(link_type, input.bytes(length));
        fuzz::law("fragments dropped were seen",
                  decoder.counters_.fragments_dropped <= decoder.counters_.fragments);
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    if (input.flag())
        layered(input);
    else
        any_frames(input);
    return 0;
}
