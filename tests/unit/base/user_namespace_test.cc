#include "base/user_namespace.h"

#include <gtest/gtest.h>

namespace brig {
namespace {

TEST(UserNamespace, OnlyTheInitialOneMapsAllIds) {
  EXPECT_TRUE(maps_all_ids("         0          0 4294967295\n"));
  EXPECT_FALSE(maps_all_ids(""));
  EXPECT_FALSE(maps_all_ids("         0       1000          1\n"));
  EXPECT_FALSE(maps_all_ids("         0     100000 4294967295\n"));
  EXPECT_FALSE(maps_all_ids("         0          0      65536\n"));
  EXPECT_FALSE(maps_all_ids("         0          0 2147483647\n2147483647 2147483647 2147483648\n"));
}

}  // namespace
}  // namespace brig
