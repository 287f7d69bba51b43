// What an update makes of new limits and those that are, before anything is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cgroups/current.h"
#include "cgroups/devices.h"

namespace brig::cgroups {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kMiB = 1024 * 1024;

Location v1() {
  return {.unit = {},
          .hierarchies = {{.controllers = {"memory"}, .mount = "/sys/fs/cgroup/memory", .path = "/c"},
                          {.controllers = {"cpu"}, .mount = "/sys/fs/cgroup/cpu", .path = "/c"}}};
}

Location v2() {
  Location location;
  location.hierarchies = {{.controllers = {}, .unified = true, .mount = "/sys/fs/cgroup", .path = "/c"}};
  return location;
}

Location with_systemd(Location location) {
  location.unit = Unit{.name = "c.scope", .slice = "system.slice"};
  return location;
}

oci::Resources memory(std::optional<std::int64_t> limit, std::optional<std::int64_t> swap) {
  oci::Resources resources;
  resources.memory.limit = limit;
  resources.memory.swap = swap;
  return resources;
}

oci::Resources cpu(std::optional<std::int64_t> quota, std::optional<std::uint64_t> period,
                   std::optional<std::uint64_t> burst = {}) {
  oci::Resources resources;
  resources.cpu.quota = quota;
  resources.cpu.period = period;
  resources.cpu.burst = burst;
  return resources;
}

oci::Resources complete(const oci::Resources& wanted, const Current& current, const Asked& asked,
                        const Location& location) {
  Result<oci::Resources> done = completed(wanted, current, asked, location);
  EXPECT_TRUE(done.ok()) << done.error().to_string();
  return std::move(done).value();
}

// The files that are written, in their order.
std::vector<std::string> files(const oci::Resources& resources, const Current& current, const Location& location) {
  Result<std::vector<Setting>> settings = location.v2_only() ? settings_v2(resources) : settings_v1(resources);
  EXPECT_TRUE(settings.ok()) << settings.error().to_string();
  put_in_order(settings.value(), current);
  std::vector<std::string> names;
  for (const Setting& setting : settings.value()) names.push_back(setting.file);
  return names;
}

std::string outcome(const oci::Resources& resources, const Current& current, const Location& location) {
  const Result<void> checked = check_outcome(resources, resources, current, location);
  return checked.ok() ? "" : checked.error().to_string();
}

// ---- completed

TEST(Update, OnV2TheSumOfMemoryAndSwapStays) {
  const Current now = {.memory = 100 * kMiB, .swap = 100 * kMiB};
  EXPECT_EQ(complete(memory(150 * kMiB, {}), now, {.memory_and_swap = 200 * kMiB}, v2()).memory.swap, 200 * kMiB);
  // Nobody asked for a sum: the limit of swap was given by itself, or not at all.
  EXPECT_EQ(complete(memory(150 * kMiB, {}), now, {}, v2()).memory.swap, std::nullopt);
  // Unlimited memory is no part of a sum.
  EXPECT_EQ(complete(memory(-1, {}), now, {.memory_and_swap = 200 * kMiB}, v2()).memory.swap, std::nullopt);
  // v1 keeps the sum itself.
  EXPECT_EQ(complete(memory(150 * kMiB, {}), now, {.memory_and_swap = 200 * kMiB}, v1()).memory.swap, std::nullopt);
}

TEST(Update, OnV2SwapAloneTakesTheLimitThatIs) {
  EXPECT_EQ(complete(memory({}, 300 * kMiB), {.memory = 100 * kMiB}, {}, v2()).memory.limit, 100 * kMiB);
  EXPECT_EQ(complete(memory({}, 300 * kMiB), {.memory = -1}, {}, v2()).memory.limit, std::nullopt);
  EXPECT_EQ(complete(memory({}, -1), {.memory = 100 * kMiB}, {}, v2()).memory.limit, std::nullopt);
  EXPECT_EQ(complete(memory({}, 300 * kMiB), {.memory = 100 * kMiB}, {}, v1()).memory.limit, std::nullopt);
}

TEST(Update, QuotaAndPeriodAreUnderstoodByEachOtherOnV2) {
  const Current now = {.quota = 20000, .period = 50000};
  EXPECT_EQ(complete(cpu(30000, {}), now, {}, v2()).cpu.period, 50000U);
  EXPECT_EQ(complete(cpu({}, 80000), now, {}, v2()).cpu.quota, 20000);
  EXPECT_EQ(complete(cpu({}, 80000), now, {}, v1()).cpu.quota, std::nullopt);
  EXPECT_EQ(complete({}, now, {}, v2()).cpu.quota, std::nullopt);
}

TEST(Update, WithSystemdTheQuotaIsSaidAgain) {
  oci::Resources shares;
  shares.cpu.shares = 512;
  const Current now = {.quota = 33333, .period = 100000};
  EXPECT_EQ(complete(shares, now, {}, with_systemd(v2())).cpu.quota, 33333);
  EXPECT_EQ(complete(shares, now, {}, with_systemd(v1())).cpu.quota, 33333);
  EXPECT_EQ(complete(shares, now, {}, v2()).cpu.quota, std::nullopt);
  // There is none to be rounded.
  EXPECT_EQ(complete(shares, {.quota = -1, .period = 100000}, {}, with_systemd(v2())).cpu.period, std::nullopt);
  EXPECT_EQ(complete({}, now, {}, with_systemd(v2())).cpu.quota, std::nullopt);
}

TEST(Update, WhatCanNotBeChangedIsLeftOut) {
  oci::Resources resources;
  resources.memory.kernel = resources.memory.kernel_tcp = kMiB;
  resources.memory.use_hierarchy = true;
  EXPECT_TRUE(settings_v1(complete(resources, {}, {}, v1())).value().empty());
}

TEST(Update, SharesOfAnIdleGroup) {
  oci::Resources resources;
  resources.cpu.shares = 512;
  const Result<oci::Resources> refused = completed(resources, {.idle = true}, {}, v2());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().subject(), "/linux/resources/cpu/shares");
  resources.cpu.idle = 1;
  EXPECT_EQ(complete(resources, {.idle = true}, {}, v2()).cpu.shares, std::nullopt);
  EXPECT_EQ(complete(resources, {.idle = false}, {}, v2()).cpu.shares, 512U);
  resources.cpu.idle = 0;
  EXPECT_EQ(complete(resources, {.idle = true}, {}, v2()).cpu.shares, 512U);
}

