// SPDX-License-Identifier: GPL-2.0-or-later
#include "limits.hpp"
#include "support.hpp"
#include "text_pool.hpp"

using namespace pop3ana;

namespace {

bool texts_are_put_together() {
    TextPool pool{100};
    TextPool::Buffer buffer;
    const bool appended = pool.append(buffer, "ab") && pool.append(buffer, "cd", "ef");
    return unit::holds("appended", appended) && unit::same("text", *buffer, "abcdef");
}

bool the_limit_is_for_all_texts_together() {
    TextPool pool{10};
    TextPool::Buffer one, two;
    const bool first = pool.append(one, "123456");
    const bool too_much = pool.append(two, "123", "45");
    const bool nothing_done = two == nullptr;
    const bool just_fits = pool.append(two, "12", "34");
    return unit::holds("first", first) && unit::holds("refused", !too_much) &&
           unit::holds("nothing done", nothing_done) && unit::holds("just fits", just_fits) &&
           unit::holds("full", !pool.append(one, "x")) && unit::same("kept", *one, "123456");
}

bool each_way_to_give_back_makes_room() {
    TextPool pool{10};
    TextPool::Buffer buffer;
    bool fine = pool.append(buffer, "1234567890");
    pool.erase_front(buffer, 4);
    fine = unit::same("rest", *buffer, "567890") && fine;
    fine = unit::holds("erased", pool.append(buffer, "abcd") && !pool.append(buffer, "e")) && fine;
    pool.release(buffer);
    fine = unit::holds("released", !buffer && pool.append(buffer, "1234567890")) && fine;
    pool.finish(buffer);
    return unit::holds("finished", !buffer && pool.append(buffer, "1234567890")) && fine;
}

bool a_finished_text_can_be_read_until_the_next_one_is_finished() {
    TextPool pool{100};
    TextPool::Buffer first, second;
    pool.append(first, "first");
    pool.append(second, "second");
    const std::string_view text = pool.finish(first);
    TextPool::Buffer third;
    pool.append(third, "something else");
    const bool kept = unit::same("still there", text, "first");
    return unit::same("the next", pool.finish(second), "second") && kept;
}

bool buffers_are_used_again_unless_they_are_big() {
    TextPool pool{1 << 20};
    TextPool::Buffer buffer;
    pool.append(buffer, "small");
    const std::string *small = buffer.get();
    pool.release(buffer);
    TextPool::Buffer again;
    pool.append(again, "x");
    const bool reused = unit::holds("used again", again.get() == small);
    const bool emptied = unit::same("emptied", *again, "x");
    TextPool::Buffer big;
    pool.append(big, std::string(kPooledBufferBytes * 2, 'x'));
    pool.release(big);
    pool.append(big, "y");
    return unit::holds("not the big one", big->capacity() <= kPooledBufferBytes) && reused &&
           emptied;
}

bool releasing_nothing_is_fine() {
    TextPool pool{1};
    TextPool::Buffer none;
    pool.release(none);
    return unit::holds("the room is as it was", pool.append(none, "x") && !pool.append(none, "y"));
}

} // namespace

int main() {
    return unit::run("unit.text_pool",
                     {UNIT_TEST(texts_are_put_together),
                      UNIT_TEST(the_limit_is_for_all_texts_together),
                      UNIT_TEST(each_way_to_give_back_makes_room),
                      UNIT_TEST(a_finished_text_can_be_read_until_the_next_one_is_finished),
                      UNIT_TEST(buffers_are_used_again_unless_they_are_big),
                      UNIT_TEST(releasing_nothing_is_fine)});
}
