// The flows by their age.
//
// Invariant: every flow is in the list that its `list` names, longest idle first: those that have
// sent data, those that have not, which give way first when the table is full, closed ones, which
// linger, undecided ones, and rejected ones. The last two give way to their likes alone.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/index_list.hpp"
#include "net/flow.hpp"

#include <array>

namespace pop3ana {

template <class Table> class FlowLists {
    struct AgeLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
    };
    using List = IndexList<Table, AgeLink>;

    Table &flows_;
    std::array<List, 5> lists_;
    std::array<std::size_t, 5> sizes_{};

public:
    /// `flows` must outlive this.
    explicit FlowLists(Table &flows) : flows_(flows) {}

    [[nodiscard]] std::size_t size(FlowList which) const {
        return sizes_[static_cast<std::size_t>(which)];
    }
    /// Those that have not sent data, or are closed.
    [[nodiscard]] std::size_t without_data() const {
        return size(FlowList::kWithoutData) + size(FlowList::kClosed);
    }

    /// The longest idle one of a list; kNoIndex: the list is empty.
    [[nodiscard]] std::uint32_t first(FlowList which) const { return list(which).first(); }

    /// The longest idle one that is not closed, likewise.
    [[nodiscard]] std::uint32_t longest_idle() const {
        std::uint32_t longest = kNoIndex;
        for (const FlowList which :
             {FlowList::kWithoutData, FlowList::kWithData, FlowList::kUndecided}) {
            const std::uint32_t index = first(which);
            if (index != kNoIndex &&
                (longest == kNoIndex || flows_[index].last_order < flows_[longest].last_order))
                longest = index;
        }
        return longest;
    }

    void add(std::uint32_t index) {
        const FlowList which = flows_[index].list;
        list(which).push_back(flows_, index);
        ++sizes_[static_cast<std::size_t>(which)];
    }

    void remove(std::uint32_t index) {
        const FlowList which = flows_[index].list;
        list(which).remove(flows_, index);
        --sizes_[static_cast<std::size_t>(which)];
    }

    /// Puts a flow at the end of its list: it is the least idle one there.
    void refresh(std::uint32_t index) { list(flows_[index].list).move_to_back(flows_, index); }

    /// The same for another list.
    void move_to(std::uint32_t index, FlowList which) {
        if (flows_[index].list == which) {
            list(which).move_to_back(flows_, index);
            return;
        }
        remove(index);
        flows_[index].list = which;
        add(index);
    }

private:
    List &list(FlowList which) { return lists_[static_cast<std::size_t>(which)]; }
    [[nodiscard]] const List &list(FlowList which) const {
        return lists_[static_cast<std::size_t>(which)];
    }
};

} // namespace pop3ana
