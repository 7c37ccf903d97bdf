// SPDX-License-Identifier: GPL-2.0-or-later
#include "pcap_stream.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace pop3ana_test {

PcapStream::PcapStream(const std::string &path)
    : file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
    constexpr std::uint32_t kSnapLength = 262144; // tcpdump's default
    if (file_ == nullptr) throw std::runtime_error(path + ": " + std::strerror(errno));
    const std::array<std::uint32_t, 6> header{0xa1b2c3d4, 4U << 16 | 2, 0,
                                              0,          kSnapLength,  kLinkEthernet};
    write(header.data(), sizeof(header));
}

void PcapStream::packet(ByteSpan frame, std::uint64_t time_us) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    const std::array<std::uint32_t, 4> header{static_cast<std::uint32_t>(time_us / 1'000'000),
                                              static_cast<std::uint32_t>(time_us % 1'000'000), size,
                                              size};
    write(header.data(), sizeof(header));
    write(frame.data(), frame.size());
    ++packets_;
}

void PcapStream::close() {
    if (std::fclose(file_) != 0) throw std::runtime_error(std::strerror(errno));
}

void PcapStream::write(const void *data, std::size_t size) {
    if (std::fwrite(data, 1, size, file_) != size) throw std::runtime_error(std::strerror(errno));
    bytes_ += size;
}

} // namespace pop3ana_test
