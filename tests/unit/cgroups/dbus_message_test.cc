#include "cgroups/dbus_message.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace brig::cgroups::dbus {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

Message hello() {
  Message message;
  message.serial = 1;
  message.path = "/org/freedesktop/DBus";
  message.interface = "org.freedesktop.DBus";
  message.member = "Hello";
  message.destination = "org.freedesktop.DBus";
  return message;
}

constexpr std::string_view kHello =
    "l\1\0\1\0\0\0\0\1\0\0\0m\0\0\0"
    "\1\1o\0\25\0\0\0/org/freedesktop/DBus\0\0\0"
    "\2\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
    "\3\1s\0\5\0\0\0Hello\0\0\0"
    "\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"sv;
// As libdbus sends it. The order of the fields is free.
constexpr std::string_view kHelloOfLibdbus =
    "l\1\0\1\0\0\0\0\1\0\0\0n\0\0\0"
    "\1\1o\0\25\0\0\0/org/freedesktop/DBus\0\0\0"
    "\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
    "\2\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0"
    "\3\1s\0\5\0\0\0Hello\0\0\0"sv;

TEST(DbusMessage, HelloAsOnTheWire) {
  const Result<std::string> bytes = encode(hello());
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(bytes.value(), kHello);
  const Result<Message> read = decode(kHelloOfLibdbus);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(encode(read.value()).value(), kHello);
}

// The specification's "Marshalling" of a byte, and big endian: an answer with (y 42, u 7, s "ok").
TEST(DbusMessage, BothByteOrdersAreRead) {
  const std::string little =
      "l\2\0\1\17\0\0\0\5\0\0\0\21\0\0\0"
      "\5\1u\0\1\0\0\0\x08\1g\0\3yus\0\0\0\0\0\0\0\0"
      "\x2a\0\0\0\7\0\0\0\2\0\0\0ok\0"s;
  const std::string big =
      "B\2\0\1\0\0\0\17\0\0\0\5\0\0\0\21"
      "\5\1u\0\0\0\0\1\x08\1g\0\3yus\0\0\0\0\0\0\0\0"
      "\x2a\0\0\0\0\0\0\7\0\0\0\2ok\0"s;
  for (const std::string& bytes : {little, big}) {
    const Result<Message> message = decode(bytes);
    ASSERT_TRUE(message.ok()) << message.error().to_string();
    EXPECT_EQ(message.value().type, Message::Type::kReturn);
    EXPECT_EQ(message.value().serial, 5u);
    EXPECT_EQ(message.value().reply_serial, 1u);
    EXPECT_EQ(message.value().body, (std::vector<Value>{byte(42), uint32(7), string("ok")}));
  }
}

std::vector<Value> every_type() {
  const auto number = [](const char* type, std::uint64_t bits) {
    return Value{.signature = type, .bits = bits, .text = {}, .items = {}};
  };
  Value entry = {.signature = "{sv}", .bits = 0, .text = {}, .items = {}};
  entry.items = {string("key"), variant(uint64(1))};
  Value signature = {.signature = "g", .bits = 0, .text = "a{sv}", .items = {}};
  return {byte(255),
          number("n", static_cast<std::uint64_t>(-2)),
          number("q", 65535),
          boolean(true),
          number("i", static_cast<std::uint64_t>(INT32_MIN)),
          uint32(UINT32_MAX),
          number("x", static_cast<std::uint64_t>(INT64_MIN)),
          uint64(UINT64_MAX),
          real(-1.5),
          string("gr\xc3\xbc\xc3\x9f dich"),
          string(""),
          object_path("/org/freedesktop/systemd1/unit/a_2escope"),
          signature,
          array("{sv}", {entry, entry}),
          array("(ss)", {}),
          array("t", {}),
          array("as", {array("s", {string("a"), string("b")}), array("s", {})}),
          structure({byte(1), structure({uint64(2)}), variant(array("(st)", {structure({string("x"), uint64(3)})}))}),
          bytes("\x01\x02"),
          variant(variant(boolean(false)))};
}

TEST(DbusMessage, EveryTypeThereAndBack) {
  Message message = hello();
  message.body = every_type();
  const Result<std::string> bytes = encode(message);
  ASSERT_TRUE(bytes.ok()) << bytes.error().to_string();
  EXPECT_EQ(message_size(bytes.value()).value(), bytes.value().size());
  const Result<Message> back = decode(bytes.value());
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  EXPECT_EQ(back.value().body, message.body);
  EXPECT_EQ(back.value().member, "Hello");
  EXPECT_EQ(back.value().destination, "org.freedesktop.DBus");
}

