// System call numbers -> nodes of the graph, as a balanced search.
#pragma once

#include <cstdint>
#include <vector>

#include "seccomp/graph.h"

namespace brig::seccomp {

// `first` and all numbers up to the next range's.
struct Range {
  std::uint32_t first = 0;
  Graph::Id node = 0;
};

// Every 32 bit number has exactly one node.
class RangeMap {
 public:
  explicit RangeMap(Graph::Id otherwise) : otherwise_(otherwise), ranges_{{0, otherwise}} {}
  // Ascending: `first` is above the last of what was added before. What is between stays with `otherwise`.
  void append(std::uint32_t first, std::uint32_t last, Graph::Id node);
  // A search by the system call's number: depth about log2 of the number of ranges.
  Graph::Id build(Graph& graph) const { return build(graph, 0, ranges_.size()); }

 private:
  Graph::Id build(Graph& graph, std::size_t begin, std::size_t end) const;
  void start(std::uint32_t first, Graph::Id node);

  Graph::Id otherwise_;
  std::vector<Range> ranges_;  // ascending, neighbours differ in their node
};

}  // namespace brig::seccomp
