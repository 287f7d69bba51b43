#include "oci/index_list.h"

#include <gtest/gtest.h>

namespace brig::oci {
namespace {

TEST(IndexList, BecomesAMask) {
  EXPECT_EQ(parse_index_list(""), IndexMask{});
  EXPECT_EQ(parse_index_list("0"), IndexMask{1});
  EXPECT_EQ(parse_index_list("0-3,7"), IndexMask{0b10001111});
  EXPECT_EQ(parse_index_list("7,0-3,2"), IndexMask{0b10001111});
  EXPECT_EQ(parse_index_list("5-5"), IndexMask{0b100000});
  EXPECT_EQ(parse_index_list("63-64"), (IndexMask{1UL << 63, 1}));
  EXPECT_EQ(parse_index_list("1024"), [] {
    IndexMask mask(17);
    mask[16] = 1;
    return mask;
  }());
}

TEST(IndexList, BlanksAndEmptyEntriesAreAllowed) {
  EXPECT_EQ(parse_index_list(" 0 , 2 "), IndexMask{0b101});
  EXPECT_EQ(parse_index_list(",1,"), IndexMask{0b10});
  EXPECT_EQ(parse_index_list(" , "), IndexMask{});
}

TEST(IndexList, TheLargestNumber) {
  const std::optional<IndexMask> mask = parse_index_list("65535");
  ASSERT_TRUE(mask);
  EXPECT_EQ(mask->size(), kMostIndexes / 64);
  EXPECT_EQ(mask->back(), 1UL << 63);
  EXPECT_EQ(parse_index_list("0-65535"), IndexMask(kMostIndexes / 64, ~0UL));
}

TEST(IndexList, AnythingElseIsNone) {
  for (const char* list : {"a", "-", "1-", "-1", "3-2", "0-3:2", "0x1", "+1", "1 2", "1 - 2", "1;2", "65536", "0-65536",
                           "18446744073709551616", "1-2-3", "0-4294967295", "all"})
    EXPECT_EQ(parse_index_list(list), std::nullopt) << list;
}

}  // namespace
}  // namespace brig::oci
