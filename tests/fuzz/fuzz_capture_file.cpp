// Capture files of all formats and compressions, told by their first bytes; their packets then go
// to an engine.
//
// Laws: reading ends; a packet is not longer than the limit; what is wrong is one line that names
// the file; the same file read as a pipe has the same packets; the engine conserves bytes.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/capture_limits.hpp"
#include "capture/capture_names.hpp"
#include "capture/formats_module.hpp"
#include "capture/packet_source.hpp"
#include "fuzz_input.hpp"
#include "run.hpp"

#include <algorithm>
#include <sys/mman.h>
#include <unistd.h>

using namespace pop3ana_test;

// Wireshark's readers are not what is tested.
namespace pop3dump {
const char *formats_module_path() {
    return nullptr;
}
} // namespace pop3dump

namespace {

/// So much of a compressed file is enough.
constexpr std::size_t kPackets = 2'000;
constexpr std::size_t kBytes = std::size_t{8} << 20;

struct Read {
    Capture capture;
    std::string error;
    std::size_t bytes = 0;
    bool cut = false;
};

Read read_all(int descriptor) {
    Read result;
    const std::string path = "/dev/fd/" + std::to_string(descriptor);
    pop3dump::CaptureNames names;
    const auto source = pop3dump::open_capture_file(path, result.error, nullptr, &names);
    fuzz::law("a reason when a file is refused", source || !result.error.empty());
    pop3dump::Packet packet;
    while (source && source->next(packet)) {
        fuzz::law("a packet is bounded", packet.data.size() <= pop3dump::kAnnouncedCapturedBytes);
        fuzz::law("a frame of a file has a number", (packet.origin != 0) == (packet.frame != 0));
        result.bytes += packet.data.size();
        result.cut = result.capture.size() == kPackets || result.bytes > kBytes;
        if (result.cut) break;
        result.capture.push_back(
            {packet.ts_ns, packet.link_type, {packet.data.begin(), packet.data.end()}});
    }
    if (source) result.error = source->error();
    if (result.error.empty()) return result;
    fuzz::law("an error names the file", result.error.starts_with(path + ": "));
    fuzz::law("an error is one line", std::none_of(result.error.begin(), result.error.end(),
                                                   [](char c) { return c >= 0 && c < 32; }));
    result.error.erase(0, path.size());
    return result;
}

Read read_file(std::span<const std::uint8_t> bytes) {
    const int file = memfd_create("capture", MFD_CLOEXEC);
    fuzz::law("a file", file >= 0 && write(file, bytes.data(), bytes.size()) ==
                                         static_cast<ssize_t>(bytes.size()));
    auto result = read_all(file);
    close(file);
    return result;
}

/// The same bytes in a pipe, as long as they fit into one.
Read read_pipe(std::span<const std::uint8_t> bytes) {
    int ends[2];
    fuzz::law("a pipe", pipe(ends) == 0 && write(ends[1], bytes.data(), bytes.size()) ==
                                               static_cast<ssize_t>(bytes.size()));
    close(ends[1]);
    auto result = read_all(ends[0]);
    close(ends[0]);
    return result;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    constexpr std::size_t kPipeBytes = 60'000;
    const std::span<const std::uint8_t> bytes{data, size};
    const Read file = read_file(bytes);
    if (size <= kPipeBytes) {
        const Read pipe = read_pipe(bytes);
        fuzz::same("a pipe has the same errors", file.error, pipe.error);
        fuzz::law("a pipe has the same packets",
                  std::equal(file.capture.begin(), file.capture.end(), pipe.capture.begin(),
                             pipe.capture.end(), [](const Frame &one, const Frame &other) {
                                 return one.ts_ns == other.ts_ns &&
                                        one.link_type == other.link_type &&
                                        one.bytes == other.bytes;
                             }));
    }
    Options options;
    options.check_each_frame = true;
    fuzz::same("the engine obeys", run(file.capture, options).broken_law, "");
    return 0;
}
