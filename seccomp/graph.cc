#include "seccomp/graph.h"

namespace brig::seccomp {
namespace {

constexpr std::size_t kFirstSlots = 1024;  // a default profile of an engine has some 450 nodes

bool holds(Compare compare, std::uint32_t a, std::uint32_t b) {
  switch (compare) {
    case Compare::kEqual: return a == b;
    case Compare::kGreater: return a > b;
    case Compare::kGreaterOrEqual: return a >= b;
  }
  __builtin_unreachable();
}

// One step of a multiplicative hash; the upper half, which depends on all bits, is folded onto the lower.
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

}  // namespace

Graph::Graph() : slots_(kFirstSlots) { nodes_.reserve(kFirstSlots / 2); }

Graph::Id Graph::intern(const Node& node) {
  if (2 * nodes_.size() >= slots_.size()) grow();
  std::uint64_t hash = mix(node.is_answer, node.field.offset | std::uint64_t{node.field.mask} << 32);
  hash = mix(hash, node.value | std::uint64_t{static_cast<std::uint8_t>(node.compare)} << 32);
  hash = mix(hash, node.yes | std::uint64_t{node.no} << 32);
  const std::size_t last = slots_.size() - 1;
  std::size_t slot = hash & last;
  for (; slots_[slot] != 0; slot = (slot + 1) & last)
    if (nodes_[slots_[slot] - 1] == node) return slots_[slot] - 1;
  nodes_.push_back(node);
  slots_[slot] = static_cast<Id>(nodes_.size());
  return slots_[slot] - 1;
}

void Graph::grow() {
  std::vector<Node> old = std::move(nodes_);
  const std::size_t size = 2 * slots_.size();
  slots_.assign(size, 0);
  nodes_.clear();
  nodes_.reserve(size / 2);
  // In the order they were made, and all different: each keeps its number.
  for (const Node& node : old) intern(node);
}

Graph::Id Graph::answer(std::uint32_t action) { return intern({.is_answer = true, .value = action}); }

Graph::Id Graph::test(Field field, Compare compare, std::uint32_t value, Id yes, Id no) {
  if (compare == Compare::kEqual) {
    yes = given(yes, {.field = field, .value = value, .equal = true});
    no = given(no, {.field = field, .value = value, .equal = false});
  }
  if (yes == no) return yes;
  return intern({.compare = compare, .field = field, .value = value, .yes = yes, .no = no});
}

Graph::Id Graph::given(Id id, const Fact& fact) const {
  for (;;) {
    const Node& node = nodes_[id];
    if (node.is_answer || node.field != fact.field) return id;
    if (fact.equal)
      id = holds(node.compare, fact.value, node.value) ? node.yes : node.no;
    else if (node.compare == Compare::kEqual && node.value == fact.value)
      id = node.no;
    else
      return id;
  }
}

}  // namespace brig::seccomp
