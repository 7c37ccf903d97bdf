// pcap_findalldevs and pcap_list_datalinks.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/interface_list.hpp"

#include "capture/pcap_text.hpp"
#include "live/live_interface.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <memory>
#include <net/if.h>
#include <pcap/pcap.h>

namespace pop3dump {
namespace {

struct ListFreer {
    void operator()(pcap_if_t *list) const { pcap_freealldevs(list); }
};
using InterfaceList = std::unique_ptr<pcap_if_t, ListFreer>;

bool find_all(InterfaceList &list, std::string &error) {
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    pcap_if_t *first = nullptr;
    if (pcap_findalldevs(&first, why.data()) != 0) {
        error = "-D: " + one_line(why.data());
        return false;
    }
    list.reset(first);
    if (first == nullptr) error = "-D: no interface to capture from";
    return first != nullptr;
}

std::string state_words(std::uint32_t flags) {
    std::string words;
    const auto add = [&words](const char *word) {
        words += words.empty() ? "" : ", ";
        words += word;
    };
    if ((flags & PCAP_IF_UP) != 0) add("up");
    if ((flags & PCAP_IF_RUNNING) != 0) add("running");
    if ((flags & PCAP_IF_LOOPBACK) != 0) add("loopback");
    if ((flags & PCAP_IF_WIRELESS) != 0) add("wireless");
    const std::uint32_t connection = flags & PCAP_IF_CONNECTION_STATUS;
    if (connection == PCAP_IF_CONNECTION_STATUS_CONNECTED) add("connected");
    if (connection == PCAP_IF_CONNECTION_STATUS_DISCONNECTED) add("disconnected");
    return words;
}

} // namespace

bool list_interfaces(std::string &text, std::string &error) {
    InterfaceList list;
    if (!find_all(list, error)) return false;
    int number = 0;
    for (const pcap_if_t *at = list.get(); at != nullptr; at = at->next) {
        text += fmt::format("{}.{}", ++number, at->name);
        if (at->description != nullptr) text += fmt::format(" ({})", at->description);
        const std::string words = state_words(at->flags);
        text += words.empty() ? "\n" : fmt::format(" [{}]\n", words);
    }
    return true;
}

bool list_link_types(const LiveOptions &options, std::string &text, std::string &error) {
    std::string name;
    const std::string wanted = options.interfaces.empty() ? "1" : options.interfaces.front();
    if (!find_interface(wanted, name, error)) return false;
    const LiveFilter any{"tcp", ""}; // nothing is captured
    const auto interface = LiveInterface::open(options, name, any, error);
    if (!interface) return false;
    text = fmt::format("Link types of {}, for -y:\n", name);
    for (const int type : interface->data_link_types()) {
        const char *type_name = pcap_datalink_val_to_name(type);
        const char *description = pcap_datalink_val_to_description(type);
        if (type_name == nullptr) continue; // -y could not name it
        text += fmt::format("  {} ({})\n", type_name, description != nullptr ? description : "");
    }
    return true;
}

bool find_interface(const std::string &wanted, std::string &name, std::string &error) {
    name = wanted;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (wanted.empty() || !std::all_of(wanted.begin(), wanted.end(), is_digit)) return true;
    if (::if_nametoindex(wanted.c_str()) != 0) return true; // a name of digits
    InterfaceList list;
    if (!find_all(list, error)) return false;
    std::uint64_t number = 0;
    for (const pcap_if_t *at = list.get(); at != nullptr; at = at->next) {
        if (fmt::format("{}", ++number) != wanted) continue;
        name = at->name;
        return true;
    }
    error = fmt::format("-i {}: no interface has this name or number (see pop3dump -D)", wanted);
    return false;
}

} // namespace pop3dump