// ---- check_outcome

TEST(Update, MemoryAgainstTheSwapThatIs) {
  const Current now = {.memory = 100 * kMiB, .swap = 200 * kMiB};
  EXPECT_EQ(outcome(memory(200 * kMiB, {}), now, v1()), "");
  EXPECT_THAT(outcome(memory(201 * kMiB, {}), now, v1()), HasSubstr("give memory/swap as well"));
  EXPECT_EQ(outcome(memory(201 * kMiB, {}), {.memory = 100 * kMiB, .swap = -1}, v1()), "");
  EXPECT_EQ(outcome(memory(-1, {}), now, v1()), "");
  EXPECT_THAT(outcome(memory({}, 99 * kMiB), now, v1()), HasSubstr("must not be less than memory/limit"));
  EXPECT_EQ(outcome(memory({}, -1), now, v1()), "");
  // v2: swap by itself is no part of the rule.
  EXPECT_EQ(outcome(memory(500 * kMiB, {}), now, v2()), "");
  EXPECT_THAT(outcome(memory(-1, 300 * kMiB), now, v2()), HasSubstr("needs memory/limit"));
  EXPECT_EQ(outcome(memory(-1, -1), now, v2()), "");
  EXPECT_EQ(outcome({}, {}, v2()), "");
}

TEST(Update, MemoryAgainstTheSumThatWasAskedFor) {
  const Current now = {.memory = 100 * kMiB, .swap = 100 * kMiB};
  const oci::Resources wanted = memory(201 * kMiB, {});
  const oci::Resources full = complete(wanted, now, {.memory_and_swap = 200 * kMiB}, v2());
  const Result<void> checked = check_outcome(wanted, full, now, v2());
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().to_string(), HasSubstr("now 209715200: give memory/swap as well"));
}

TEST(Update, BurstAgainstTheQuotaThatIs) {
  const Current now = {.quota = 20000, .period = 100000, .burst = 10000};
  EXPECT_EQ(outcome(cpu({}, {}, 20000), now, v2()), "");
  EXPECT_THAT(outcome(cpu({}, {}, 20001), now, v2()), HasSubstr("/linux/resources/cpu/burst"));
  EXPECT_THAT(outcome(cpu(9999, {}), now, v1()), HasSubstr("/linux/resources/cpu/burst"));
  EXPECT_EQ(outcome(cpu(-1, {}), now, v1()), "");
}

// ---- put_in_order

