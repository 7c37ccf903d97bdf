// SPDX-License-Identifier: GPL-2.0-or-later
#include "command_queue.hpp"
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
};

bool front_agrees(const CommandQueue &queue, const std::deque<Line> &model) {
    std::size_t bytes = 0;
    for (const Line &command : model)
        bytes += command.line.size();
    bool fine = unit::same("size", queue.size(), model.size());
    fine = unit::same("bytes", queue.bytes(), bytes) && fine;
    fine = unit::same("empty", queue.empty(), model.empty()) && fine;
    if (model.empty()) return fine;
    const ClientLine front = queue.front();
    const auto count = [&](bool Line::*flag) {
        return static_cast<std::uint32_t>(
            std::count_if(model.begin(), model.end(), [&](const Line &c) { return c.*flag; }));
    };
    return unit::same("text", front.text, model.front().line) &&
           unit::same("frame", front.frame, model.front().frame) &&
           unit::same("end", front.end, static_cast<std::uint32_t>(model.front().frame)) &&
           unit::same("known", queue.known(), count(&Line::is_known)) &&
           unit::same("openers", queue.openers(), count(&Line::may_open)) && fine;
}

bool random_operations_agree(unit::Random &random) {
    TextPool pool;
    CommandQueue queue;
    std::deque<Line> model;
    for (int step = 0; step < 200; ++step) {
        if (random.chance(0.55)) {
            Line command{random.word(random.below(30)), random.next(), random.chance(0.5), false};
            command.may_open = command.is_known && random.chance(0.5);
            ClientLine line{command.line, command.frame, static_cast<std::uint32_t>(command.frame)};
            line.command = !command.is_known  ? Command::kUnknown
                           : command.may_open ? Command::kRetr
                                              : Command::kNoop;
            queue.push(line, pool);
            model.push_back(command);
        } else if (!model.empty()) {
            queue.pop(pool);
            model.pop_front();
        } else if (random.chance(0.1)) {
            queue.clear(pool);
            model.clear();
        }
        if (!front_agrees(queue, model)) return false;
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
        if (i == 0)
            queue.pop(pool);
        else
            queue.clear(pool);
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
        queue.pop(pool);
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
