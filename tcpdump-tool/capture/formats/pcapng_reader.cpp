// pcapng blocks: sections, interfaces and packets.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/pcapng_reader.hpp"

#include "base/bytes.hpp"
#include "capture/capture_limits.hpp"
#include "capture/formats/pcapng_options.hpp"
#include "capture/formats/pcapng_origin.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace pop3dump {
namespace {

enum BlockType : std::uint32_t {
    kSection = 0x0a0d0d0a, // in either byte order
    kInterface = 1,
    kObsoletePacket = 2,
    kSimplePacket = 3,
    kEnhancedPacket = 6,
    kDecryptionSecrets = 10
};

constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kLengthBytes = 4;
constexpr std::uint32_t kBlockMinBytes = 12;
constexpr std::uint32_t kSectionMinBytes = 28;
constexpr std::uint32_t kInterfaceMinBytes = 20;
constexpr std::uint32_t kPacketDataOffset = 28; // enhanced and obsolete
constexpr std::uint32_t kSimpleDataOffset = 12;

bool is_packet(std::uint32_t type) {
    return type == kEnhancedPacket || type == kSimplePacket || type == kObsoletePacket;
}

} // namespace

bool PcapngReader::is_begun_by(std::span<const std::uint8_t> start) {
    return ByteOrder().u32(start.data()) == kSection;
}

PcapngReader::PcapngReader(std::string name, ByteBuffer buffer)
    : name_(std::move(name)), buffer_(std::move(buffer)) {}

std::optional<std::uint32_t> PcapngReader::first_link_type() const {
    if (interfaces_.empty()) return std::nullopt;
    return interfaces_.front().link_type;
}

bool PcapngReader::read_header() {
    Block block;
    if (!read_block_head(block) || !read_section(block)) return false;
    while (interfaces_.empty() && !ended_) {
        if (!read_block_head(block) || is_packet(block.type)) break;
        Packet packet;
        if (block.type == kDecryptionSecrets) {
            if (!read_key_log(block, packet)) continue;
            if (first_key_log_.size() + packet.data.size() > kFirstKeyLogBytes)
                note(block, "too many secrets before the first interface");
            else
                first_key_log_.append(pop3ana::as_text(packet.data)) += '\n';
        } else if (!read_other_block(block)) {
            break;
        }
    }
    return true;
}

bool PcapngReader::next(Packet &packet) {
    if (!first_key_log_.empty() && !is_first_key_log_read_) {
        is_first_key_log_read_ = packet.is_key_log = true;
        packet.data = {reinterpret_cast<const std::uint8_t *>(first_key_log_.data()),
                       first_key_log_.size()};
        return true;
    }
    Block block;
    while (!ended_ && read_block_head(block)) {
        packet.is_key_log = block.type == kDecryptionSecrets;
        if (packet.is_key_log) {
            if (read_key_log(block, packet)) return true;
        } else if (!is_packet(block.type)) {
            read_other_block(block);
        } else if (read_packet(block, packet)) {
            last_ts_ns_ = packet.ts_ns;
            return true;
        }
    }
    count_other_problems();
    return false;
}

/// Reads a block's type and length and checks them; leaves the block at the front of the buffer.
bool PcapngReader::read_block_head(Block &block) {
    block = {0, 0, 0, buffer_.offset()};
    if (!buffer_.ensure(kBlockMinBytes)) return end_inside(block);
    const std::uint8_t *bytes = buffer_.data();
    block.type = order_.u32(bytes);
    if (block.type == kSection) {
        order_ = ByteOrder(ByteOrder().u32(bytes + 8) != kByteOrderMagic);
        if (order_.u32(bytes + 8) != kByteOrderMagic) {
            return fail(block, "bad byte-order magic");
        }
    }
    block.length = order_.u32(bytes + 4);
    block.bytes = (block.length + 3) & ~std::uint32_t{3};
    if (block.bytes < kBlockMinBytes) { // Or it has no 32 bits.
        return fail(block, fmt::format("invalid length {}", block.length));
    }
    return true;
}

