// Events as JSON (RFC 8259), one object a line, in pure ASCII, formatted where it is written out
// from.
//
// All events, those without a line in the log too. Bytes from the wire that are not UTF-8 become
// the text \xhh, as in the log; what is not printable ASCII is written as \uXXXX, so that no
// character reaches a terminal as itself.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/community_id.hpp"
#include "output/event_origins.hpp"
#include "output/json_line.hpp"
#include "output/log_file.hpp"
#include "output/summary_lines.hpp"
#include "output/summary_tables.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace pop3dump {
namespace {

class JsonOutput final : public LogFile {
public:
    JsonOutput(const OutputOptions &options, OutputContext &context)
        : LogFile(options.log, context), selection_(options.log.selection),
          origins_(*context.frame_numbers, *context.names) {
        if (options.summary) summary_ = std::make_unique<SummaryTables>();
    }

    bool open(std::string &error) override {
        return prepare_community_ids(error) && LogFile::open(error);
    }

    [[nodiscard]] bool wants_log_lines() const override { return true; }

    void on_event(const pop3ana_event &event, std::string_view log_line) override {
        if (summary_) summary_->on_event(event);
        if (!selection_.is_everything() && !selection_.selects(event)) return;
        EventFiles files;
        const pop3ana_event &told = origins_.resolve(event, files);
        const std::size_t longest = JsonLineWriter::longest(told, files, log_line);
        const std::span<char> room = file().room();
        if (longest <= room.size()) {
            const char *const end = writer_.write(room.data(), told, files, log_line);
            file().commit(static_cast<std::size_t>(end - room.data()));
        } else { // The bound is generous: the file is to grow by what is there.
            const auto aside = std::make_unique_for_overwrite<char[]>(longest);
            const char *const end = writer_.write(aside.get(), told, files, log_line);
            file().append({aside.get(), static_cast<std::size_t>(end - aside.get())});
        }
        end_line();
    }

    void sum_up() override {
        if (!summary_) return;
        write_summary_lines(*summary_, [this](std::string_view line) {
            file().append(line);
            end_line();
        });
    }

private:
    std::unique_ptr<SummaryTables> summary_; ///< NULL: nobody asks for it
    const EventSelection &selection_;
    EventOrigins origins_;
    JsonLineWriter writer_;
};

} // namespace

std::unique_ptr<Output> make_json_output(const OutputOptions &options, OutputContext &context) {
    if (!options.log.json || !options.has_log()) return nullptr;
    return std::make_unique<JsonOutput>(options, context);
}

} // namespace pop3dump
