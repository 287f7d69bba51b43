// An update that fails changes nothing: in a directory that looks like a cgroup, and in real ones.
#include "cgroups/undo.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "cgroups/apply.h"
#include "tests/kernel/cgroups/world.h"
#include "tests/support/temporary_directory.h"

namespace brig::cgroups {
namespace {

using testing::in_world;
using testing::kSkip;
using testing::place_for_test;
using testing::read_of;
using testing::World;

// ---- in a directory that looks like one

class Undoing : public ::testing::Test {
 protected:
  void have(const char* file, const char* content) { std::ofstream(directory_ / file) << content; }
  std::string content(const char* file) {
    std::ifstream stream(directory_ / file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  UniqueFd open() { return sys::openat(FdRef::cwd(), directory_.path(), O_RDONLY | O_DIRECTORY).value(); }
  void write(const Setting& setting) {
    UniqueFd directory = open();
    std::vector<Former> before = formers(directory, setting);
    ASSERT_TRUE(write_setting(directory, setting).ok());
    undo_.add(std::move(directory), std::move(before));
  }

  brig::testing::TemporaryDirectory directory_;
  Undo undo_;
};

Setting setting(const char* file, const char* value) {
  return {.controller = "c", .file = file, .value = value, .pointer = "/p"};
}

TEST_F(Undoing, TheNewestGoesFirst) {
  have("pids.max", "11\n");
  write(setting("pids.max", "22"));
  write(setting("pids.max", "33"));
  EXPECT_EQ(content("pids.max"), "33\n");
  EXPECT_EQ(undo_.run(), "");
  EXPECT_EQ(content("pids.max"), "11\n");
}

TEST_F(Undoing, TheOtherFileOfAnotherKernel) {
  have("io.weight", "default 100\n");
  Setting weight = setting("io.bfq.weight", "500");
  weight.other_file = "io.weight";
  weight.other_value = "default 495";
  write(weight);
  EXPECT_EQ(content("io.weight"), "default 495\n");
  EXPECT_EQ(undo_.run(), "");
  EXPECT_EQ(content("io.weight"), "default 100\n");
}

TEST_F(Undoing, AGroupThatWasMadeIdleHasItsWeightBack) {
  have("cpu.idle", "0\n");
  have("cpu.weight", "59\n");
  write(setting("cpu.idle", "1"));
  have("cpu.weight", " 3\n");  // as the kernel does
  EXPECT_EQ(undo_.run(), "");
  EXPECT_EQ(content("cpu.idle"), "0\n");
  EXPECT_EQ(content("cpu.weight"), "59\n");
}

TEST_F(Undoing, WhatIsNotThereIsNotMissed) {
  Setting burst = setting("cpu.max.burst", "5");
  burst.optional = true;
  write(burst);
  EXPECT_EQ(undo_.run(), "");
}

TEST_F(Undoing, WhatFailsIsToldAndTheRestIsDone) {
  have("pids.max", "11\n");
  have("memory.max", "44\n");
  have("memory.stat", "anon 1\nfile 2\n");
  write(setting("pids.max", "22"));
  write(setting("memory.max", "55"));
  write(setting("memory.stat", "anon 3"));
  ASSERT_EQ(unlink((directory_ / "memory.max").c_str()), 0);
  const std::string told = undo_.run();
  EXPECT_NE(told.find("what memory.stat was is not known"), std::string::npos) << told;
  EXPECT_NE(told.find("memory.max"), std::string::npos) << told;
  EXPECT_EQ(content("pids.max"), "11\n");
}

// ---- in real ones

struct File {
  const char *controller, *v1, *v2;
};
constexpr File kFiles[] = {{"memory", "memory.limit_in_bytes", "memory.max"},
                           {"memory", "memory.memsw.limit_in_bytes", "memory.swap.max"},
                           {"memory", "memory.soft_limit_in_bytes", "memory.low"},
                           {"cpu", "cpu.shares", "cpu.weight"},
                           {"cpu", "cpu.cfs_quota_us", "cpu.max"},
                           {"cpu", "cpu.cfs_period_us", "cpu.max.burst"},
                           {"cpu", "cpu.idle", "cpu.idle"},
                           {"pids", "pids.max", "pids.max"}};

bool offered(const Location& where, const char* controller) {
  return where.v2_only() ? testing::v2_offers(controller) : where.with(controller) != nullptr;
}

std::string all_values(const Location& where) {
  std::string all;
  for (const File& file : kFiles)
    if (offered(where, file.controller))
      all += read_of(where.v2_only() ? where.unified() : where.with(file.controller),
                     where.v2_only() ? file.v2 : file.v1) +
             "\n";
  return all;
}

oci::Resources limits(const Location& where, std::int64_t scale) {
  oci::Resources r;
  if (offered(where, "memory"))
    r.memory = {.limit = scale << 26, .reservation = scale << 25, .swap = (scale << 26) + (1 << 26)};
  if (offered(where, "cpu")) {
    r.cpu.shares = static_cast<std::uint64_t>(256 * scale);
    r.cpu.quota = 20000 * scale;
    r.cpu.period = 50000;
  }
  if (offered(where, "pids")) r.pids_limit = 10 * scale;
  return r;
}

// Adds a value that is written late, and that the kernel refuses. false: there is none on this machine.
bool spoil(const Location& where, oci::Resources& resources) {
  if (where.v2_only())
    resources.unified["cgroup.nonsense"] = "1";
  else
    resources.block_io.read_bps = {{.device = {.major = 999, .minor = 999}, .rate = 1}};
  return where.v2_only() || where.with("blkio") != nullptr;
}

std::string failing_update_changes_nothing(const std::string& root, const Location& where, const oci::Resources& from,
                                           oci::Resources to) {
  const Draft draft = NEED(create(where, from));
  const std::string before = all_values(where);
  if (!spoil(where, to)) return kSkip + std::string("nothing here that the kernel would refuse") + root;
  Update update = NEED(Update::plan(where, to, asked_of(from)));
  const Result<void> applied = update.apply();
  REQUIRE(!applied.ok());
  REQUIRE(applied.error().to_string().find("done in part") == std::string::npos, applied.error().to_string());
  REQUIRE(all_values(where) == before, "before:\n" + before + "after:\n" + all_values(where));
  REQUIRE(update.devices_as_before());
  return "";
}

TEST(AFailingUpdate, ThatRaisesChangesNothing) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "raise"));
    return failing_update_changes_nothing(root, where, limits(where, 1), limits(where, 3));
  });
}

