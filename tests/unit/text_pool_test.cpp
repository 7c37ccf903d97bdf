// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "base/text_pool.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

bool texts_are_put_together() {
    TextPool pool;
    TextPool::Buffer buffer;
    pool.append(buffer, "ab");
    pool.append(buffer, "cdef");
    return unit::same("text", buffer->view(), "abcdef");
}

bool a_text_costs_its_bytes_and_its_buffer() {
    TextPool pool;
    TextPool::Buffer buffer;
    const bool nothing = unit::same("nothing", TextPool::cost(buffer), 0);
    pool.append(buffer, "123456");
    return unit::same("six bytes", TextPool::cost(buffer), kTextBufferBytes + 6) && nothing;
}

bool each_way_to_give_back_makes_room() {
    TextPool pool;
    TextPool::Buffer buffer;
    pool.append(buffer, "1234567890");
    buffer->erase_front(4);
    const bool erased = unit::same("rest", buffer->view(), "567890");
    pool.release(buffer);
    const bool released = unit::holds("released", !buffer);
    pool.append(buffer, "abc");
    pool.finish(buffer);
    return unit::holds("finished", !buffer) && erased && released;
}

bool a_finished_text_can_be_read_until_the_next_one_is_finished() {
    TextPool pool;
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
    TextPool pool;
    TextPool::Buffer buffer;
    pool.append(buffer, "small");
    const TextBuffer *small = buffer.get();
    pool.release(buffer);
    TextPool::Buffer again;
    pool.append(again, "x");
    const bool reused = unit::holds("used again", again.get() == small);
    const bool emptied = unit::same("emptied", again->view(), "x");
    TextPool::Buffer big;
    pool.append(big, std::string(kPooledBufferBytes * 2, 'x'));
    pool.release(big);
    pool.append(big, "y");
    return unit::holds("not the big one", big->capacity() <= kPooledBufferBytes) && reused &&
           emptied;
}

bool releasing_nothing_is_fine() {
    TextPool pool;
    TextPool::Buffer none;
    pool.release(none);
    pool.append(none, "x");
    return unit::same("text", none->view(), "x");
}

} // namespace

int main() {
    return unit::run("unit.text_pool",
                     {UNIT_TEST(texts_are_put_together),
                      UNIT_TEST(a_text_costs_its_bytes_and_its_buffer),
                      UNIT_TEST(each_way_to_give_back_makes_room),
                      UNIT_TEST(a_finished_text_can_be_read_until_the_next_one_is_finished),
                      UNIT_TEST(buffers_are_used_again_unless_they_are_big),
                      UNIT_TEST(releasing_nothing_is_fine)});
}
