// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/other_formats.hpp"

#include "base/bytes.hpp"
#include "capture/formats_module.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/core.h>
#include <iterator>
#include <string_view>

namespace pop3dump {
namespace {

using namespace std::string_view_literals;

struct OtherFormat {
    std::string_view magic;
    const char *name;
    const char *unpack = nullptr; ///< program for what is no capture, but may hold one
    std::size_t offset = 0;       ///< of `magic` in the file
    const char *convert = "editcap -F pcapng";
};

// clang-format off
constexpr OtherFormat kOthers[] = {
    {"RTSS"sv,                                     "a Microsoft Network Monitor 1 file"},
    {"GMBU"sv,                                     "a Microsoft Network Monitor 2 file"},
    {"TRSNIFF data    \x1a"sv,                     "a Sniffer file (DOS)"},
    {"XCP\0"sv,                                    "a NetXray or Sniffer file (Windows)"},
    {"EyeSDN"sv,                                   "an EyeSDN file"},
    {"\5VNF"sv,                                    "a Visual Networks file"},
    {"btsnoop\0"sv,                                "a btsnoop file"},
    {"\x01\x10\x4c\x00\x01\x05Trace Display Tr"sv, "a Novell LANalyzer file"},
    {"\xaa\xaa\xaa\xaa"sv,                         "an InfoVista 5View file"},
    {"iptrace 1.0"sv,                              "an AIX iptrace 1 file"},
    {"iptrace 2.0"sv,                              "an AIX iptrace 2 file"},
    {"\x00\x00\x02\x00\x12\x05\x00\x10"sv,         "a Tektronix K12xx file"},
    {"\x7f" "ver"sv,                               "an OmniPeek file"},
    {"ObserverPktBufferVersion="sv,                "a Viavi Observer file"},
    {"Session Transcript"sv,                       "a Catapult DCT2000 file"},
    {"TR\0d\0"sv,                                  "an HP-UX nettl file",   nullptr, 0, "editcap -T ether -F pcapng"},
    {"\x42\xd2\x00\x34\x12\x66\x22\x88"sv,         "a RADCOM file"},
    {"\x1c\x00\x01\xac"sv,                         "an Ixia lcap file"},
    {"\xac\x01\x00\x1c"sv,                         "an Ixia lcap file"},
    {"\x1c\x00\x01\xab"sv,                         "an Ixia lcap file"},
    {"\xab\x01\x00\x1c"sv,                         "an Ixia lcap file"},
    {"7z\xbc\xaf\x27\x1c"sv,                       "a 7z archive",          "7z x"},
    {"PK\x03\x04"sv,                               "a zip archive",         "unzip"},
    {"Rar!\x1a\x07"sv,                             "a rar archive",         "unrar x"},
    {"ustar"sv,                                    "a tar archive",         "tar -xf", 257},
    {"MSCF\0\0\0\0"sv,                             "a cabinet archive",     "cabextract"},
    {"\x1f\x9d"sv,                                 "data of compress(1)",   "uncompress"},
    {"LZIP"sv,                                     "lzip data",             "lzip -d"},
    {"\x89LZO\0\r\n\x1a\n"sv,                      "lzop data",             "lzop -d"},
    {"\x5d\x00\x00"sv,                             "lzma data",             "xz -d"},
    {"\xff\x06\x00\x00sNaPpY"sv,                   "snappy data",           "snzip -d"},
};
// clang-format on

const OtherFormat *find(std::span<const std::uint8_t> start) {
    const auto text = pop3ana::as_text(start);
    const auto *const found =
        std::find_if(std::begin(kOthers), std::end(kOthers), [text](const OtherFormat &format) {
            return text.size() >= format.offset &&
                   text.substr(format.offset).starts_with(format.magic);
        });
    return found == std::end(kOthers) ? nullptr : found;
}

} // namespace

std::unique_ptr<PacketSource> open_other_format(const std::string &path, const std::string &name,
                                                std::span<const std::uint8_t> start,
                                                std::string &error) {
    const OtherFormat *format = find(start);
    const std::string file = path == "-" ? "FILE" : path;
    if (format != nullptr && format->unpack != nullptr) {
        error =
            fmt::format("{}: {}; unpack it first: {} {}", name, format->name, format->unpack, file);
        return nullptr;
    }
    ModuleResult result = open_by_module(path, name);
    if (result.source) return std::move(result.source);
    error.clear();
    if (!result.load_error.empty()) {
        error = fmt::format("{}: {}", name, result.load_error);
    } else if (format != nullptr && !result.damage.empty()) {
        error = fmt::format("{}: {}: {}", name, format->name, result.damage);
    } else if (format != nullptr) {
        const char *const or_else = !result.is_installed
                                        ? ", or install the package pop3dump-formats"
                                    : result.is_kept_out ? ", or read it as another user than root"
                                                         : "";
        error = fmt::format("{}: {}; convert it: {} {} NEW.pcapng{}", name, format->name,
                            format->convert, file, or_else);
    }
    return nullptr;
}

} // namespace pop3dump
