// pcap_create to pcap_stats.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/live_interface.hpp"

#include "capture/link_type.hpp"
#include "capture/pcap_text.hpp"
#include "live/live_filter.hpp"
#include "system/diagnostics.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fmt/core.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <sys/socket.h>
#include <utility>

namespace pop3dump {
namespace {

pcap_direction_t direction_of(LiveOptions::Direction direction) {
    switch (direction) {
    case LiveOptions::Direction::In: return PCAP_D_IN;
    case LiveOptions::Direction::Out: return PCAP_D_OUT;
    case LiveOptions::Direction::Both: break;
    }
    return PCAP_D_INOUT;
}

/// Why pcap_activate has refused.
std::string refusal(int status, pcap_t *handle) {
    const std::string detail = one_line(pcap_geterr(handle));
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE: return "no such interface (see pop3dump -D)";
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return "no permission to capture; needs root or the capability cap_net_raw "
               "(setcap(8))";
    case PCAP_ERROR_IFACE_NOT_UP: return "the interface is not up";
    default: return detail.empty() ? pcap_statustostr(status) : detail;
    }
}

} // namespace

void LiveInterface::Closer::operator()(pcap *handle) const {
    pcap_close(handle);
}

std::unique_ptr<LiveInterface> LiveInterface::open(const LiveOptions &options,
                                                   const std::string &name,
                                                   const LiveFilter &filter, std::string &error) {
    std::unique_ptr<LiveInterface> opened(new LiveInterface(name));
    const bool ready =
        opened->activate(options) &&
        (!options.link_type || opened->set_link_type(*options.link_type)) &&
        opened->set_filter(
            !filter.expression.empty()
                ? filter.expression
                : default_filter(filter.ports, pcap_datalink(opened->handle_.get())));
    if (ready) return opened;
    error = opened->error_;
    return nullptr;
}

bool LiveInterface::activate(const LiveOptions &options) {
    constexpr int kBytesPerKib = 1024;
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    handle_.reset(pcap_create(name_.c_str(), why.data()));
    if (!handle_) return fail(one_line(why.data()));
    pcap_t *handle = handle_.get();
    // The values are looked at when it is activated.
    const bool taken =
        pcap_set_snaplen(handle, options.snapshot_bytes) == 0 &&
        pcap_set_promisc(handle, options.promiscuous && name_ != "any" ? 1 : 0) == 0 &&
        pcap_set_timeout(handle, kKernelDelayMs) == 0 &&
        pcap_set_buffer_size(handle, options.buffer_kib * kBytesPerKib) == 0 &&
        pcap_set_immediate_mode(handle, options.immediate ? 1 : 0) == 0;
    if (!taken) return fail("cannot set capture parameters");
    nanoseconds_ =
        options.nanoseconds && pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO) == 0;
    const int status = pcap_activate(handle);
    if (status < 0) return fail(refusal(status, handle));
    if (status > 0) report(name_ + ": " + refusal(status, handle));
    if (pcap_setnonblock(handle, 1, why.data()) != 0) return fail(one_line(why.data()));
    if (options.direction != LiveOptions::Direction::Both &&
        pcap_setdirection(handle, direction_of(options.direction)) != 0) {
        return fail(one_line(pcap_geterr(handle)));
    }
    descriptor_ = pcap_get_selectable_fd(handle);
    if (descriptor_ < 0) return fail("device does not support poll");
    link_type_ = link_type_of(pcap_datalink(handle));
    return true;
}

bool LiveInterface::set_link_type(const std::string &link_type) {
    const int value = pcap_datalink_name_to_val(link_type.c_str());
    if (value < 0) return fail(fmt::format("-y '{}': unknown link type", link_type));
    if (pcap_set_datalink(handle_.get(), value) != 0) {
        return fail(fmt::format("-y '{}': not a link type of this interface (see -L)", link_type));
    }
    link_type_ = link_type_of(value);
    return true;
}

bool LiveInterface::set_filter(const std::string &filter) {
    bpf_program code{};
    pcap_t *handle = handle_.get();
    const bool set = pcap_compile(handle, &code, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0 &&
                     pcap_setfilter(handle, &code) == 0;
    pcap_freecode(&code);
    return set || fail(fmt::format("filter '{}': {}", filter, one_line(pcap_geterr(handle))));
}

bool LiveInterface::fail(const std::string &reason) {
    error_ = fmt::format("{}: {}", name_, reason);
    return false;
}

LiveInterface::Result LiveInterface::next(Packet &packet) {
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    pcap_pkthdr *header = nullptr;
    const unsigned char *data = nullptr;
    const int status = pcap_next_ex(handle_.get(), &header, &data);
    if (status == 0) return Result::Timeout;
    if (status < 0) return after_failure();
    packet.ts_ns = header->ts.tv_sec * kNsPerSecond +
                   static_cast<std::int64_t>(header->ts.tv_usec) * (nanoseconds_ ? 1 : 1000);
    packet.link_type = link_type_;
    packet.wire_bytes = header->len;
    packet.data = {data, header->caplen};
    return Result::Packet;
}

/// What the kernel had not handed over yet still comes.
LiveInterface::Result LiveInterface::after_failure() {
    const auto now = std::chrono::steady_clock::now();
    if (!end_) {
        fail(one_line(pcap_geterr(handle_.get())));
        end_ = now + std::chrono::milliseconds(kSettledMs);
    }
    return now < *end_ ? Result::Timeout : Result::Ended;
}

int LiveInterface::join_fanout(int group) {
    constexpr int kGroupBits = 16;
    const bool begins = group < 0;
    const int flags = PACKET_FANOUT_HASH | (begins ? PACKET_FANOUT_FLAG_UNIQUEID : 0);
    const int wanted = flags << kGroupBits | (begins ? 0 : group);
    int joined = 0;
    socklen_t size = sizeof(joined);
    if (::setsockopt(descriptor_, SOL_PACKET, PACKET_FANOUT, &wanted, sizeof(wanted)) != 0 ||
        ::getsockopt(descriptor_, SOL_PACKET, PACKET_FANOUT, &joined, &size) != 0) {
        fail(fmt::format("--fanout: {}", std::strerror(errno)));
        return -1;
    }
    return joined & ((1 << kGroupBits) - 1);
}

int LiveInterface::retry_ms() const {
    const bool wants_time = end_ || pcap_get_required_select_timeout(handle_.get()) != nullptr;
    return wants_time ? kKernelDelayMs : -1;
}

std::string LiveInterface::description() const {
    const char *type = pcap_datalink_val_to_name(pcap_datalink(handle_.get()));
    return fmt::format("listening on {}, link type {}, snapshot length {} bytes", name_,
                       type != nullptr ? type : fmt::format("{}", link_type_).c_str(),
                       pcap_snapshot(handle_.get()));
}

std::vector<int> LiveInterface::data_link_types() const {
    int *types = nullptr;
    const int count = pcap_list_datalinks(handle_.get(), &types);
    if (count < 0) return {};
    std::vector<int> found(types, types + count);
    pcap_free_datalinks(types);
    return found;
}

CaptureCounters LiveInterface::counters() {
    pcap_stat found{};
    if (pcap_stats(handle_.get(), &found) != 0) return counters_;
    // libpcap counts in 32 bits, which busy links fill within hours.
    const auto advance = [](std::uint64_t &count, std::uint32_t low) {
        count += low - static_cast<std::uint32_t>(count);
    };
    advance(counters_.received, found.ps_recv);
    advance(counters_.dropped_by_kernel, found.ps_drop);
    advance(counters_.dropped_by_interface, found.ps_ifdrop);
    return counters_;
}

} // namespace pop3dump
