// From the graph to instructions.
//
// BPF jumps go forward only, and a conditional jump reaches 255 instructions far. So the program is written from its
// end: what a jump leads to is there already, at a known distance. What has got too far away is brought near by a
// long jump (or a copy of the return instruction) right behind the jump that needs it.
#include <algorithm>

#include "seccomp/graph.h"

namespace brig::seccomp {
namespace {

constexpr std::size_t kNone = ~std::size_t{0};
// One less than a jump's reach leaves room for a long jump that the other branch may need.
constexpr std::size_t kNear = 254;

constexpr std::uint16_t opcode(Compare compare) {
  switch (compare) {
    case Compare::kEqual: return BPF_JMP | BPF_JEQ | BPF_K;
    case Compare::kGreater: return BPF_JMP | BPF_JGT | BPF_K;
    case Compare::kGreaterOrEqual: return BPF_JMP | BPF_JGE | BPF_K;
  }
  __builtin_unreachable();
}

}  // namespace

class Assembler {
 public:
  explicit Assembler(const Graph& graph) : nodes_(graph.nodes_), blocks_(nodes_.size()) {}

  std::vector<sock_filter> run(Graph::Id root) {
    blocks_[root].needs_load = true;
    for (const Graph::Id id : order(root)) emit(id);
    // Nothing to do unless the whole program is one answer, which no test has asked for.
    (void)reach(root, false);
    std::reverse(reversed_.begin(), reversed_.end());
    return std::move(reversed_);
  }

 private:
  using Node = Graph::Node;
  // A test is "load, mask, jump"; who has the field in the accumulator already enters at the jump. Places are
  // distances from the program's end, kNone if there is none yet; both change when a long jump brings them nearer.
  struct Block {
    enum class State : std::uint8_t { kNew, kOpen, kOrdered } state = State::kNew;
    bool needs_load = false;
    std::size_t load = kNone, jump = kNone;
  };

  // All tests that can be reached, each after those it leads to, a branch's tests next to each other. A loop with a
  // stack of its own: the depth grows with the number of rules for one system call.
  std::vector<Graph::Id> order(Graph::Id root) {
    std::vector<Graph::Id> ordered, stack = {root};
    while (!stack.empty()) {
      const Graph::Id id = stack.back();
      const Node& node = nodes_[id];
      Block& block = blocks_[id];
      if (node.is_answer || block.state != Block::State::kNew) {
        stack.pop_back();
        // The second visit comes when all below is done.
        if (block.state == Block::State::kOpen) ordered.push_back(id);
        block.state = Block::State::kOrdered;
        continue;
      }
      block.state = Block::State::kOpen;
      for (const Graph::Id next : {node.yes, node.no}) {
        blocks_[next].needs_load |= !loaded(node, next);
        if (blocks_[next].state == Block::State::kNew) stack.push_back(next);
      }
    }
    return ordered;
  }

  void emit(Graph::Id id) {
    const Node& node = nodes_[id];
    const std::size_t yes = reach(node.yes, loaded(node, node.yes));
    const std::size_t no = reach(node.no, loaded(node, node.no));
    const std::size_t here = reversed_.size();
    Block& block = blocks_[id];
    block.jump = here;
    push(opcode(node.compare), node.value, static_cast<std::uint8_t>(here - yes - 1),
         static_cast<std::uint8_t>(here - no - 1));
    if (!block.needs_load) return;
    if (node.field.mask != kWholeWord) push(BPF_ALU | BPF_AND | BPF_K, node.field.mask);
    block.load = reversed_.size();
    push(BPF_LD | BPF_W | BPF_ABS, node.field.offset);
  }

  // Whether the accumulator has what `next` compares when `node` jumps there.
  bool loaded(const Node& node, Graph::Id next) const {
    return !nodes_[next].is_answer && nodes_[next].field == node.field;
  }

  // A place of `id` that the next instruction can jump to.
  std::size_t reach(Graph::Id id, bool loaded) {
    std::size_t& place = loaded || nodes_[id].is_answer ? blocks_[id].jump : blocks_[id].load;
    const std::size_t here = reversed_.size();
    if (place != kNone && here - place - 1 <= kNear) return place;
    if (nodes_[id].is_answer)
      push(BPF_RET | BPF_K, nodes_[id].value);
    else
      push(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(here - place - 1));
    return place = here;
  }

  void push(int code, std::uint32_t k, std::uint8_t yes = 0, std::uint8_t no = 0) {
    reversed_.push_back({.code = static_cast<std::uint16_t>(code), .jt = yes, .jf = no, .k = k});
  }

  const std::vector<Node>& nodes_;
  std::vector<Block> blocks_;
  std::vector<sock_filter> reversed_;
};

std::vector<sock_filter> Graph::assemble(Id root) const { return Assembler(*this).run(root); }

}  // namespace brig::seccomp
