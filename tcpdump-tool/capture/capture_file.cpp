// Opens a capture file: what it is told by its first bytes.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_source.hpp"

#include "capture/byte_buffer.hpp"
#include "capture/byte_order.hpp"
#include "capture/byte_source.hpp"
#include "capture/pcap_reader.hpp"
#include "capture/pcapng_reader.hpp"

#include <utility>

namespace pop3dump {
namespace {

template <typename Reader>
std::unique_ptr<PacketSource> open_reader(const std::string &name, ByteBuffer buffer,
                                          std::string &error) {
    auto reader = std::make_unique<Reader>(name, std::move(buffer));
    if (reader->read_header()) return reader;
    error = reader->error();
    return nullptr;
}

} // namespace

std::unique_ptr<PacketSource> open_capture_file(const std::string &path, std::string &error,
                                                InputWatcher *watcher) {
    const std::string name = display_name(path);
    auto bytes = open_bytes(path, watcher, error);
    if (!bytes) {
        error = name + ": " + error;
        return nullptr;
    }
    ByteBuffer buffer(std::move(bytes));
    std::uint32_t magic = 0;
    if (buffer.ensure(sizeof(magic))) {
        magic = ByteOrder().u32(buffer.data());
        if (magic == PcapngReader::kMagic) {
            return open_reader<PcapngReader>(name, std::move(buffer), error);
        }
        if (PcapReader::is_pcap(magic)) {
            return open_reader<PcapReader>(name, std::move(buffer), error);
        }
    }
    if (!buffer.source().error().empty()) {
        error = name + ": " + buffer.source().error();
    } else if (buffer.available() == 0) {
        error = name + ": the file is empty";
    } else {
        error = name + ": not a capture file (neither pcap nor pcapng)";
    }
    return nullptr;
}

} // namespace pop3dump
