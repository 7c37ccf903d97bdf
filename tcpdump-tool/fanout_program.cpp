// SPDX-License-Identifier: GPL-2.0-or-later
#include "fanout_program.hpp"

#include <cstddef>
#include <cstdint>
#include <linux/if_ether.h>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::uint16_t kLoadHalf = BPF_LD | BPF_H | BPF_IND;
constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_IND;

/// Puts instructions one after the other; X holds how many bytes of tags come before the packet.
class Program {
public:
    void add(std::uint16_t code, std::uint32_t k) { code_.push_back({code, 0, 0, k}); }

    /// Loads from the network layer's header on.
    void load(std::uint16_t code, std::uint32_t offset) {
        add(code, static_cast<std::uint32_t>(SKF_NET_OFF) + offset);
    }

    /// Runs the instructions that `body` adds when A is `value`, and goes on behind them otherwise.
    template <typename Body> void when(std::uint32_t value, Body body) {
        const std::size_t jump = code_.size();
        add(BPF_JMP | BPF_JEQ | BPF_K, value);
        body();
        code_[jump].jf = static_cast<std::uint8_t>(code_.size() - jump - 1);
    }

    /// Ends with a number of the words at these offsets that does not depend on their order.
    void give_hash(std::uint32_t first_offset, std::uint32_t words) {
        constexpr std::uint32_t kSum = 0; // a cell of scratch memory
        constexpr std::uint32_t kWordBytes = 4;
        load(kLoadWord, first_offset);
        for (std::uint32_t word = 1; word < words; ++word) {
            add(BPF_ST, kSum);
            load(kLoadWord, first_offset + word * kWordBytes);
            add(BPF_MISC | BPF_TAX, 0);
            add(BPF_LD | BPF_MEM, kSum);
            add(BPF_ALU | BPF_XOR | BPF_X, 0);
            add(BPF_ST, kSum);
            add(BPF_LDX | BPF_MEM, kTagBytes);
            add(BPF_LD | BPF_MEM, kSum);
        }
        // The high bits of a product depend on all bits (Knuth's multiplicative hash).
        add(BPF_ALU | BPF_MUL | BPF_K, 0x9e3779b1);
        add(BPF_ALU | BPF_RSH | BPF_K, 16);
        add(BPF_RET | BPF_A, 0);
    }

    /// A tag before the packet: A becomes the type behind it.
    void step_over_tag() {
        constexpr std::uint32_t kTagSize = 4;
        constexpr std::uint32_t kTypeInTag = 2;
        add(BPF_LD | BPF_MEM, kTagBytes);
        add(BPF_MISC | BPF_TAX, 0);
        // Two of the three parts happen to be 0.
        add(BPF_ALU | BPF_ADD | BPF_K, kTagSize); // NOLINT(misc-redundant-expression)
        add(BPF_ST, kTagBytes);
        load(kLoadHalf, kTypeInTag);
        add(BPF_LDX | BPF_MEM, kTagBytes);
    }

    static constexpr std::uint32_t kTagBytes = 1; ///< a cell of scratch memory

    std::vector<sock_filter> code_;
};

} // namespace

std::vector<sock_filter> fanout_program() {
    constexpr int kMostTags = 3;
    constexpr std::uint32_t kIpv4Source = 12;
    constexpr std::uint32_t kIpv4Words = 2;
    constexpr std::uint32_t kIpv6Source = 8;
    constexpr std::uint32_t kIpv6Words = 8;
    Program program;
    program.add(BPF_LD | BPF_IMM, 0);
    program.add(BPF_ST, Program::kTagBytes);
    program.add(BPF_LDX | BPF_IMM, 0);
    program.add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF) + SKF_AD_PROTOCOL);
    for (int tag = 0; tag < kMostTags; ++tag) {
        for (const int type : {ETH_P_8021Q, ETH_P_8021AD, ETH_P_QINQ1})
            program.when(static_cast<std::uint32_t>(type), [&program] { program.step_over_tag(); });
    }
    program.when(ETH_P_IP, [&program] { program.give_hash(kIpv4Source, kIpv4Words); });
    program.when(ETH_P_IPV6, [&program] { program.give_hash(kIpv6Source, kIpv6Words); });
    program.add(BPF_RET | BPF_K, 0);
    return std::move(program.code_);
}

} // namespace pop3dump
