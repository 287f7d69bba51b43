#include "runtime/process/channel.h"

#include <gtest/gtest.h>

#include <cstring>

namespace brig::process {
namespace {

std::span<const std::byte> bytes_of(const std::string& s) {
  return {reinterpret_cast<const std::byte*>(s.data()), s.size()};
}

// A failure whose bytes each refusal spoils in its own way: version (2 bytes), type, kind, number, length, text.
std::string good() {
  return encode(
      {.type = Msg::kFailed, .number = ENOENT, .kind = Error::Kind::kConfig, .text = "no such thing", .fd = {}});
}
constexpr std::size_t kVersionAt = 0, kTypeAt = 2, kKindAt = 3, kLengthAt = 8, kTextAt = 12;

TEST(Channel, AMessageComesBackAsItWas) {
  Result<Message> message = decode(bytes_of(good()));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message.value().type, Msg::kFailed);
  EXPECT_EQ(message.value().number, static_cast<std::uint32_t>(ENOENT));
  EXPECT_EQ(message.value().kind, Error::Kind::kConfig);
  EXPECT_EQ(message.value().text, "no such thing");
}

TEST(Channel, EveryTypeComesBack) {
  for (auto type = static_cast<std::uint8_t>(Msg::kWantIdMaps); type <= static_cast<std::uint8_t>(Msg::kFailed);
       ++type) {
    Result<Message> message = decode(bytes_of(encode({.type = static_cast<Msg>(type), .text = {}, .fd = {}})));
    ASSERT_TRUE(message.ok()) << int{type};
    EXPECT_EQ(static_cast<std::uint8_t>(message.value().type), type);
  }
}

TEST(Channel, ATextThatIsTooLongIsCut) {
  const std::string bytes = encode({.type = Msg::kFailed, .text = std::string(2 * kMostMessageBytes, 'x'), .fd = {}});
  EXPECT_EQ(bytes.size(), kMostMessageBytes);
  Result<Message> message = decode(bytes_of(bytes));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message.value().text, std::string(kMostMessageBytes - kTextAt, 'x'));
}

TEST(Channel, EveryTruncationIsRefused) {
  const std::string whole = good();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Result<Message> message = decode(bytes_of(whole.substr(0, size)));
    ASSERT_FALSE(message.ok()) << size;
    EXPECT_EQ(message.error().kind(), Error::Kind::kUnsafe) << size;
  }
}

struct Spoilt {
  const char* what;
  std::size_t at;
  unsigned char byte;
  const char* told;
};

class SpoiltMessage : public ::testing::TestWithParam<Spoilt> {};

TEST_P(SpoiltMessage, IsRefused) {
  std::string bytes = good();
  bytes[GetParam().at] = static_cast<char>(GetParam().byte);
  Result<Message> message = decode(bytes_of(bytes));
  ASSERT_FALSE(message.ok());
  EXPECT_EQ(message.error().kind(), Error::Kind::kUnsafe);
  EXPECT_NE(message.error().to_string().find(GetParam().told), std::string::npos) << message.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(Channel, SpoiltMessage,
                         ::testing::Values(Spoilt{"version 0", kVersionAt, 0, "another version"},
                                           Spoilt{"version 255", kVersionAt, 255, "another version"},
                                           Spoilt{"version 257", kVersionAt + 1, 1, "another version"},
                                           Spoilt{"type 0", kTypeAt, 0, "unknown type"},
                                           Spoilt{"type after the last", kTypeAt,
                                                  static_cast<unsigned char>(Msg::kFailed) + 1, "unknown type"},
                                           Spoilt{"type 255", kTypeAt, 255, "unknown type"},
                                           Spoilt{"kind after the last", kKindAt,
                                                  static_cast<unsigned char>(Error::Kind::kHook) + 1, "unknown kind"},
                                           Spoilt{"kind 255", kKindAt, 255, "unknown kind"},
                                           Spoilt{"length too small", kLengthAt, 12, "another length"},
                                           Spoilt{"length too great", kLengthAt, 14, "another length"},
                                           Spoilt{"length of gigabytes", kLengthAt + 3, 255, "another length"}),
                         [](const ::testing::TestParamInfo<Spoilt>& test) {
                           std::string name = test.param.what;
                           for (char& c : name)
                             if (c == ' ') c = '_';
                           return name;
                         });

TEST(Channel, MoreBytesThanTheLengthSaysAreRefused) { EXPECT_FALSE(decode(bytes_of(good() + "!")).ok()); }

TEST(Channel, SilenceIsNotAnyEpipe) {
  EXPECT_FALSE(is_silence(Error::system("sendmsg", "", EPIPE)));
  EXPECT_FALSE(is_silence(Error::remote(Error::Kind::kInternal, EPIPE, "the other process ended without a word")));
}

}  // namespace
}  // namespace brig::process
