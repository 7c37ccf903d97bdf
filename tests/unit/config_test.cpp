// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/config.hpp"
#include "base/limits.hpp"
#include "pop3/command.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

enum class Field { kPorts, kIgnore, kPeer };

struct TextRow {
    const char *name;
    Field field;
    const char *value;
    const char *message; ///< NULL: accepted
};

constexpr const char *kNoPort = "': not a port (1-65535), a range of ports or auto";
constexpr const char *kNoWord = "': neither a POP3 command nor OK or ERR";
constexpr const char *kNoPeer = "': has a blank or a byte that does not print";

constexpr TextRow kTextRows[] = {
    {"no_port_at_all", Field::kPorts, "", "ports: ''"},
    {"ports_that_are_null", Field::kPorts, nullptr, "ports: ''"},
    {"port_0", Field::kPorts, "0", "ports: '0'"},
    {"port_65536", Field::kPorts, "65536", "ports: '65536'"},
    {"a_port_of_letters", Field::kPorts, "pop3", "ports: 'pop3'"},
    {"a_port_with_letters_behind", Field::kPorts, "110x", "ports: '110x'"},
    {"a_negative_port", Field::kPorts, "-110", "ports: '-110'"},
    {"a_port_with_a_plus", Field::kPorts, "+110", "ports: '+110'"},
    {"an_empty_item_between_ports", Field::kPorts, "110,,995", "ports: ''"},
    {"a_comma_behind_the_ports", Field::kPorts, "110,", "ports: ''"},
    {"a_range_backwards", Field::kPorts, "120-110", "ports: '120-110'"},
    {"a_range_without_end", Field::kPorts, "110-", "ports: '110-'"},
    {"a_range_of_three", Field::kPorts, "1-2-3", "ports: '1-2-3'"},
    {"a_range_from_0", Field::kPorts, "0-5", "ports: '0-5'"},
    {"the_second_port_is_named", Field::kPorts, "110, 70000", "ports: '70000'"},
    {"all_ports", Field::kPorts, "1-65535", nullptr},
    {"any_port", Field::kPorts, "auto", nullptr},
    {"any_port_beside_others", Field::kPorts, "110, auto ,995", nullptr},
    {"auto_in_capitals", Field::kPorts, "110,AUTO", "ports: 'AUTO'"},
    {"ports_with_blanks", Field::kPorts, " 110 , 1100-1109 ", nullptr},
    {"an_unknown_word_to_ignore", Field::kIgnore, "STAT,FOO", "ignore_commands: 'FOO'"},
    {"an_empty_word_to_ignore", Field::kIgnore, "STAT,,LIST", "ignore_commands: ''"},
    {"END_is_no_command", Field::kIgnore, "END", "ignore_commands: 'END'"},
    {"a_sign_is_no_part_of_a_word", Field::kIgnore, "+OK", "ignore_commands: '+OK'"},
    {"nothing_to_ignore", Field::kIgnore, "", nullptr},
    {"blanks_to_ignore", Field::kIgnore, "  ", nullptr},
    {"null_to_ignore", Field::kIgnore, nullptr, nullptr},
    {"a_peer_with_a_blank", Field::kPeer, "mx 1", "peer_description: 'mx 1'"},
    {"a_peer_with_a_control_byte", Field::kPeer, "mx\n1", "peer_description: 'mx^J1'"},
    {"a_peer_with_a_high_byte", Field::kPeer, "mx\xe4", "peer_description: 'mx\\xe4'"},
    {"a_peer_with_del", Field::kPeer, "mx\x7f", "peer_description: 'mx^?'"},
    {"a_peer_that_prints", Field::kPeer, "!mx-1.example:~", nullptr},
    {"no_peer", Field::kPeer, nullptr, nullptr},
};

bool text_is_judged(const TextRow &row) {
    pop3ana_config values = default_config();
    const char *ending = nullptr;
    switch (row.field) {
    case Field::kPorts: values.ports = row.value, ending = kNoPort; break;
    case Field::kIgnore: values.ignore_commands = row.value, ending = kNoWord; break;
    case Field::kPeer: values.peer_description = row.value, ending = kNoPeer; break;
    }
    Config config;
    std::string message;
    const bool accepted = parse_config(values, config, message);
    std::string expected = row.message != nullptr ? row.message : "";
    if (row.message != nullptr) expected.replace(expected.size() - 1, 1, ending);
    return unit::same("accepted", accepted ? 1U : 0U, row.message == nullptr ? 1U : 0U) &&
           unit::same("message", message, expected);
}