TEST(DbusMessage, WhatIsNoMessageIsNotSent) {
  const auto sent = [](Value value) {
    Message message = hello();
    message.body = {std::move(value)};
    return encode(message).ok();
  };
  EXPECT_TRUE(sent(string("fine")));
  EXPECT_FALSE(sent(string("a\0b"sv)));
  EXPECT_FALSE(sent(string("\xff")));
  EXPECT_FALSE(sent(object_path("no/slash")));
  EXPECT_FALSE(sent(array("s", {uint64(1)})));
  EXPECT_FALSE(sent({.signature = "(st)", .bits = 0, .text = {}, .items = {string("x")}}));
  EXPECT_FALSE(sent({.signature = "v", .bits = 0, .text = {}, .items = {}}));
  EXPECT_FALSE(sent(string(std::string(kMostMessageBytes, 'x'))));
}

TEST(DbusMessage, TooFewBytesToKnowTheSize) {
  EXPECT_EQ(message_size(kHello.substr(0, 15)).value(), std::nullopt);
  EXPECT_EQ(message_size(kHello.substr(0, 16)).value(), kHello.size());
}

TEST(DbusMessage, LyingHeadersAreRefused) {
  std::string huge(kHello);
  huge[7] = '\x7f';  // a body of 2 GiB
  EXPECT_FALSE(message_size(huge).ok());
  std::string fields(kHello);
  fields[15] = '\x7f';
  EXPECT_FALSE(message_size(fields).ok());
  std::string order(kHello);
  order[0] = 'x';
  EXPECT_FALSE(message_size(order).ok());
  std::string version(kHello);
  version[3] = 2;
  EXPECT_FALSE(message_size(version).ok());
}

// An array (of strings, empty) said to be as long as this, in a message that has no more.
TEST(DbusMessage, LyingLengthsInsideAreRefused) {
  Message message = hello();
  message.body = {array("s", {string("abc")})};
  const std::string good = encode(message).value();
  ASSERT_TRUE(decode(good).ok());
  const std::size_t at = good.size() - 12;  // length of the array, length of "abc", "abc"
  for (const char length : {'\1', '\7', '\x9', '\x7f', '\xff'}) {
    std::string bad = good;
    bad[at] = length;
    EXPECT_FALSE(decode(bad).ok()) << static_cast<int>(length);
    bad = good;
    bad[at + 4] = length;
    EXPECT_FALSE(decode(bad).ok()) << static_cast<int>(length);
  }
}

TEST(DbusMessage, DeepVariantsEnd) {
  std::string body;
  for (int i = 0; i < 200; ++i) body += "\1v\0"s;
  body += "\1y\0\1"s;
  const std::string header = "l\2\0\1"s + static_cast<char>(body.size() & 0xff) + static_cast<char>(body.size() >> 8) +
                             "\0\0\5\0\0\0\17\0\0\0"s + "\5\1u\0\1\0\0\0\x08\1g\0\1v\0\0"s;
  EXPECT_FALSE(decode(header + body).ok());
}

// Whatever one byte is changed to, and wherever the end is: an answer or a refusal, never a fault (run it with the
// sanitizers).
TEST(DbusMessage, DamagedMessagesDoNoHarm) {
  Message message = hello();
  message.body = every_type();
  const std::string good = encode(message).value();
  std::mt19937 random(1);
  std::size_t read = 0, refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    (void)decode(good.substr(0, i)).ok();
    for (int n = 0; n < 8; ++n) {
      std::string bad = good;
      bad[i] = static_cast<char>(random());
      if (n > 4) bad[random() % bad.size()] = static_cast<char>(random());
      (decode(bad).ok() ? read : refused) += 1;
    }
  }
  EXPECT_GT(read, 0u);
  EXPECT_GT(refused, 0u);
}

TEST(DbusSignature, ValidOnes) {
  std::vector<std::string> types;
  EXPECT_TRUE(split_signature("sa(sv)a{sv}vaay", types));
  EXPECT_EQ(types, (std::vector<std::string>{"s", "a(sv)", "a{sv}", "v", "aay"}));
  EXPECT_TRUE(split_signature("", types));
  EXPECT_TRUE(split_signature(std::string(32, 'a') + "y", types));
  EXPECT_TRUE(is_complete_type("a(sa(sv))"));
  EXPECT_FALSE(is_complete_type("ss"));
  EXPECT_FALSE(is_complete_type(""));
}

TEST(DbusSignature, InvalidOnes) {
  std::vector<std::string> types;
  for (const std::string& bad :
       {"a"s, "()"s, "(s"s, "s)"s, "{sv}"s, "a{vs}"s, "a{s}"s, "a{sss}"s, "z"s, "m"s, "h"s, "\0"s,
        std::string(33, 'a') + "y", std::string(33, '(') + "y" + std::string(33, ')'), std::string(256, 'y')})
    EXPECT_FALSE(split_signature(bad, types)) << bad;
}

TEST(DbusObjectPath, Rules) {
  for (const char* good : {"/", "/a", "/org/freedesktop/systemd1/job/123", "/_"}) EXPECT_TRUE(is_object_path(good));
  for (const char* bad : {"", "a", "//", "/a/", "/a//b", "/a-b", "/a.b"}) EXPECT_FALSE(is_object_path(bad)) << bad;
}

}  // namespace
}  // namespace brig::cgroups::dbus
