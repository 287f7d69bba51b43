#include "cgroups/not_frozen.h"

#include <gtest/gtest.h>

namespace brig::cgroups {
namespace {

TEST(NotFrozen, ReadsNameAndStateWhateverTheNameIs) {
  const ThreadState plain = parse_thread("12 (sleep) S 1 12 12 0 -1");
  EXPECT_EQ(plain.name, "sleep");
  EXPECT_EQ(plain.state, 'S');
  const ThreadState nasty = parse_thread("12 (a) R (b)) D 1 12");
  EXPECT_EQ(nasty.name, "a) R (b)");
  EXPECT_EQ(nasty.state, 'D');
  for (const char* text : {"", "12", "12 (x", ") S (", "12 (x) "}) EXPECT_EQ(parse_thread(text).state, '?') << text;
}

TEST(NotFrozen, WhoHoldsItUp) {
  const auto holds_up = [](char state, const char* function) {
    return holds_up_freezing({.pid = 1, .name = "x", .state = state, .waits_in = function});
  };
  EXPECT_TRUE(holds_up('D', "folio_wait_bit"));
  EXPECT_TRUE(holds_up('D', ""));
  EXPECT_TRUE(holds_up('R', "0"));
  EXPECT_FALSE(holds_up('D', "__refrigerator"));  // frozen, in v1's way
  for (const char state : {'S', 'T', 't', 'Z', 'X', '?'}) EXPECT_FALSE(holds_up(state, "")) << state;
}

TEST(NotFrozen, TellsAProcessOnceAndNotTooMany) {
  EXPECT_EQ(describe({}), "");
  EXPECT_EQ(describe({{.pid = 7, .name = "dd", .state = 'D', .waits_in = "folio_wait_bit"},
                      {.pid = 7, .name = "dd", .state = 'R', .waits_in = "0"},
                      {.pid = 9, .name = "sh", .state = 'R', .waits_in = ""}}),
            "process 7 (dd, state D, in folio_wait_bit), process 9 (sh, state R)");
  std::vector<ThreadState> many;
  for (pid_t pid = 1; pid <= 9; ++pid) many.push_back({.pid = pid, .name = "x", .state = 'R', .waits_in = {}});
  const std::string text = describe(many);
  EXPECT_NE(text.find("process 8"), std::string::npos);
  EXPECT_EQ(text.find("process 9"), std::string::npos);
  EXPECT_TRUE(text.ends_with(" …"));
}

}  // namespace
}  // namespace brig::cgroups
