// A filter as a graph of decisions over struct seccomp_data (seccomp(2)), and its assembly into classic BPF.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace brig::seccomp {

inline constexpr std::uint32_t kWholeWord = 0xffffffff;

// A 32 bit word of struct seccomp_data, as far as `mask` lets it through.
struct Field {
  std::uint32_t offset = 0;
  std::uint32_t mask = kWholeWord;
  bool operator==(const Field&) const = default;
};
inline constexpr Field kNumberField = {.offset = offsetof(seccomp_data, nr)};
inline constexpr Field kArchitectureField = {.offset = offsetof(seccomp_data, arch)};

// Unsigned comparisons that BPF has; the other three are these with the branches exchanged.
enum class Compare : std::uint8_t { kEqual, kGreater, kGreaterOrEqual };

// What is known about a field where a node is reached: that it is `value`, or that it is not.
struct Fact {
  Field field;
  std::uint32_t value = 0;
  bool equal = true;
};

// Nodes are made from the leaves up, so a graph has no cycles, and never change. Equal nodes are one node: parts
// that system calls or architectures have in common exist once.
class Graph {
 public:
  using Id = std::uint32_t;

  Graph();
  // Ends the filter with a SECCOMP_RET_* value.
  Id answer(std::uint32_t action);
  // Compares `field` with `value` and goes on at `yes` or `no`. Tests that this one decides already are skipped.
  Id test(Field field, Compare compare, std::uint32_t value, Id yes, Id no);
  // Where `node` leads if `fact` holds: past each leading test that the fact decides.
  Id given(Id node, const Fact& fact) const;
  // The instructions that start at `root`. Their number is not bounded: the caller knows the kernel's limit.
  std::vector<sock_filter> assemble(Id root) const;

 private:
  friend class Assembler;
  struct Node {
    bool is_answer = false;
    Compare compare = Compare::kEqual;
    Field field;              // tests only
    std::uint32_t value = 0;  // compared with, or the action
    Id yes = 0, no = 0;
    bool operator==(const Node&) const = default;
  };
  Id intern(const Node& node);
  void grow();

  std::vector<Node> nodes_;
  // A hash table with open addressing, a power of two long: 1 + index in nodes_, or 0 for a free slot.
  std::vector<Id> slots_;
};

}  // namespace brig::seccomp