/// Makes the whole block contiguous at the front of the buffer.
bool PcapngReader::load_block(const Block &block) {
    if (block.bytes > kBlockBytes) {
        return fail(block, fmt::format("length {} exceeds the limit of {} bytes", block.bytes,
                                       kBlockBytes));
    }
    if (!buffer_.ensure(block.bytes)) return end_inside(block);
    check_trailer(block, buffer_.data() + block.bytes - kLengthBytes);
    return true;
}

/// Steps over a block without keeping it.
bool PcapngReader::skip_block(const Block &block) {
    if (!buffer_.skip(block.bytes - kLengthBytes) || !buffer_.ensure(kLengthBytes)) {
        return end_inside(block);
    }
    check_trailer(block, buffer_.data());
    buffer_.consume(kLengthBytes);
    return true;
}

void PcapngReader::check_trailer(const Block &block, const std::uint8_t *trailer) {
    const std::uint32_t repeated = order_.u32(trailer);
    if (repeated == block.length) return;
    note(block, fmt::format("length {} at its start, {} at its end", block.length, repeated));
}

bool PcapngReader::read_section(const Block &block) {
    if (block.type != kSection || block.bytes < kSectionMinBytes) {
        return fail(block, "not a section header");
    }
    if (!buffer_.ensure(kSectionMinBytes)) return end_inside(block);
    const std::uint16_t major = order_.u16(buffer_.data() + 12);
    if (major != 1) return fail(block, fmt::format("unsupported pcapng version {}", major));
    interfaces_.clear();
    is_extract_ = names_ != nullptr && begins_extract(block);
    return skip_block(block);
}

/// Its mark is among the first options, if at all. Leaves the block at the front of the buffer.
bool PcapngReader::begins_extract(const Block &block) {
    constexpr std::uint32_t kOptionsOffset = kSectionMinBytes - kLengthBytes;
    constexpr std::uint32_t kLookedAtBytes = 256;
    const std::uint32_t bytes = std::min(block.bytes - kLengthBytes, kLookedAtBytes);
    return buffer_.ensure(bytes) &&
           are_of_extract(order_, std::span(buffer_.data(), bytes).subspan(kOptionsOffset));
}

bool PcapngReader::read_interface(const Block &block) {
    if (block.bytes < kInterfaceMinBytes) return fail(block, "too short for an interface");
    if (interfaces_.size() == kInterfaces) {
        return fail(block, fmt::format("more than {} interfaces", kInterfaces));
    }
    if (!load_block(block)) return false;
    interfaces_.push_back(parse_interface(block, buffer_.data()));
    buffer_.consume(block.bytes);
    return true;
}

PcapngReader::Interface PcapngReader::parse_interface(const Block &block,
                                                      const std::uint8_t *bytes) {
    std::uint8_t resolution = 6;
    std::int64_t offset_s = 0;
    std::uint32_t origin = 0;
    const auto on_option = [&](std::uint16_t code, std::span<const std::uint8_t> value) {
        if (code == kResolution && !value.empty()) resolution = value[0];
        if (code == kOffset && value.size() >= 8)
            offset_s = static_cast<std::int64_t>(order_.u64(value.data()));
        if (code != kInterfaceName || !is_extract_) return;
        origin = names_->add(pop3ana::as_text(value));
        if (origin == 0) note(block, "the name of a file is too long, or there are too many");
    };
    const std::span options(bytes + kInterfaceMinBytes - kLengthBytes,
                            block.bytes - kInterfaceMinBytes);
    if (!for_each_option(order_, options, on_option)) note(block, "an option runs past its end");
    return {order_.u16(bytes + 8), order_.u32(bytes + 12), PcapngClock(resolution, offset_s),
            origin};
}

bool PcapngReader::read_other_block(const Block &block) {
    if (block.type == kSection) return read_section(block);
    if (block.type == kInterface) return read_interface(block);
    return skip_block(block);
}

