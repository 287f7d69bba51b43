#include "seccomp/ranges.h"

namespace brig::seccomp {

void RangeMap::append(std::uint32_t first, std::uint32_t last, Graph::Id node) {
  start(first, node);
  if (last != kWholeWord) start(last + 1, otherwise_);
}

void RangeMap::start(std::uint32_t first, Graph::Id node) {
  if (ranges_.back().first == first) ranges_.pop_back();
  // Also where the pop has brought equal ranges together.
  if (ranges_.empty() || ranges_.back().node != node) ranges_.push_back({.first = first, .node = node});
}

Graph::Id RangeMap::build(Graph& graph, std::size_t begin, std::size_t end) const {
  const std::size_t count = end - begin;
  if (count == 1) return ranges_[begin].node;
  // A single number within a range: one comparison does what two would.
  if (count == 3 && ranges_[begin].node == ranges_[begin + 2].node &&
      ranges_[begin + 2].first == ranges_[begin + 1].first + 1)
    return graph.test(kNumberField, Compare::kEqual, ranges_[begin + 1].first, ranges_[begin + 1].node,
                      ranges_[begin].node);
  const std::size_t middle = begin + count / 2;
  const Graph::Id below = build(graph, begin, middle);
  const Graph::Id above = build(graph, middle, end);
  return graph.test(kNumberField, Compare::kGreaterOrEqual, ranges_[middle].first, above, below);
}

}  // namespace brig::seccomp
