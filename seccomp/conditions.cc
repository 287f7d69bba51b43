#include "seccomp/conditions.h"

#include <bit>

namespace brig::seccomp {
namespace {

constexpr std::uint32_t low_half(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
constexpr std::uint32_t high_half(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }

// Arguments are 64 bit words in the byte order of the machine, on every architecture (seccomp(2)).
constexpr std::uint32_t low_offset(std::uint32_t argument) {
  const std::size_t offset = offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t);
  return static_cast<std::uint32_t>(offset) + (std::endian::native == std::endian::big ? 4 : 0);
}
constexpr std::uint32_t high_offset(std::uint32_t argument) {
  return low_offset(argument) + (std::endian::native == std::endian::big ? -4U : 4U);
}

constexpr bool is_upper_bound(Operator op) { return op == Operator::kLess || op == Operator::kLessOrEqual; }

// Operators of a higher rank are tried first.
constexpr int rank(Operator op) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kMaskedEqual: return 3;
    case Operator::kLess:
    case Operator::kLessOrEqual: return 2;
    case Operator::kGreater:
    case Operator::kGreaterOrEqual: return 1;
  }
  __builtin_unreachable();
}

// The order of ConditionTree; false for both if it does not order them. libseccomp compares halves: whether the lower
// ones are in order matters only where it has one node for both upper ones.
bool tried_before(const Condition& a, const Condition& b) {
  if (a.argument != b.argument) return a.argument > b.argument;
  if (rank(a.op) != rank(b.op)) return rank(a.op) > rank(b.op);
  const bool ascending = is_upper_bound(a.op);
  const std::uint32_t high_a = high_half(a.value), high_b = high_half(b.value);
  if (high_a != high_b) return ascending == (high_a < high_b);
  const std::uint32_t high_mask = high_half(a.mask);
  const bool same_operation = (a.op == Operator::kMaskedEqual) == (b.op == Operator::kMaskedEqual);
  if (high_mask != high_half(b.mask) || (high_mask != 0 && !same_operation)) return false;
  const std::uint32_t low_a = low_half(a.value), low_b = low_half(b.value);
  return low_a != low_b && ascending == (low_a < low_b);
}

// argument & mask == value.
Graph::Id equal(Graph& graph, Width width, const Condition& c, Graph::Id yes, Graph::Id no) {
  const Field high = {.offset = high_offset(c.argument), .mask = high_half(c.mask)};
  const Field low = {.offset = low_offset(c.argument), .mask = low_half(c.mask)};
  const bool has_high = width == Width::k64 && high.mask != 0;
  // The lower half is looked at only where the upper one is right, so what follows need not look again.
  const Fact high_is_right = {.field = high, .value = high_half(c.value)};
  Graph::Id node = has_high ? graph.given(yes, high_is_right) : yes;
  if (low.mask != 0) {
    const Graph::Id otherwise = has_high ? graph.given(no, high_is_right) : no;
    node = graph.test(low, Compare::kEqual, low_half(c.value), node, otherwise);
  }
  return has_high ? graph.test(high, Compare::kEqual, high_half(c.value), node, no) : node;
}

// argument > value, or >= value.
Graph::Id greater(Graph& graph, Width width, const Condition& c, Compare compare, Graph::Id yes, Graph::Id no) {
  const Field high = {.offset = high_offset(c.argument)};
  const Field low = {.offset = low_offset(c.argument)};
  const Graph::Id node = graph.test(low, compare, low_half(c.value), yes, no);
  if (width == Width::k32) return node;
  // Nothing is below zero: unequal is greater.
  if (high_half(c.value) == 0) return graph.test(high, Compare::kEqual, 0, node, yes);
  const Graph::Id not_above = graph.test(high, Compare::kEqual, high_half(c.value), node, no);
  return graph.test(high, Compare::kGreater, high_half(c.value), yes, not_above);
}

Graph::Id condition(Graph& graph, Width width, const Condition& c, Graph::Id yes, Graph::Id no) {
  switch (c.op) {
    case Operator::kEqual:
    case Operator::kMaskedEqual: return equal(graph, width, c, yes, no);
    case Operator::kNotEqual: return equal(graph, width, c, no, yes);
    case Operator::kGreater: return greater(graph, width, c, Compare::kGreater, yes, no);
    case Operator::kGreaterOrEqual: return greater(graph, width, c, Compare::kGreaterOrEqual, yes, no);
    case Operator::kLess: return greater(graph, width, c, Compare::kGreaterOrEqual, no, yes);
    case Operator::kLessOrEqual: return greater(graph, width, c, Compare::kGreater, no, yes);
  }
  __builtin_unreachable();
}

}  // namespace

std::vector<Condition> narrowed(std::span<const Condition> conditions, Width width) {
  const std::uint64_t counts = width == Width::k32 ? kWholeWord : ~std::uint64_t{0};
  std::vector<Condition> result;
  result.reserve(conditions.size());
  for (Condition c : conditions) {
    c.mask &= counts;
    c.value &= c.mask;
    // Only a masked comparison has a mask that can be empty. It is true then, of any argument.
    if (c.mask != 0) result.push_back(c);
  }
  return result;
}

void ConditionTree::add(std::span<const Condition> conditions, std::uint32_t action) {
  Level* level = &root_;
  Branch* branch = nullptr;
  for (const Condition& condition : conditions) {
    branch = &branch_for(*level, condition);
    if (branch->action) return;
    level = &branch->below;
  }
  branch->action = action;
}

ConditionTree::Branch& ConditionTree::branch_for(Level& level, const Condition& condition) {
  auto at = level.begin();
  for (; at != level.end() && !tried_before(condition, at->condition); ++at)
    if (at->condition == condition) return *at;
  return *level.insert(at, Branch{.condition = condition});
}

Graph::Id ConditionTree::build(Graph& graph, Width width, const Level& level, Graph::Id otherwise) {
  // From the last branch on: where one does not match, the next is tried.
  for (auto at = level.rbegin(); at != level.rend(); ++at) {
    const Branch& branch = *at;
    const Graph::Id below = branch.action ? graph.answer(*branch.action) : otherwise;
    const Graph::Id match = build(graph, width, branch.below, below);
    otherwise = condition(graph, width, branch.condition, match, otherwise);
  }
  return otherwise;
}

}  // namespace brig::seccomp
