// pop3dump: reads captured packets and prints what POP3 clients and servers said to each other.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/advice.hpp"
#include "cli/config_file.hpp"
#include "live/interface_list.hpp"
#include "output/output_file.hpp"
#include "run.hpp"
#include "system/diagnostics.hpp"
#include "system/signals.hpp"

#include <exception>
#include <fmt/core.h>
#include <pcap/pcap.h>
#include <pop3ana/pop3ana.h>

namespace pop3dump {
namespace {

ExitStatus print(const std::string &text) {
    std::string error;
    int code = 0;
    const auto output = OutputFile::open("-", {}, {}, error, code);
    output->append(text);
    output->end_record();
    output->close();
    if (!output->failed() || output->reader_gone()) return ExitStatus::Ok;
    report(output->error());
    return ExitStatus::Failure;
}

/// What -D or -L asks for.
ExitStatus print_list(const Options &options) {
    std::string text;
    std::string error;
    const bool listed = options.action == Options::Action::ListInterfaces
                            ? list_interfaces(text, error)
                            : list_link_types(options.live, text, error);
    if (listed) return print(text);
    report(error);
    return ExitStatus::Failure;
}

ExitStatus run(int argc, char **argv) {
    install_signal_handlers();
    Options options;
    std::string error;
    const ExitStatus status = read_options(argc, argv, options, error);
    if (status != ExitStatus::Ok) {
        report(error);
        if (status == ExitStatus::Usage) write_stderr("Try 'pop3dump --help'.\n");
        return status;
    }
    if (options.action == Options::Action::ShowHelp) return print(usage());
    if (options.action == Options::Action::ShowVersion) {
        return print(fmt::format("pop3dump {}\nlibpop3ana {}\n{}\n", POP3DUMP_VERSION,
                                 pop3ana_version(), pcap_lib_version()));
    }
    if (options.action == Options::Action::ListInterfaces ||
        options.action == Options::Action::ListLinkTypes) {
        return print_list(options);
    }
    if (options.inputs.empty() && !options.is_live()) {
        const std::string advice = advice_on_words(options.filter);
        report("nothing to read: give -i INTERFACE or -r FILE" +
               (advice.empty() ? " (see pop3dump --help)" : advice));
        write_stderr(synopsis() + "\n");
        return ExitStatus::Usage;
    }
    return Run(options).run();
}

} // namespace
} // namespace pop3dump

int main(int argc, char **argv) {
    try {
        return static_cast<int>(pop3dump::run(argc, argv));
    } catch (const std::exception &failure) {
        pop3dump::report(failure.what());
        return static_cast<int>(pop3dump::ExitStatus::Failure);
    }
}
