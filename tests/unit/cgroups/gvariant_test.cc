#include "cgroups/gvariant.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace brig::cgroups {
namespace {

using dbus::Value;

Value number(const char* type, std::int64_t n) {
  return {.signature = type, .bits = static_cast<std::uint64_t>(n), .text = {}, .items = {}};
}

struct Case {
  std::string text;
  Value value;
};

TEST(Gvariant, Values) {
  const Value strings = dbus::array("s", {dbus::string("a"), dbus::string("b")});
  Value entry = {.signature = "{sv}", .bits = 0, .text = {}, .items = {}};
  entry.items = {dbus::string("k"), dbus::variant(number("i", 1))};
  const Case cases[] = {
      {"true", dbus::boolean(true)},
      {" false ", dbus::boolean(false)},
      {"boolean true", dbus::boolean(true)},
      {"17", number("i", 17)},
      {"-17", number("i", -17)},
      {"+17", number("i", 17)},
      {"0x1F", number("i", 31)},
      {"017", number("i", 15)},
      {"0", number("i", 0)},
      {"byte 0xff", dbus::byte(255)},
      {"int16 -32768", number("n", -32768)},
      {"uint16 65535", number("q", 65535)},
      {"int32 5", number("i", 5)},
      {"uint32 4294967295", dbus::uint32(4294967295)},
      {"int64 -9223372036854775808", number("x", INT64_MIN)},
      {"uint64 123456789", dbus::uint64(123456789)},
      {"uint64 18446744073709551615", dbus::uint64(UINT64_MAX)},
      {"@t 5", dbus::uint64(5)},
      {"1.5", dbus::real(1.5)},
      {"-1e3", dbus::real(-1000)},
      {"double 2", dbus::real(2)},
      {"'text'", dbus::string("text")},
      {"\"it's\"", dbus::string("it's")},
      {R"('a\'b\\c\n\t\x')", dbus::string("a'b\\c\n\tx")},
      {R"('\u00fc\U0001F600')", dbus::string("\xc3\xbc\xf0\x9f\x98\x80")},
      {"objectpath '/a/b'", dbus::object_path("/a/b")},
      {"b'x\\001'", dbus::bytes(std::string("x\1\0", 3))},
      {"['a', 'b']", strings},
      {"['a','b',]", strings},
      {"[\"a\", 'b']", strings},
      {"@as ['a', 'b']", strings},
      {"@as []", dbus::array("s", {})},
      {"[1, uint64 2]", dbus::array("t", {dbus::uint64(1), dbus::uint64(2)})},
      {"[1, 2.0]", dbus::array("d", {dbus::real(1), dbus::real(2)})},
      {"@at [1, 2]", dbus::array("t", {dbus::uint64(1), dbus::uint64(2)})},
      {"[[1], [uint64 2]]",
       dbus::array("at", {dbus::array("t", {dbus::uint64(1)}), dbus::array("t", {dbus::uint64(2)})})},
      {"[('/dev/null', 'rwm')]",
       dbus::array("(ss)", {dbus::structure({dbus::string("/dev/null"), dbus::string("rwm")})})},
      {"@a(st) [('/dev/sda', 5)]", dbus::array("(st)", {dbus::structure({dbus::string("/dev/sda"), dbus::uint64(5)})})},
      {"(1,)", dbus::structure({number("i", 1)})},
      {"<'v'>", dbus::variant(dbus::string("v"))},
      {"{'k': <1>}", dbus::array("{sv}", {entry})},
      {"@a{sv} {}", dbus::array("{sv}", {})},
  };
  for (const Case& c : cases) {
    const Result<Value> value = parse_gvariant(c.text);
    ASSERT_TRUE(value.ok()) << c.text << ": " << value.error().to_string();
    EXPECT_EQ(value.value(), c.value) << c.text << " as " << value.value().signature;
  }
}

TEST(Gvariant, WhatIsRefused) {
  const std::string cases[] = {"",
                               " ",
                               "tru",
                               "hello",
                               "'open",
                               "'a' 'b'",
                               "1 2",
                               "[1",
                               "[1 2]",
                               "[1, 'a']",
                               "[",
                               "[]",
                               "{}",
                               "<[]>",
                               "()",
                               "{1}",
                               "{'a': }",
                               "<1",
                               "uint64",
                               "uint64 -1",
                               "uint64 18446744073709551616",
                               "byte 256",
                               "int16 32768",
                               "2147483648",
                               "-2147483649",
                               "08",
                               "0x",
                               "1x",
                               "--1",
                               "+-1",
                               "1.2.3",
                               "uint64 1.5",
                               "uint64 'a'",
                               "string 1",
                               "boolean 1",
                               "uint64 uint64 1",
                               "objectpath 'x'",
                               "signature '('",
                               "@ 1",
                               "@(s 1",
                               "@ss ['a']",
                               "@m 1",
                               "handle 1",
                               "just 1",
                               "nothing",
                               "'\\u0000'",
                               "'\\ud800'",
                               "'\\uzzzz'",
                               "'\\U00110000'",
                               "'\\u12'",
                               "'\xff'",
                               "b'\\777'",
                               std::string(100, '[') + std::string(100, ']'),
                               std::string(100, '<') + "1" + std::string(100, '>'),
                               "'" + std::string(70000, 'x') + "'"};
  for (const std::string& text : cases) EXPECT_FALSE(parse_gvariant(text).ok()) << text.substr(0, 40);
}

TEST(Gvariant, ErrorsSayWhere) {
  EXPECT_EQ(parse_gvariant("[1, hello]").error().to_string(), "not a value: \"hello\" at character 5");
  EXPECT_EQ(parse_gvariant("uint64 -1").error().to_string(), "-1 is not a number of type t");
}

}  // namespace
}  // namespace brig::cgroups
