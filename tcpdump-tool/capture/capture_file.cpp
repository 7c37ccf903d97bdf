// Opens a capture file; recognizes its format by the first bytes. A new format is a reader in
// formats/ and a row here.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_source.hpp"

#include "capture/byte_buffer.hpp"
#include "capture/byte_source.hpp"
#include "capture/formats/pcap_reader.hpp"
#include "capture/formats/pcapng_reader.hpp"
#include "capture/formats/snoop_reader.hpp"
#include "capture/other_formats.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace pop3dump {
namespace {

/// The longest start that tells a format from the others.
constexpr std::size_t kStartBytes = 4;

struct CaptureFormat {
    const char *name; ///< in messages
    /// Whether `start`, the first kStartBytes bytes of a file, begins one.
    bool (*is_begun_by)(std::span<const std::uint8_t> start);
    /// NULL when the file's header is wrong: `error` is then one line that begins with `name`.
    std::unique_ptr<PacketSource> (*open)(const std::string &name, ByteBuffer buffer,
                                          CaptureNames *names, std::string &error);
};

template <typename Reader>
std::unique_ptr<PacketSource> open_reader(const std::string &name, ByteBuffer buffer,
                                          CaptureNames *names, std::string &error) {
    auto reader = std::make_unique<Reader>(name, std::move(buffer));
    if constexpr (std::is_same_v<Reader, PcapngReader>) reader->use_names(names);
    if (reader->read_header()) return reader;
    error = reader->error();
    return nullptr;
}

constexpr CaptureFormat kFormats[] = {
    {"pcap", PcapReader::is_begun_by, open_reader<PcapReader>},
    {"pcapng", PcapngReader::is_begun_by, open_reader<PcapngReader>},
    {"snoop", SnoopReader::is_begun_by, open_reader<SnoopReader>},
};

/// "neither A nor B", or "neither A, B nor C".
std::string no_format() {
    std::string text = "neither ";
    for (std::size_t index = 0; index < std::size(kFormats); ++index) {
        if (index > 0) text += index + 1 < std::size(kFormats) ? ", " : " nor ";
        text += kFormats[index].name;
    }
    return text;
}

} // namespace

std::unique_ptr<PacketSource> open_capture_file(const std::string &path, std::string &error,
                                                InputWatcher *watcher, CaptureNames *names) {
    const std::string name = display_name(path);
    auto bytes = open_bytes(path, watcher, error);
    if (!bytes) {
        error = name + ": " + error;
        return nullptr;
    }
    ByteBuffer buffer(std::move(bytes));
    if (buffer.ensure(kStartBytes)) {
        const std::span start(buffer.data(), kStartBytes);
        const auto *const format =
            std::find_if(std::begin(kFormats), std::end(kFormats),
                         [start](const CaptureFormat &one) { return one.is_begun_by(start); });
        if (format != std::end(kFormats))
            return format->open(name, std::move(buffer), names, error);
    }
    if (!buffer.source().error().empty()) {
        error = name + ": " + buffer.source().error();
    } else if (buffer.available() == 0) {
        error = name + ": the file is empty";
    } else {
        buffer.ensure(kOtherStartBytes);
        const std::span start(buffer.data(), std::min(buffer.available(), kOtherStartBytes));
        if (auto source = open_other_format(path, name, start, error)) return source;
        if (error.empty()) error = name + ": not a capture file (" + no_format() + ")";
    }
    return nullptr;
}

} // namespace pop3dump
