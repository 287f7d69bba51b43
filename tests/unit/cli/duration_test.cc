#include "runtime/cli/duration.h"

#include <gtest/gtest.h>

namespace brig::cli {
namespace {

using std::chrono::nanoseconds;

TEST(Duration, WhatGoWrites) {
  EXPECT_EQ(parse_duration("5s"), nanoseconds(5'000'000'000));
  EXPECT_EQ(parse_duration("1m30s"), nanoseconds(90'000'000'000));
  EXPECT_EQ(parse_duration("2h45m"), nanoseconds(9'900'000'000'000));
  EXPECT_EQ(parse_duration("500ms"), nanoseconds(500'000'000));
  EXPECT_EQ(parse_duration("1.5h"), nanoseconds(5'400'000'000'000));
  EXPECT_EQ(parse_duration(".5s"), nanoseconds(500'000'000));
  EXPECT_EQ(parse_duration("5.s"), nanoseconds(5'000'000'000));
  EXPECT_EQ(parse_duration("100us"), nanoseconds(100'000));
  EXPECT_EQ(parse_duration("100µs"), nanoseconds(100'000));
  EXPECT_EQ(parse_duration("7ns"), nanoseconds(7));
  EXPECT_EQ(parse_duration("0.9999999999s"), nanoseconds(999'999'999));
  EXPECT_EQ(parse_duration("0s"), nanoseconds(0));
}

TEST(Duration, SecondsWithoutAUnit) {
  EXPECT_EQ(parse_duration("5"), nanoseconds(5'000'000'000));
  EXPECT_EQ(parse_duration("0"), nanoseconds(0));
}

TEST(Duration, TheLongest) {
  EXPECT_EQ(parse_duration("9223372036854775807ns"), nanoseconds(INT64_MAX));
  for (const char* text :
       {"9223372036854775808ns", "9223372037s", "9223372036s1s", "99999999999999999999s", "2562048h"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, Nonsense) {
  for (const char* text :
       {"", "s", ".", ".s", "-5s", "+5s", "5x", "5 s", " 5s", "5s ", "1e3s", "5s5", "1.5", "5S", "1..5s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

}  // namespace
}  // namespace brig::cli
