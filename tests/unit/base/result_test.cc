#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace brig {
namespace {

Result<int> number(bool good) {
  if (!good) return Error::system("read", "n", EIO);
  return 7;
}

Result<void> nothing(bool good) {
  if (!good) return Error::make(Error::Kind::kState, "no");
  return {};
}

Result<int> doubled(bool good) { return 2 * TRY(number(good), "double", "it"); }

Result<std::unique_ptr<int>> moved(bool good) {
  TRY(nothing(good));
  std::unique_ptr<int> made = TRY(Result<std::unique_ptr<int>>(std::make_unique<int>(3)));
  return made;
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_TRUE(number(true).ok());
  EXPECT_EQ(number(true).value(), 7);
  EXPECT_FALSE(number(false).ok());
  EXPECT_EQ(number(false).error().code(), EIO);
  EXPECT_TRUE(nothing(true).ok());
  EXPECT_EQ(nothing(false).error().kind(), Error::Kind::kState);
}

TEST(Try, GivesTheValue) { EXPECT_EQ(doubled(true).value(), 14); }

TEST(Try, ReturnsTheErrorWithItsFrame) {
  EXPECT_EQ(doubled(false).error().to_string(), "double `it`: read `n`: input/output error");
}

TEST(Try, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = moved(true);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result.value(), 3);
  EXPECT_EQ(moved(false).error().to_string(), "no");
}

TEST(Try, MakesNoFrameWithoutAnError) {
  int made = 0;
  const auto object = [&made] {
    ++made;
    return std::string("object");
  };
  const auto attempt = [&](bool good) -> Result<int> { return TRY(number(good), "attempt", object()); };
  EXPECT_TRUE(attempt(true).ok());
  EXPECT_EQ(made, 0);
  EXPECT_FALSE(attempt(false).ok());
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace brig
