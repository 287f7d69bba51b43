// The rules of one system call that look at arguments, as a tree, and their part of the graph.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "seccomp/graph.h"

namespace brig::seccomp {

enum class Operator : std::uint8_t { kNotEqual, kLess, kLessOrEqual, kEqual, kGreaterOrEqual, kGreater, kMaskedEqual };

// One element of syscalls[].args. Both sides are masked; the mask is all ones but for kMaskedEqual.
struct Condition {
  std::uint32_t argument = 0;  // 0 … 5
  Operator op = Operator::kEqual;
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t value = 0;
  bool operator==(const Condition&) const = default;
};

// Registers of the architecture: on a narrow one only the lower half of arguments, masks and values counts.
enum class Width : std::uint8_t { k32, k64 };

// `conditions` as an architecture of `width` has them: values masked and cut, what is always true left out.
std::vector<Condition> narrowed(std::span<const Condition> conditions, Width width);

// Rules as a tree of conditions: those that a rule has in common with others, from its lowest argument on, exist
// once. The branches of a level are tried in libseccomp's order, whatever order the rules came in: the
// higher argument first, then equality before upper bounds before lower bounds, then the larger value (of
// upper bounds the smaller). That decides between rules with different actions that match the same call.
class ConditionTree {
 public:
  // A rule: all `conditions` (ascending by argument, not empty) -> `action`. It changes nothing if an earlier one that
  // is the same or has less conditions includes it. libseccomp refuses some profiles whose rules overlap with
  // different actions (EEXIST); here the earlier rule has its way, and the later one all that is left.
  void add(std::span<const Condition> conditions, std::uint32_t action);
  // The tests of all rules, ending in their actions or, if no rule matches, at `otherwise`.
  Graph::Id build(Graph& graph, Width width, Graph::Id otherwise) const {
    return build(graph, width, root_, otherwise);
  }

 private:
  struct Branch {
    Condition condition;
    std::optional<std::uint32_t> action;  // a rule ends here
    std::vector<Branch> below;            // rules with more conditions, which came earlier and are tried earlier
  };
  using Level = std::vector<Branch>;
  // The branch with this condition, made in its place if there is none.
  static Branch& branch_for(Level& level, const Condition& condition);
  static Graph::Id build(Graph& graph, Width width, const Level& level, Graph::Id otherwise);

  Level root_;
};

}  // namespace brig::seccomp
