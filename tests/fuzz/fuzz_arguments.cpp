// What users write: the command line, the configuration file, filters, the library's configuration.
//
// Laws: it is taken or refused; what is wrong is said in one line, of the configuration file with
// its name and line; a filter that was taken can be applied to any packet.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_filter.hpp"
#include "cli/config_file.hpp"
#include "cli/filter_file.hpp"
#include "fuzz_input.hpp"

#include <algorithm>
#include <iterator>
#include <pop3ana/pop3ana.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace pop3dump;

std::string text_of(std::span<const std::uint8_t> bytes) {
    return {bytes.begin(), bytes.end()};
}

void is_one_line(const std::string &error) {
    fuzz::law("a reason", !error.empty());
    fuzz::law("one line", error.find('\n') == std::string::npos);
}

void command_line(fuzz::Input &input) {
    std::string text = text_of(input.rest());
    std::vector<char *> words;
    std::string program = "pop3dump";
    words.push_back(program.data());
    for (std::size_t at = 0; at < text.size() && words.size() < 100;) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        if (end < text.size()) text[end] = '\0';
        words.push_back(text.data() + at);
        at = end + 1;
    }
    const int count = static_cast<int>(words.size());
    words.push_back(nullptr);
    Options options;
    std::string error;
    if (parse_options(count, words.data(), options, error))
        fuzz::same("no error when it is fine", error, "");
    else
        fuzz::law("a reason", !error.empty());
}

void config_file(fuzz::Input &input) {
    const std::string text = text_of(input.rest());
    Options options;
    std::string error;
    if (parse_config_file(text, "pop3dump.conf", options, error)) {
        fuzz::same("no error when it is fine", error, "");
        fuzz::law("a file starts no other action",
                  options.action == Options::Action::Run && options.config_files.empty());
        return;
    }
    is_one_line(error);
    constexpr std::string_view kName = "pop3dump.conf:";
    fuzz::law("the file is named", error.starts_with(kName));
    const auto line = std::stoul(error.substr(kName.size()));
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    fuzz::law("the line is one of the file", line >= 1 && line <= static_cast<std::size_t>(lines));
}

// No word of these can be taken for a host name, which libpcap would look up.
constexpr const char *kFilterWords[] = {"tcp",
                                        "udp",
                                        "ip",
                                        "ip6",
                                        "port 110",
                                        "portrange 1-9",
                                        "host 10.0.0.1",
                                        "net 10.0.0.0/8",
                                        "host 2001:db8::1",
                                        "src",
                                        "dst",
                                        "and",
                                        "or",
                                        "not",
                                        "(",
                                        ")",
                                        "vlan",
                                        "vlan 5",
                                        "mpls",
                                        "pppoes",
                                        "ether proto 2048",
                                        "proto 6",
                                        "tcp[13]",
                                        "ip[0]",
                                        "&",
                                        "=",
                                        "!=",
                                        ">",
                                        "0xf",
                                        "1",
                                        "greater 40",
                                        "less 100",
                                        "tcp[tcpflags]",
                                        "tcp-syn",
                                        "len",
                                        "+",
                                        "*",
                                        "/",
                                        "ether[12:2]",
                                        "icmp",
                                        "ip multicast",
                                        "geneve",
                                        "-",
                                        "inbound"};

void filter(fuzz::Input &input) {
    const auto link_type = static_cast<std::uint32_t>(input.number(2) % 300);
    std::string expression;
    for (std::size_t count = input.below(12); count > 0; --count)
        expression.append(kFilterWords[input.below(std::size(kFilterWords))]).append(" ");
    PacketFilter packet_filter(expression);
    if (!packet_filter.prepare(link_type)) {
        is_one_line(packet_filter.error());
        return;
    }
    fuzz::law("ready", packet_filter.prepare(link_type));
    const auto wire_bytes = static_cast<std::uint32_t>(input.number(2));
    const auto rest = input.rest();
    Packet packet;
    packet.link_type = link_type;
    packet.wire_bytes = wire_bytes;
    packet.data = rest;
    fuzz::law("a packet passes or does not, always the same",
              packet_filter.apply(packet) == packet_filter.apply(packet));
}

void filter_file(fuzz::Input &input) {
    const auto bytes = input.rest();
    const int file = memfd_create("filter", MFD_CLOEXEC);
    fuzz::law("a file", file >= 0 && write(file, bytes.data(), bytes.size()) ==
                                         static_cast<ssize_t>(bytes.size()));
    const std::string path = "/dev/fd/" + std::to_string(file);
    std::string expression, error;
    if (read_filter_file(path, expression, error)) {
        fuzz::law("no line ends are left", expression.find_first_of("\r\n") == std::string::npos);
        fuzz::law("no zero byte is left", expression.find('\0') == std::string::npos);
        fuzz::law("nothing is added", expression.size() <= bytes.size());
    } else {
        is_one_line(error);
    }
    close(file);
}

void library_config(fuzz::Input &input) {
    const std::string ports = text_of(input.bytes(input.byte()));
    const std::string ignored = text_of(input.bytes(input.byte()));
    const std::string peer = text_of(input.bytes(input.byte()));
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.ports = ports.c_str();
    config.ignore_commands = ignored.c_str();
    config.peer_description = peer.c_str();
    if (input.flag()) config.max_clients = static_cast<std::uint32_t>(input.below(2));
    const pop3ana_sink sink = {sizeof(sink), nullptr, [](void *, const pop3ana_event *) {}};
    pop3ana_engine *engine = nullptr;
    char message[300] = "old";
    const auto status = pop3ana_engine_new(&config, &sink, &engine, message, sizeof(message));
    if (status == POP3ANA_OK) {
        fuzz::same("no message when it is fine", message, "");
    } else {
        fuzz::law("refused for its values", status == POP3ANA_E_CONFIG && engine == nullptr);
        is_one_line(message);
        const std::string_view text{message};
        fuzz::law("the field is named",
                  text.starts_with("ports: ") || text.starts_with("ignore_commands: ") ||
                      text.starts_with("peer_description: ") || text.starts_with("max_clients: "));
    }
    pop3ana_engine_free(engine);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(5)) {
    case 0: command_line(input); break;
    case 1: config_file(input); break;
    case 2: filter(input); break;
    case 3: filter_file(input); break;
    default: library_config(input); break;
    }
    return 0;
}
