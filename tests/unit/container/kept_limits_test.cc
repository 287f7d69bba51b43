#include "runtime/container/kept_limits.h"

#include <gtest/gtest.h>

namespace brig::container {
namespace {

Result<KeptLimits> again(const std::string& members) {
  static std::vector<json::Value> documents;  // Members refers to them
  documents.push_back(json::parse(members).value());
  return read_limits(Members(documents.back()));
}

std::string written(const KeptLimits& limits) {
  json::Writer w;
  w.begin_object();
  write_limits(w, limits);
  w.end_object();
  return std::move(w).take();
}

TEST(KeptLimits, AreTheSumOfMemoryAndSwapAndTheDevices) {
  oci::Resources resources;
  resources.memory.swap = 4096;
  resources.devices = {{.allow = false, .type = 'a'},
                       {.allow = true, .type = 'c', .major = 1, .minor = 3, .write = false},
                       {.allow = true, .type = 'b', .major = 8, .minor = {}, .mknod = false}};
  const KeptLimits limits = kept_limits(resources);
  EXPECT_EQ(limits.asked.memory_and_swap, 4096);
  EXPECT_EQ(limits.devices, (std::vector<std::string>{"deny a *:* rwm", "allow c 1:3 rm", "allow b 8:* rw"}));
}

TEST(KeptLimits, ComeBackAsTheyWere) {
  for (const std::int64_t sum : {std::int64_t{-1}, std::int64_t{4096}, INT64_MAX}) {
    const KeptLimits before = {.asked = {.memory_and_swap = sum}, .devices = {"deny a *:* rwm"}};
    const Result<KeptLimits> after = again(written(before));
    ASSERT_TRUE(after.ok()) << after.error().to_string();
    EXPECT_EQ(after.value().asked, before.asked);
    EXPECT_EQ(after.value().devices, before.devices);
  }
  EXPECT_EQ(written({}), "{}");
  EXPECT_EQ(again("{}").value().asked.memory_and_swap, std::nullopt);
}

TEST(KeptLimits, OfAnotherFormAreRefused) {
  for (const char* members : {R"({"limits": 1})", R"({"limits": {"devices": "a"}})", R"({"limits": {"devices": [1]}})",
                              R"({"limits": {"memoryAndSwap": -2}})", R"({"limits": {"memoryAndSwap": "1"}})",
                              R"({"limits": {"memoryAndSwap": 9223372036854775808}})"})
    EXPECT_FALSE(again(members).ok()) << members;
}

}  // namespace
}  // namespace brig::container
