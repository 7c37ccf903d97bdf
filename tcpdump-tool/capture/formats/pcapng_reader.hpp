// Reads pcapng files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/byte_buffer.hpp"
#include "capture/byte_order.hpp"
#include "capture/capture_names.hpp"
#include "capture/formats/pcapng_clock.hpp"
#include "capture/packet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pop3dump {

/// Any number of sections, each in its own byte order and with its own interfaces, which may have
/// different link types; enhanced, simple and obsolete packet blocks. Blocks of other types are
/// skipped. A block whose length cannot be true ends the source with an error, since nothing tells
/// where the next one begins; other damage is stepped over, and is an error at the end.
class PcapngReader final : public PacketSource {
public:
    /// Whether the first four bytes of a file begin a section, in either byte order.
    static bool is_begun_by(std::span<const std::uint8_t> start);

    /// Takes over `buffer`, which stands at the first block. `name` begins each error line.
    PcapngReader(std::string name, ByteBuffer buffer);

    /// Packets of an extract get their origin (see frame_origin.hpp), the names of its files go to
    /// `names`, which is borrowed; NULL: all packets are as those of other files.
    void use_names(CaptureNames *names) { names_ = names; }

    /// Reads up to the first interface; false if there is no valid section header: see error().
    bool read_header();

    bool next(Packet &packet) override;
    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override;
    [[nodiscard]] bool may_hold_key_logs() const override { return true; }
    [[nodiscard]] ReadProgress progress() const override { return buffer_.source().progress(); }

private:
    struct Interface {
        std::uint32_t link_type = 0;
        std::uint32_t snap_bytes = 0; ///< 0: no limit
        PcapngClock clock;
        std::uint32_t origin = 0; ///< of its packets, see Packet
    };

    /// The head of the block at the front of the buffer.
    struct Block {
        std::uint32_t type = 0;
        std::uint32_t bytes = 0;  ///< all of it, with the length at both ends
        std::uint32_t length = 0; ///< which stands there; some writers do not count the padding
        std::uint64_t offset = 0; ///< in the file, decompressed
    };

    /// What a packet block of any of the three types says.
    struct PacketFields {
        std::uint32_t interface = 0;
        std::uint64_t ticks = 0;
        std::uint32_t captured_bytes = 0;
        std::uint32_t wire_bytes = 0;
    };

    bool read_block_head(Block &block);
    bool load_block(const Block &block);
    bool skip_block(const Block &block);
    void check_trailer(const Block &block, const std::uint8_t *trailer);

    bool read_section(const Block &block);
    [[nodiscard]] bool begins_extract(const Block &block);
    bool read_interface(const Block &block);
    Interface parse_interface(const Block &block, const std::uint8_t *bytes);
    bool read_other_block(const Block &block);
    bool read_key_log(const Block &block, Packet &packet);
    bool read_packet(const Block &block, Packet &packet);
    [[nodiscard]] PacketFields parse_packet(const Block &block, const std::uint8_t *bytes) const;

    [[nodiscard]] std::string where(const Block &block) const;
    void note(const Block &block, const std::string &why);
    bool fail(const Block &block, const std::string &why);
    bool end_inside(const Block &block);
    void count_other_problems();

    std::string name_;
    ByteBuffer buffer_;
    ByteOrder order_;
    CaptureNames *names_ = nullptr;
    bool is_extract_ = false;           ///< the current section is, and names_ are wanted
    std::vector<Interface> interfaces_; ///< of the current section
    std::uint64_t packets_ = 0;
    std::int64_t last_ts_ns_ = 0; ///< of a packet
    std::string first_key_log_;   ///< what stands before the first interface
    bool is_first_key_log_read_ = false;
    std::uint64_t other_problems_ = 0; ///< besides the one in error_
    bool ended_ = false;
    std::string error_;
};

} // namespace pop3dump