TEST(AFailingUpdate, ThatLowersChangesNothing) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "lower"));
    return failing_update_changes_nothing(root, where, limits(where, 3), limits(where, 1));
  });
}

TEST(AFailingUpdate, OfAGroupWithoutLimitsChangesNothing) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "none"));
    return failing_update_changes_nothing(root, where, {}, limits(where, 2));
  });
}

TEST(AFailingUpdate, ThatMakesTheGroupIdleChangesNothing) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "idle"));
    if (!offered(where, "cpu")) return std::string(kSkip) + "no controller cpu";
    oci::Resources idle;
    idle.cpu.idle = 1;
    return failing_update_changes_nothing(root, where, limits(where, 1), idle);
  });
}

TEST(AFailingUpdate, InAPureV2ViewChangesNothing) {
  in_world(World::kV2View, [](const std::string& root) -> std::string {
    const Location where = NEED(place_for_test(root, "view"));
    oci::Resources from, to;
    from.unified = {{"cgroup.max.depth", "5"}};
    to.unified = {{"cgroup.max.depth", "7"}, {"cgroup.max.descendants", "8"}};
    const Draft draft = NEED(create(where, from));
    to.unified["cgroup.nonsense"] = "1";  // after both
    Update update = NEED(Update::plan(where, to, {}));
    REQUIRE(!update.apply().ok());
    REQUIRE(read_of(where.unified(), "cgroup.max.depth") == "5");
    REQUIRE(read_of(where.unified(), "cgroup.max.descendants") == "max");
    return "";
  });
}

// v1: a list is written line by line; the parent's must allow what the child's is to allow.
TEST(AFailingUpdate, OfDevicesLeavesTheList) {
  in_world(World::kMachine, [](const std::string& root) -> std::string {
    const Location outer = NEED(place_for_test(root, "devices"));
    const Location where = NEED(place_for_test(root, "devices/inner"));
    if (where.with("devices") == nullptr) return std::string(kSkip) + "no devices hierarchy";
    const auto allow = [](std::int64_t minor) {
      return oci::DeviceRule{.allow = true, .type = 'c', .major = 10, .minor = minor};
    };
    const oci::DeviceRule deny_all = {.allow = false};
    oci::Resources outside, from, to;
    outside.devices = {deny_all, allow(229), allow(232)};
    from.devices = {deny_all, allow(229)};
    to.devices = {deny_all, allow(232), allow(183)};
    const Draft around = NEED(create(outer, outside));
    const Draft draft = NEED(create(where, from));
    const std::string before = read_of(where.with("devices"), "devices.list");
    Update update = NEED(Update::plan(where, to, {}));
    const Result<void> applied = update.apply();
    REQUIRE(!applied.ok());
    REQUIRE(applied.error().to_string().find("done in part") == std::string::npos, applied.error().to_string());
    const std::string after = read_of(where.with("devices"), "devices.list");
    REQUIRE(after == before, "before:\n" + before + "\nafter:\n" + after);
    REQUIRE(update.devices_as_before());
    return "";
  });
}

}  // namespace
}  // namespace brig::cgroups
