// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/command_queue.hpp"
#include "support.hpp"

#include <algorithm>
#include <deque>

using namespace pop3ana;

namespace {

struct Line {
    std::string line;
    std::uint64_t frame;
    bool is_known;
    bool may_open;
    bool is_plain;
    std::uint8_t argument_offset;
};

bool counts_agree(const CommandQueue &queue, const std::deque<Line> &model) {
    std::size_t bytes = 0;
    for (const Line &command : model)
        bytes += command.line.size();
    bool fine = unit::same("size", queue.size(), model.size());
    fine = unit::same("bytes", queue.bytes(), bytes) && fine;
    fine = unit::same("empty", queue.empty(), model.empty()) && fine;
    const auto count = [&](bool Line::*flag) {
        return static_cast<std::uint32_t>(
            std::count_if(model.begin(), model.end(), [&](const Line &c) { return c.*flag; }));
    };
    return unit::same("known", queue.known(), count(&Line::is_known)) &&
           unit::same("openers", queue.openers(), count(&Line::may_open)) && fine;
}

bool is_the_line(const ClientLine &taken, const Line &line) {
    return unit::same("text", taken.text, line.line) &&
           unit::same("frame", taken.frame, line.frame) &&
           unit::same("time", static_cast<std::uint64_t>(taken.ts_ns), line.frame) &&
           unit::same("end", taken.end, static_cast<std::uint32_t>(line.frame)) &&
           unit::same("argument", taken.argument_offset, line.argument_offset) &&
           unit::same("plain", taken.is_plain, line.is_plain);
}

bool random_operations_agree(unit::Random &random) {
    TextPool pool;
    CommandQueue queue;
    std::deque<Line> model;
    for (int step = 0; step < 200; ++step) {
        if (random.chance(0.55)) {
            Line command{random.word(random.below(30)),
                         random.next(),
                         random.chance(0.5),
                         false,
                         random.chance(0.5),
                         0};
            command.may_open = command.is_known && random.chance(0.5);
            command.argument_offset = static_cast<std::uint8_t>(random.below(256));
            ClientLine line{command.line, command.frame, static_cast<std::int64_t>(command.frame),
                            static_cast<std::uint32_t>(command.frame)};
            line.argument_offset = command.argument_offset;
            line.is_plain = command.is_plain;
            line.command = !command.is_known  ? Command::kUnknown
                           : command.may_open ? Command::kRetr
                                              : Command::kNoop;
            queue.push(line, pool);
            model.push_back(command);
        } else if (!model.empty()) {
            if (!is_the_line(queue.take(), model.front())) return false;
            model.pop_front();
            if (random.chance(0.7)) queue.settle(pool);
        } else if (random.chance(0.1)) {
            queue.clear(pool);
            model.clear();
        }
        if (!counts_agree(queue, model)) return false;
    }
    return true;
}

bool random_operations_do_what_std_deque_does() {
    return unit::holds_for_rounds("unit.command_queue", 200, random_operations_agree);
}

bool an_empty_queue_costs_nothing() {
    TextPool pool;
    bool fine = true;
    for (std::uint64_t i = 0; i < 2; ++i) {
        CommandQueue queue;
        queue.push({"a line of 20 letters", i}, pool);
        fine = unit::holds("its text costs something", queue.cost() > 20) && fine;
        if (i == 0) {
            queue.take();
            queue.settle(pool);
        } else {
            queue.clear(pool);
        }
        fine = unit::same("cost", queue.cost(), 0) && fine;
    }
    return fine;
}

bool a_queue_that_never_empties_does_not_grow() {
    TextPool pool;
    CommandQueue queue;
    bool fine = true;
    queue.push({"one", 1}, pool);
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        queue.push({"another one", i}, pool);
        queue.take();
        queue.settle(pool);
        fine = queue.cost() < 256 && fine;
    }
    return unit::holds("it stays small", fine) && unit::same("size", queue.size(), 1);
}

} // namespace

int main() {
    return unit::run("unit.command_queue", {UNIT_TEST(an_empty_queue_costs_nothing),
                                            UNIT_TEST(a_queue_that_never_empties_does_not_grow),
                                            UNIT_TEST(random_operations_do_what_std_deque_does)});
}
