// pop3fleet: one threshold for many sensors that run pop3dump.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/fleet.hpp"
#include "fleet/fleet_options.hpp"
#include "fleet/top.hpp"

#include "system/diagnostics.hpp"
#include "system/secret_file.hpp"
#include "system/signals.hpp"

#include <exception>
#include <fmt/format.h>
#include <gcrypt.h>

namespace pop3fleet {
namespace {

/// All events of the logs, one log after the other.
int convert(const FleetOptions &options) {
    WarningFile file;
    std::string error = missing_log(options);
    if (error.empty() && file.open(options.output, /*has_all_events=*/true, error)) {
        FormWriter form{*options.style.form};
        for (const FleetOptions::Log &log : options.logs) {
            LogFollower lines{log.path};
            while (const auto line = lines.next_line()) {
                const std::string text = form.write(log.sensor, *line);
                if (!text.empty()) file.write(text);
                if (file.failed() || pop3dump::stop_requested()) break;
            }
            if (error.empty()) error = lines.take_notice();
        }
        file.close();
        if (file.failed() && !file.reader_gone()) error = file.error();
    }
    if (!error.empty()) pop3dump::report(error);
    return error.empty() ? 0 : 1;
}

int run(int argc, char **argv) {
    const FleetOptions options = parse_fleet_options(argc, argv);
    std::string error;
    const auto refuse = [&] {
        pop3dump::report(error);
        return 2;
    };
    Server::Options server;
    if (options.only_converts()) {
        pop3dump::install_signal_handlers();
        return convert(options);
    }
    const auto url = parse_server_url(options.server_text, error);
    if (!url) return refuse();
    server.url = *url;
    server.ca_file = options.ca_file;
    if (!options.password_file.empty()) {
        const auto password = pop3dump::read_secret_file(options.password_file, error);
        if (!password) return refuse();
        server.password = password->substr(0, password->find_first_of("\r\n"));
    }
    if (options.shows_top) return show_top(options, std::move(server));
    gcry_check_version(nullptr);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    const auto key = pop3dump::read_secret_file(options.key_file, error);
    if (!key) return refuse();
    if (key->size() < FleetKey::kLeastBytes) {
        error = fmt::format("{}: a fleet key has at least {} bytes: openssl rand -hex 32 makes one",
                            options.key_file, FleetKey::kLeastBytes);
        return refuse();
    }
    pop3dump::install_signal_handlers();
    return Fleet{options, *key, std::move(server)}.run();
}

} // namespace
} // namespace pop3fleet

int main(int argc, char **argv) {
    pop3dump::set_program_name("pop3fleet");
    try {
        return pop3fleet::run(argc, argv);
    } catch (const std::exception &failure) {
        pop3dump::report(failure.what());
        return 1;
    }
}
