#include "runtime/cli/size.h"

#include <gtest/gtest.h>

namespace brig::cli {
namespace {

TEST(Size, IsBytesWithoutAUnit) {
  EXPECT_EQ(parse_size("0"), 0);
  EXPECT_EQ(parse_size("1048576"), 1048576);
  EXPECT_EQ(parse_size("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_size("1.9"), 1);
  EXPECT_EQ(parse_size("7b"), 7);
}

TEST(Size, HasUnitsOf1024) {
  for (const char* text : {"512M", "512m", "512MB", "512mb", "512MiB", "512 MiB", "0.5g", "524288k", "524288 KB"})
    EXPECT_EQ(parse_size(text), 512 * 1024 * 1024) << text;
  EXPECT_EQ(parse_size("3t"), std::int64_t{3} << 40);
  EXPECT_EQ(parse_size("1P"), std::int64_t{1} << 50);
  EXPECT_EQ(parse_size("1.5k"), 1536);
}

TEST(Size, RefusesWhatIsNone) {
  for (const char* text : {"",      " ",     ".",   "-1",   "+1",  "-5M",  "M",   "5X",   "5bb", "5MX", "5iB",
                           "5MiBs", "1.2.3", "1e3", "0x10", "5M ", "5  M", " 5M", "1,5g", "inf", "nan"})
    EXPECT_EQ(parse_size(text), std::nullopt) << '"' << text << '"';
}

TEST(Size, RefusesWhatNoNumberHolds) {
  for (const char* text :
       {"9223372036854775808", "8192P", "9007199254740992k", "9999999.9P", "99999999999999999999999"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  EXPECT_EQ(parse_size("8191P"), std::int64_t{8191} << 50);
}

}  // namespace
}  // namespace brig::cli