/// False when the block gives no packet: it was stepped over, or it ended the source.
bool PcapngReader::read_packet(const Block &block, Packet &packet) {
    const std::uint32_t data_offset =
        block.type == kSimplePacket ? kSimpleDataOffset : kPacketDataOffset;
    if (!load_block(block)) return false;
    const std::uint8_t *bytes = buffer_.data();
    buffer_.consume(block.bytes);
    if (block.bytes < data_offset + kLengthBytes) {
        note(block, "block too short for a packet");
        return false;
    }
    PacketFields fields = parse_packet(block, bytes);
    if (fields.interface >= interfaces_.size()) {
        note(block, fmt::format("skipped, the file describes no interface {}", fields.interface));
        return false;
    }
    const Interface &interface = interfaces_[fields.interface];
    if (block.type == kSimplePacket && interface.snap_bytes != 0) {
        fields.captured_bytes = std::min(fields.captured_bytes, interface.snap_bytes);
    }
    const std::uint32_t room_bytes = block.bytes - kLengthBytes - data_offset;
    if (fields.captured_bytes > room_bytes) {
        note(block, fmt::format("captured length {} exceeds its block", fields.captured_bytes));
        fields.captured_bytes = room_bytes;
    }
    packet.ts_ns = interface.clock.to_ns(fields.ticks);
    packet.link_type = interface.link_type;
    packet.wire_bytes = fields.wire_bytes;
    packet.data = {bytes + data_offset, fields.captured_bytes};
    read_origin(order_, interface.origin, {bytes + data_offset, room_bytes}, packet);
    ++packets_;
    return true;
}

/// False when it is no key log of TLS, or damaged. It has the time of the packet before it.
bool PcapngReader::read_key_log(const Block &block, Packet &packet) {
    constexpr std::uint32_t kTlsKeyLog = 0x544c534b, kDataOffset = 16;
    if (!load_block(block)) return false;
    const std::uint8_t *bytes = buffer_.data();
    buffer_.consume(block.bytes);
    if (block.bytes < kDataOffset + kLengthBytes) {
        note(block, "block too short for secrets");
        return false;
    }
    if (order_.u32(bytes + 8) != kTlsKeyLog) return false;
    const std::uint32_t room_bytes = block.bytes - kLengthBytes - kDataOffset;
    packet.ts_ns = last_ts_ns_;
    packet.data = {bytes + kDataOffset, std::min(order_.u32(bytes + 12), room_bytes)};
    return true;
}

PcapngReader::PacketFields PcapngReader::parse_packet(const Block &block,
                                                      const std::uint8_t *bytes) const {
    if (block.type == kSimplePacket) {
        const std::uint32_t wire_bytes = order_.u32(bytes + 8);
        return {0, 0, wire_bytes, wire_bytes}; // the first interface, and no time
    }
    PacketFields fields;
    fields.interface =
        block.type == kEnhancedPacket ? order_.u32(bytes + 8) : order_.u16(bytes + 8);
    fields.ticks =
        std::uint64_t{order_.u32(bytes + 12)} << 32 | std::uint64_t{order_.u32(bytes + 16)};
    fields.captured_bytes = order_.u32(bytes + 20);
    fields.wire_bytes = order_.u32(bytes + 24);
    return fields;
}

std::string PcapngReader::where(const Block &block) const {
    if (is_packet(block.type)) return fmt::format("{}: packet {}", name_, packets_ + 1);
    return fmt::format("{}: block at byte {}", name_, block.offset);
}

/// Remembers damage that was stepped over.
void PcapngReader::note(const Block &block, const std::string &why) {
    if (error_.empty()) {
        error_ = where(block) + ": " + why;
    } else {
        ++other_problems_;
    }
}

/// Ends the source: of several problems, the user sees the last one.
bool PcapngReader::fail(const Block &block, const std::string &why) {
    ended_ = true;
    if (!error_.empty()) ++other_problems_;
    error_ = where(block) + ": " + why;
    return false;
}

/// The end of the file: a clean one when nothing of another block is there.
bool PcapngReader::end_inside(const Block &block) {
    ended_ = true;
    const std::string &why = buffer_.source().error();
    if (!why.empty()) {
        if (!error_.empty()) ++other_problems_;
        error_ = name_ + ": " + why;
    } else if (buffer_.offset() != block.offset || buffer_.available() > 0) {
        fail(block, "the file ends inside it");
    }
    return false;
}

void PcapngReader::count_other_problems() {
    if (other_problems_ == 0) return;
    error_ += fmt::format(" (and {} more)", other_problems_);
    other_problems_ = 0;
}

} // namespace pop3dump
