// Filters by libpcap: pcap_compile and pcap_offline_filter.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_filter.hpp"

#include "capture/capture_limits.hpp"
#include "capture/link_type.hpp"
#include "capture/pcap_text.hpp"

#include <fmt/core.h>
#include <pcap/pcap.h>
#include <utility>

namespace pop3dump {
namespace {

struct PcapCloser {
    void operator()(pcap_t *handle) const { pcap_close(handle); }
};

} // namespace

struct PacketFilter::Program {
    explicit Program(std::uint32_t type) : link_type(type) {}
    Program(const Program &) = delete;
    Program &operator=(const Program &) = delete;
    ~Program() { pcap_freecode(&code); }

    std::uint32_t link_type;
    bpf_program code{};
};

std::string why_no_filter(const std::string &expression) {
    // Between them they know every primitive of pcap-filter(7).
    std::string why;
    for (const int type : {DLT_EN10MB, DLT_IEEE802_11, DLT_PFLOG, DLT_SUNATM, DLT_MTP2}) {
        const std::unique_ptr<pcap_t, PcapCloser> handle(
            pcap_open_dead(type, static_cast<int>(kCapturedBytes)));
        if (!handle) return "out of memory";
        bpf_program code{};
        const bool is_taken =
            pcap_compile(handle.get(), &code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
        pcap_freecode(&code);
        if (is_taken) return "";
        const std::string said = one_line(pcap_geterr(handle.get()));
        if (why.empty()) why = said;
        // No link type changes that, and names are not to be looked up again.
        if (said.starts_with("unknown ") || said.find("syntax error") != std::string::npos) break;
    }
    return why;
}

PacketFilter::PacketFilter(std::string expression) : expression_(std::move(expression)) {}
PacketFilter::~PacketFilter() = default;

bool PacketFilter::prepare(std::uint32_t link_type) {
    for (const auto &program : programs_) {
        if (program->link_type != link_type) continue;
        current_ = program.get();
        return true;
    }
    const std::unique_ptr<pcap_t, PcapCloser> handle(
        pcap_open_dead(data_link_type(link_type), static_cast<int>(kCapturedBytes)));
    auto program = std::make_unique<Program>(link_type);
    if (!handle || pcap_compile(handle.get(), &program->code, expression_.c_str(), 1,
                                PCAP_NETMASK_UNKNOWN) != 0) {
        error_ = fmt::format("filter '{}': {}", expression_,
                             handle ? one_line(pcap_geterr(handle.get())) : "out of memory");
        return false;
    }
    current_ = program.get();
    programs_.push_back(std::move(program));
    return true;
}

Packet::Filtered PacketFilter::apply(const Packet &packet) {
    const bool ready = current_ != nullptr && current_->link_type == packet.link_type;
    if (!ready && !prepare(packet.link_type)) return Packet::Filtered::NotYet;
    return matches(packet) ? Packet::Filtered::In : Packet::Filtered::Out;
}

bool PacketFilter::matches(const Packet &packet) const {
    pcap_pkthdr header{};
    header.caplen = static_cast<bpf_u_int32>(packet.data.size());
    header.len = packet.wire_bytes;
    return pcap_offline_filter(&current_->code, &header, packet.data.data()) != 0;
}

} // namespace pop3dump
