// Lists of CPUs and of memory nodes, as the specification spells them: "0-3,7". Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace brig::oci {

// A set of small numbers in the form that the kernel takes one: bit N of the words, lowest first. As many words as the
// largest number needs; none for the empty set.
using IndexMask = std::vector<unsigned long>;

// No kernel counts that many CPUs or nodes; a list can't ask for a mask of any size.
inline constexpr std::size_t kMostIndexes = 65536;

// The numbers and ranges of a list, blanks and empty entries between commas allowed. nullopt if something else is in
// it, if a range runs backwards, or if a number is not below kMostIndexes. "" is the empty set.
std::optional<IndexMask> parse_index_list(std::string_view list);

}  // namespace brig::oci
