// Mappings against the text of a uid_map.
#include "runtime/namespaces/id_maps.h"

#include <gtest/gtest.h>

namespace brig::namespaces {
namespace {

TEST(IdMaps, TextOfMappings) {
  EXPECT_EQ(id_map_text({{0, 100000, 65536}, {70000, 0, 1}}), "0 100000 65536\n70000 0 1\n");
  EXPECT_EQ(id_map_text({}), "");
}

TEST(IdMaps, TheSameInAnotherOrderOrDivision) {
  EXPECT_TRUE(same_id_map({{0, 100000, 65536}}, "         0     100000      65536\n"));
  EXPECT_TRUE(same_id_map({{5, 500, 1}, {0, 100000, 2}}, "         0     100000          2\n         5  500  1\n"));
  EXPECT_TRUE(same_id_map({{0, 100000, 1}, {1, 100001, 9}}, "0 100000 10\n"));
  EXPECT_TRUE(same_id_map({{0, 100000, 10}}, "0 100000 4\n4 100004 6\n"));
  EXPECT_TRUE(same_id_map({{0, 0, 4294967295U}}, "         0          0 4294967295\n"));
}

TEST(IdMaps, Others) {
  for (const char* map : {"", "\n", "0 100000 65535\n", "0 100001 65536\n", "1 100000 65536\n", "garbage\n",
                          "0 100000 65536\n70000 0 1\n", "0 100000\n", "-1 100000 65536\n"})
    EXPECT_FALSE(same_id_map({{0, 100000, 65536}}, map)) << map;
  EXPECT_FALSE(same_id_map({{0, 100000, 1}, {1, 200000, 1}}, "0 100000 2\n"));
}

}  // namespace
}  // namespace brig::namespaces
