#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace brig::text {
namespace {

TEST(ParseInt, TakesTheWholeOrNothing) {
  EXPECT_EQ(parse_int<int>("42"), 42);
  EXPECT_EQ(parse_int<int>("-42"), -42);
  EXPECT_EQ(parse_int<unsigned>("755", 8), 0755U);
  EXPECT_EQ(parse_int<unsigned>("4294967295"), 4294967295U);
  EXPECT_EQ(parse_int<long>(std::to_string(std::numeric_limits<long>::min())), std::numeric_limits<long>::min());
  for (const char* wrong : {"", " 1", "1 ", "+1", "0x1", "1k", "--1", "4294967296", "1.0", "\n1"})
    EXPECT_EQ(parse_int<unsigned>(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parse_int<unsigned>("-1"), std::nullopt);
  EXPECT_EQ(parse_int<unsigned>("8", 8), std::nullopt);
}

TEST(Cat, JoinsTextCharactersAndNumbers) { EXPECT_EQ(cat("a", 'b', 1, std::string("c"), -2L), "ab1c-2"); }

TEST(Split, KeepsEmptyParts) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(split("a,,b", ','), (Parts{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (Parts{""}));
  EXPECT_EQ(split(",", ','), (Parts{"", ""}));
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join({}, ","), "");
  EXPECT_TRUE(contains({"a", "b"}, "b"));
  EXPECT_FALSE(contains({"a", "b"}, "c"));
}

TEST(WithoutControls, NothingThatATerminalObeysIsLeft) {
  EXPECT_EQ(without_controls("plain \xC3\xA4\xE2\x82\xAC"), "plain \xC3\xA4\xE2\x82\xAC");
  EXPECT_EQ(without_controls("a\nb\x1b[2Jc\x7f"), "a?b?[2Jc?");
  EXPECT_EQ(without_controls("\xC2\x9B"
                             "2J\xC2\xA0\xC2"),
            "?2J\xC2\xA0\xC2");
  EXPECT_EQ(without_controls(std::string_view("a\0b", 3)), "a?b");
  EXPECT_EQ(without_controls(""), "");
}

TEST(Trim, TakesBlanksOffBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(CleanPath, IsLexicalAndStaysBelow) {
  const std::pair<const char*, const char*> cases[] = {
      {"/a//./b/../c", "/a/c"}, {"/..", "/"},      {"/", "/"}, {"", ""}, {"../x", "x"},
      {"a/../../b/", "b"},      {"/a/b/", "/a/b"},
  };
  for (const auto& [path, cleaned] : cases) EXPECT_EQ(clean_path(path), cleaned) << path;
  EXPECT_EQ(clean_absolute_path("a/b"), "/a/b");
  EXPECT_EQ(clean_absolute_path("/a/../../b"), "/b");
  EXPECT_EQ(clean_absolute_path(""), "/");
}

// The table of ill-formed sequences in Unicode 15, section 3.9, and the limits of each length.
TEST(Utf8, IsStrict) {
  for (const char* good : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "K\xC3\xA4se"})
    EXPECT_TRUE(valid_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xE2\x82", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xC3(",
                          "\xF0\x90\x80", "\xE2\x82(", "\xF0\x90\x80("})
    EXPECT_FALSE(valid_utf8(bad));
}

TEST(JsonQuote, EscapesAndReplaces) {
  EXPECT_EQ(json_quote("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(json_quote("\n\t\r\x01\x1f\x7f"), R"("\n\t\r\u0001\u001f\u007f")");
  EXPECT_EQ(json_quote(std::string_view("a\0b", 3)), R"("a\u0000b")");
  EXPECT_EQ(json_quote("K\xC3\xA4se"), "\"K\xC3\xA4se\"");
  EXPECT_EQ(json_quote("\xFFx\xC3"), "\"\xEF\xBF\xBDx\xEF\xBF\xBD\"");
}

TEST(Rfc3339, CountsDaysAsTheCalendarDoes) {
  EXPECT_EQ(rfc3339(0, 0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339(951782399, 999999999), "2000-02-28T23:59:59.999999999Z");
  EXPECT_EQ(rfc3339(951782400, 1), "2000-02-29T00:00:00.000000001Z");
  EXPECT_EQ(rfc3339(1769860800, 123456789), "2026-01-31T12:00:00.123456789Z");
  EXPECT_EQ(rfc3339(4107542399, 0), "2100-02-28T23:59:59.000000000Z");
  EXPECT_EQ(rfc3339(4107542400, 0), "2100-03-01T00:00:00.000000000Z");  // 2100 is no leap year
}

}  // namespace
}  // namespace brig::text