TEST(Update, OnV1TheLimitIsNeverAboveBoth) {
  const Current now = {.memory = 100, .swap = 200};
  EXPECT_THAT(files(memory(300, 400), now, v1()), ElementsAre("memory.memsw.limit_in_bytes", "memory.limit_in_bytes"));
  EXPECT_THAT(files(memory(50, 80), now, v1()), ElementsAre("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"));
  EXPECT_THAT(files(memory(-1, -1), now, v1()), ElementsAre("memory.memsw.limit_in_bytes", "memory.limit_in_bytes"));
  EXPECT_THAT(files(memory(50, 80), {.memory = -1, .swap = -1}, v1()),
              ElementsAre("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"));
}

TEST(Update, OnV2SwapIsThereBeforeItIsNeeded) {
  EXPECT_THAT(files(memory(50, 250), {.memory = 100, .swap = 100}, v2()), ElementsAre("memory.swap.max", "memory.max"));
  EXPECT_THAT(files(memory(150, 200), {.memory = 100, .swap = 100}, v2()),
              ElementsAre("memory.max", "memory.swap.max"));
}

TEST(Update, QuotaByPeriodIsNeverAboveBoth) {
  const Current now = {.quota = 50000, .period = 100000, .burst = 0};
  EXPECT_THAT(files(cpu(90000, 200000), now, v1()), ElementsAre("cpu.cfs_period_us", "cpu.cfs_quota_us"));
  EXPECT_THAT(files(cpu(5000, 10000), now, v1()), ElementsAre("cpu.cfs_quota_us", "cpu.cfs_period_us"));
}

TEST(Update, BurstIsNeverAboveTheQuota) {
  const Current now = {.quota = 50000, .period = 100000, .burst = 40000};
  EXPECT_THAT(files(cpu(90000, {}, 80000), now, v1()), ElementsAre("cpu.cfs_quota_us", "cpu.cfs_burst_us"));
  EXPECT_THAT(files(cpu(10000, {}, 5000), now, v1()), ElementsAre("cpu.cfs_burst_us", "cpu.cfs_quota_us"));
  EXPECT_THAT(files(cpu(10000, 10000, 5000), now, v1()),
              ElementsAre("cpu.cfs_burst_us", "cpu.cfs_quota_us", "cpu.cfs_period_us"));
  EXPECT_THAT(files(cpu(90000, 100000, 80000), now, v2()), ElementsAre("cpu.max", "cpu.max.burst"));
  EXPECT_THAT(files(cpu(10000, 100000, 5000), now, v2()), ElementsAre("cpu.max.burst", "cpu.max"));
}

TEST(Update, RealTimeRuntimeIsNeverAboveThePeriod) {
  oci::Resources resources;
  resources.cpu.realtime_runtime = 5000;
  resources.cpu.realtime_period = 10000;
  const Current now = {.realtime_runtime = 50000, .realtime_period = 100000};
  EXPECT_THAT(files(resources, now, v1()), ElementsAre("cpu.rt_runtime_us", "cpu.rt_period_us"));
  resources.cpu.realtime_period = 200000;
  EXPECT_THAT(files(resources, now, v1()), ElementsAre("cpu.rt_period_us", "cpu.rt_runtime_us"));
}

// ---- device_changes

std::vector<DeviceWrite> allow_only(const std::vector<std::string>& entries) {
  std::vector<DeviceWrite> writes = {{.file = "devices.deny", .value = "a"}};
  for (const std::string& entry : entries) writes.push_back({.file = "devices.allow", .value = entry});
  return writes;
}

TEST(Update, OfADeviceListOnlyWhatDiffersIsWritten) {
  EXPECT_THAT(device_changes("c 1:3 rwm\nc 1:5 rwm", allow_only({"c 1:5 rwm", "c 1:3 rwm"})).value(), ElementsAre());
  EXPECT_EQ(device_changes("c 1:3 rwm\nc 1:5 rwm\nb 8:* rw", allow_only({"c 1:3 r", "c 1:7 rwm"})).value(),
            (std::vector<DeviceWrite>{{.file = "devices.allow", .value = "c 1:3 r"},
                                      {.file = "devices.allow", .value = "c 1:7 rwm"},
                                      {.file = "devices.deny", .value = "c 1:3 wm"},
                                      {.file = "devices.deny", .value = "c 1:5 rwm"},
                                      {.file = "devices.deny", .value = "b 8:* rw"}}));
  EXPECT_EQ(device_changes("", allow_only({"c 1:3 rwm"})).value().size(), 1U);
}

TEST(Update, AListWithAnotherDefaultIsWrittenAnew) {
  EXPECT_FALSE(device_changes("a *:* rwm", allow_only({"c 1:3 rwm"})));
  EXPECT_FALSE(device_changes("c 1:3 rwm", {{.file = "devices.allow", .value = "a"}}));
}

}  // namespace
}  // namespace brig::cgroups
