// The flows by their age.
//
// Invariant: every flow is in the list that its `list` names, longest idle first: those that have
// sent data, those that have not, which give way first when the table is full, and closed ones,
// which linger.
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
    std::array<List, 3> lists_;
    std::size_t without_data_ = 0; ///< flows in the other lists than kWithData

public:
    /// `flows` must outlive this.
    explicit FlowLists(Table &flows) : flows_(flows) {}

    [[nodiscard]] std::size_t without_data() const { return without_data_; }

    /// The longest idle one of a list; kNoIndex: the list is empty.
    [[nodiscard]] std::uint32_t first(FlowList which) const { return list(which).first(); }

    /// The longest idle one that is not closed, likewise.
    [[nodiscard]] std::uint32_t longest_idle() const {
        const std::uint32_t without = first(FlowList::kWithoutData);
        const std::uint32_t with = first(FlowList::kWithData);
        if (without == kNoIndex || with == kNoIndex) return without == kNoIndex ? with : without;
        return flows_[without].last_order < flows_[with].last_order ? without : with;
    }

    void add(std::uint32_t index) {
        const FlowList which = flows_[index].list;
        list(which).push_back(flows_, index);
        without_data_ += which != FlowList::kWithData ? 1 : 0;
    }

    void remove(std::uint32_t index) {
        const FlowList which = flows_[index].list;
        list(which).remove(flows_, index);
        without_data_ -= which != FlowList::kWithData ? 1 : 0;
    }

    /// Puts a flow at the end of a list: it is the least idle one there.
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
