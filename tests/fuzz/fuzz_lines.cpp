// Lines and bodies of one direction, with gaps.
//
// Laws: whatever the chunks, the same lines come out; without bodies and gaps they are those of the
// slow way; no line is longer than the limit, and what is beyond it is counted.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "fuzz_input.hpp"
#include "pop3/line_splitter.hpp"
#include "slow_lines.hpp"

#include <algorithm>
#include <memory>
#include <vector>

using namespace pop3ana;

namespace {

/// What happens in one direction.
struct Step {
    enum class Kind : std::uint8_t { kBytes, kGap, kBody, kLeaveBody } kind{};
    std::string bytes;
    std::size_t chunk = 1;
};

class Direction {
public:
    explicit Direction(bool after_gap) : lines_(after_gap) {}
    ~Direction() { lines_.release(pool_); }
    Direction(const Direction &) = delete;
    Direction &operator=(const Direction &) = delete;

    void take(const Step &step, bool in_chunks) {
        switch (step.kind) {
        case Step::Kind::kBytes: take_bytes(step, in_chunks); break;
        case Step::Kind::kGap: lines_.gap(pool_), note("gap"); break;
        case Step::Kind::kBody:
            if (!in_body_) lines_.begin_search(), count_ = {}, in_body_ = true, note("body");
            break;
        case Step::Kind::kLeaveBody:
            if (in_body_) lines_.end_search(pool_), in_body_ = false, note("left");
            break;
        }
    }
    void end() {
        if (in_body_)
            note(lines_.terminator_unfinished() ? "dot" : "no dot");
        else if (const auto line = lines_.last_line(pool_))
            note(*line);
    }

    std::string log;
    std::uint64_t line_bytes = 0; ///< kept and dropped

private:
    void take_bytes(const Step &step, bool in_chunks) {
        const std::size_t size = in_chunks ? step.chunk : step.bytes.size();
        for (std::size_t at = 0; at < step.bytes.size(); at += size) {
            const std::string_view part = std::string_view{step.bytes}.substr(at, size);
            const auto copy = std::make_unique<std::uint8_t[]>(part.size());
            std::copy(part.begin(), part.end(), copy.get());
            Chunk chunk{Bytes{copy.get(), part.size()}};
            if (in_body_ && lines_.find_terminator(chunk, count_))
                in_body_ = false, note("end"), note(std::to_string(count_.bytes));
            if (in_body_) continue;
            while (const auto line = lines_.next_line(chunk, pool_))
                note(*line);
        }
    }
    void note(const LineSplitter::Line &line) {
        fuzz::law("a line is bounded", line.text.size() <= kLineBytes);
        fuzz::law("what is dropped is beyond the limit",
                  line.dropped_bytes == 0 || line.text.size() == kLineBytes);
        line_bytes += line.text.size() + line.dropped_bytes;
        log.append(line.after_gap ? "?[" : "[").append(line.is_remainder ? "..." : line.text);
        log.append("]");
    }
    void note(std::string_view what) { log.append("(").append(what).append(")"); }

    TextPool pool_;
    LineSplitter lines_;
    BodyCount count_;
    bool in_body_ = false;
};

std::vector<Step> steps_of(fuzz::Input &input, bool &only_lines) {
    std::vector<Step> steps;
    while (!input.empty()) {
        Step step;
        const auto code = input.byte();
        step.chunk = 1 + (code >> 3 & 7);
        switch (code & 7) {
        case 0: step.kind = Step::Kind::kGap; break;
        case 1: step.kind = Step::Kind::kBody; break;
        case 2: step.kind = Step::Kind::kLeaveBody; break;
        case 3: // lines as long as the limit
            step.bytes.assign(kLineBytes / 2 + input.byte(), 'x');
            step.chunk = 500 + input.number(2);
            break;
        case 4: step.bytes = input.flag() ? ".\r\n" : "\r\n.\r\n"; break;
        default: step.bytes = input.pop3_bytes(); break;
        }
        only_lines = only_lines && step.kind == Step::Kind::kBytes;
        steps.push_back(std::move(step));
    }
    return steps;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const bool after_gap = input.flag();
    bool only_lines = !after_gap;
    const auto steps = steps_of(input, only_lines);
    if (steps.size() > 200) return 0;
    Direction whole{after_gap}, in_chunks{after_gap};
    std::string bytes;
    for (const Step &step : steps) {
        whole.take(step, false);
        in_chunks.take(step, true);
        bytes += step.bytes;
    }
    whole.end();
    in_chunks.end();
    fuzz::same("chunks do not matter", whole.log, in_chunks.log);
    fuzz::law("all bytes of lines are counted", whole.line_bytes == in_chunks.line_bytes);
    if (only_lines && bytes.size() < kLineBytes)
        fuzz::same("the lines are those of the slow way", whole.log, unit::slow_lines(bytes));
    return 0;
}