struct NumberRow {
    const char *name;
    std::uint64_t pop3ana_config::*wide;
    std::uint32_t pop3ana_config::*narrow;
};

constexpr NumberRow kNumberRows[] = {
    {"error_expiry_ns", &pop3ana_config::error_expiry_ns, nullptr},
    {"max_held_bytes", &pop3ana_config::max_held_bytes, nullptr},
    {"max_fragment_bytes", &pop3ana_config::max_fragment_bytes, nullptr},
    {"max_connections", nullptr, &pop3ana_config::max_connections},
    {"max_clients", nullptr, &pop3ana_config::max_clients},
};

bool must_be_at_least_1(const NumberRow &row) {
    pop3ana_config values = default_config();
    const auto set = [&](std::uint32_t value) {
        if (row.wide != nullptr)
            values.*row.wide = value;
        else
            values.*row.narrow = value;
    };
    Config config;
    std::string message, none;
    set(0);
    const bool refused = !parse_config(values, config, message);
    set(1);
    return unit::holds("1 is fine", parse_config(values, config, none)) &&
           unit::holds("0 is refused", refused) &&
           unit::same("message", message, std::string{row.name} + ": '0': must be at least 1");
}

std::string ports_of(const char *list) {
    pop3ana_config values = default_config();
    values.ports = list;
    Config config;
    std::string message, ports;
    parse_config(values, config, message);
    for (std::size_t port = 0; port < 65536; ++port)
        if (config.ports.test(static_cast<std::uint16_t>(port)))
            ports += std::to_string(port) + ' ';
    return ports;
}

bool ports_and_ranges_add_up() {
    return unit::same("one", ports_of("110"), "110 ") &&
           unit::same("range", ports_of("5-8"), "5 6 7 8 ") &&
           unit::same("range of one", ports_of("7-7"), "7 ") &&
           unit::same("last", ports_of("65534-65535"), "65534 65535 ") &&
           unit::same("list", ports_of("110,8-9, 9-10 ,1"), "1 8 9 10 110 ");
}

std::string ignored(const char *list) {
    pop3ana_config values = default_config();
    values.ignore_commands = list;
    Config config;
    std::string message, words;
    parse_config(values, config, message);
    for (std::size_t i = 0; i < config.ignore.commands.size(); ++i)
        if (config.ignore.commands.test(i))
            words.append(row_of(static_cast<Command>(i)).word).append(" ");
    return words + (config.ignore.statuses[POP3ANA_STATUS_OK] ? "OK " : "") +
           (config.ignore.statuses[POP3ANA_STATUS_ERR] ? "ERR " : "");
}

bool ignored_words_are_found_in_any_case() {
    return unit::same("default", ignored("STAT"), "STAT ") && unit::same("none", ignored(""), "") &&
           unit::same("list", ignored("noop, uidl"), "UIDL NOOP ") &&
           unit::same("replies", ignored("ok,Err"), "OK ERR ") &&
           unit::same("both forms of AUTH", ignored("AUTH"), "AUTH AUTH ");
}

bool the_defaults_are_those_of_the_original() {
    const pop3ana_config values = default_config();
    Config config;
    std::string message;
    return unit::holds("accepted", parse_config(values, config, message)) &&
           unit::same("ports", values.ports, "110") &&
           unit::same("ignored", values.ignore_commands, "STAT") &&
           unit::same("threshold", config.values.error_threshold, 3) &&
           unit::same("expiry", config.values.error_expiry_ns, 3'600'000'000'000ULL) &&
           unit::same("connections", config.values.max_connections, 1'000'000) &&
           unit::same("clients", config.values.max_clients, 1'000'000) &&
           unit::same("held", config.values.max_held_bytes, 64U << 20) &&
           unit::same("fragments", config.values.max_fragment_bytes, 16U << 20) &&
           unit::same("midstream", config.values.midstream, 1) &&
           unit::same("redact", config.values.redact, 0) &&
           unit::same("checksums", config.values.verify_checksums, 0) &&
           unit::same("peer", config.peer_description, "");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(ports_and_ranges_add_up),
                                  UNIT_TEST(ignored_words_are_found_in_any_case),
                                  UNIT_TEST(the_defaults_are_those_of_the_original)};
    unit::add_rows<text_is_judged>(tests, kTextRows);
    unit::add_rows<must_be_at_least_1>(tests, kNumberRows);
    return unit::run("unit.config", tests);
}
