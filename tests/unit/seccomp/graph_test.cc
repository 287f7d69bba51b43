#include "seccomp/graph.h"

#include <gtest/gtest.h>

#include "seccomp/ranges.h"
#include "tests/unit/seccomp/interpreter.h"

namespace brig::seccomp {
namespace {

using namespace brig::testing;

constexpr Field kLow = {.offset = offsetof(seccomp_data, args)};

TEST(Graph, EqualNodesAreOne) {
  Graph graph;
  const Graph::Id yes = graph.answer(1), no = graph.answer(2);
  EXPECT_EQ(graph.answer(1), yes);
  EXPECT_EQ(graph.test(kLow, Compare::kEqual, 7, yes, no), graph.test(kLow, Compare::kEqual, 7, yes, no));
  EXPECT_NE(graph.test(kLow, Compare::kEqual, 7, yes, no), graph.test(kLow, Compare::kEqual, 7, no, yes));
  EXPECT_EQ(graph.test(kLow, Compare::kEqual, 7, yes, yes), yes);
}

TEST(Graph, NodesStayTheSameWhenItGrows) {
  Graph graph;
  std::vector<Graph::Id> ids;
  for (std::uint32_t i = 0; i < 5000; ++i) ids.push_back(graph.answer(i));
  for (std::uint32_t i = 0; i < 5000; ++i) EXPECT_EQ(graph.answer(i), ids[i]);
}

TEST(Graph, TestsThatAreDecidedAreSkipped) {
  Graph graph;
  const Graph::Id a = graph.answer(1), b = graph.answer(2), c = graph.answer(3);
  const Graph::Id inner = graph.test(kLow, Compare::kGreater, 5, a, b);
  EXPECT_EQ(graph.test(kLow, Compare::kEqual, 9, inner, c), graph.test(kLow, Compare::kEqual, 9, a, c));
  const Graph::Id nine = graph.test(kLow, Compare::kEqual, 9, a, b);
  EXPECT_EQ(graph.test(kLow, Compare::kEqual, 9, c, nine), graph.test(kLow, Compare::kEqual, 9, c, b));
  // Another value, or other bits of the word, decide nothing.
  EXPECT_EQ(graph.given(nine, {.field = kLow, .value = 8, .equal = false}), nine);
  EXPECT_EQ(graph.given(nine, {.field = {.offset = kLow.offset, .mask = 0xff}, .value = 9}), nine);
}

TEST(Graph, OneAnswerIsOneInstruction) {
  Graph graph;
  const auto program = graph.assemble(graph.answer(7));
  ASSERT_EQ(program.size(), 1U);
  EXPECT_EQ(run_filter(program, {}).action, 7U);
}

// Tests of the same word load it once.
TEST(Graph, LoadsOnlyWhatIsNotLoaded) {
  Graph graph;
  Graph::Id node = graph.answer(0);
  for (std::uint32_t i = 1; i <= 5; ++i) node = graph.test(kLow, Compare::kEqual, i, graph.answer(i), node);
  EXPECT_EQ(graph.assemble(node).size(), 1U + 5U + 6U);
}

// A chain of 3000 tests, each of which may end at an answer that all share, or go to the far end.
TEST(Graph, JumpsOverAnyDistance) {
  Graph graph;
  const Graph::Id far = graph.test(kNumberField, Compare::kEqual, 1, graph.answer(10), graph.answer(11));
  Graph::Id node = far;
  for (std::uint32_t i = 1; i <= 3000; ++i)
    node = graph.test(kLow, Compare::kEqual, i, i % 2 == 0 ? graph.answer(i % 100) : far, node);
  const auto program = graph.assemble(node);
  for (std::uint32_t i = 0; i <= 3001; ++i) {
    const seccomp_data data = {.nr = static_cast<int>(i % 3), .args = {i}};
    const std::uint32_t at_far = i % 3 == 1 ? 10 : 11;
    EXPECT_EQ(run_filter(program, data).action, i >= 1 && i <= 3000 && i % 2 == 0 ? i % 100 : at_far) << i;
  }
}

TEST(RangeMap, EveryNumberHasItsNode) {
  Graph graph;
  const Graph::Id none = graph.answer(0), a = graph.answer(1), b = graph.answer(2);
  RangeMap map(none);
  map.append(0, 0, a);
  map.append(5, 7, a);
  map.append(8, 8, a);
  map.append(9, 9, b);
  map.append(11, 11, b);
  map.append(0xfffffffe, 0xffffffff, b);
  const auto program = graph.assemble(map.build(graph));
  const auto action = [&](std::uint32_t n) { return run_filter(program, {.nr = static_cast<int>(n)}).action; };
  for (const std::uint32_t n : {0U, 5U, 6U, 7U, 8U}) EXPECT_EQ(action(n), 1U) << n;
  for (const std::uint32_t n : {9U, 11U, 0xfffffffeU, 0xffffffffU}) EXPECT_EQ(action(n), 2U) << n;
  for (const std::uint32_t n : {1U, 4U, 10U, 12U, 0x7fffffffU, 0x80000000U, 0xfffffffdU}) EXPECT_EQ(action(n), 0U) << n;
}

// Three ranges: one load, two tests, two answers.
TEST(RangeMap, NeighboursAreMerged) {
  Graph graph;
  RangeMap map(graph.answer(0));
  for (std::uint32_t n = 5; n < 100; ++n) map.append(n, n, graph.answer(1));
  EXPECT_EQ(graph.assemble(map.build(graph)).size(), 1U + 2U + 2U);
}

}  // namespace
}  // namespace brig::seccomp
