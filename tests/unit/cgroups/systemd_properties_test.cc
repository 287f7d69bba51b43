#include "cgroups/systemd_properties.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "cgroups/devices.h"

namespace brig::cgroups {
namespace {

// "t 5", "s text", "ay 0 255", "a(ss) (/dev/null rw)": short enough for a table.
std::string show(const dbus::Value& value) {
  const std::string& type = value.signature;
  if (type == "v") return show(value.items[0]);
  if (!value.items.empty() || type[0] == 'a' || type[0] == '(') {
    std::string out;
    for (const dbus::Value& item : value.items) out += (out.empty() ? "" : " ") + show(item);
    return type[0] == '(' ? "(" + out + ")" : "[" + out + "]";
  }
  return type == "s" ? value.text : std::to_string(value.bits);
}

using Shown = std::vector<std::string>;
Shown show(const std::vector<Property>& properties) {
  Shown out;
  for (const Property& p : properties) out.push_back(p.name + " " + p.value.signature + " " + show(p.value));
  return out;
}

Shown limits(const oci::Resources& resources, Version version, int systemd = 252) {
  const Result<std::vector<Setting>> settings =
      version == Version::kV1 ? settings_v1(resources) : settings_v2(resources);
  if (!settings.ok()) return {settings.error().to_string()};
  const Result<std::vector<Property>> properties = limit_properties(settings.value(), systemd);
  if (!properties.ok()) return {properties.error().to_string()};
  return show(properties.value());
}

TEST(SystemdLimits, NothingGivenSetsNothing) {
  EXPECT_EQ(limits({}, Version::kV1), Shown{});
  EXPECT_EQ(limits({}, Version::kV2), Shown{});
}

oci::Resources usual() {
  oci::Resources r;
  r.memory = {.limit = 1 << 30, .reservation = 1 << 29, .swap = 3 << 29};
  r.cpu.shares = 1024;
  r.cpu.quota = 50000;
  r.cpu.period = 100000;
  r.cpu.cpus = "0-2,9";
  r.cpu.mems = "0";
  r.pids_limit = 100;
  r.block_io.weight = 200;
  return r;
}

TEST(SystemdLimits, V2) {
  EXPECT_EQ(limits(usual(), Version::kV2),
            (Shown{"MemorySwapMax t 536870912", "MemoryMax t 1073741824", "MemoryLow t 536870912", "CPUWeight t 100",
                   "AllowedCPUs ay [7 2]", "AllowedMemoryNodes ay [1]", "TasksMax t 100", "IOWeight t 1200",
                   "CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t 500000"}));
}

TEST(SystemdLimits, V1) {
  EXPECT_EQ(limits(usual(), Version::kV1),
            (Shown{"MemoryMax t 1073741824", "MemoryLimit t 1073741824", "CPUShares t 1024", "AllowedCPUs ay [7 2]",
                   "AllowedMemoryNodes ay [1]", "TasksMax t 100", "BlockIOWeight t 200", "CPUQuotaPeriodUSec t 100000",
                   "CPUQuotaPerSecUSec t 500000"}));
}

TEST(SystemdLimits, UnlimitedIsInfinity) {
  oci::Resources r;
  r.memory = {.limit = -1, .swap = -1};
  r.pids_limit = -1;
  r.cpu.quota = -1;
  EXPECT_EQ(limits(r, Version::kV2), (Shown{"MemorySwapMax t 18446744073709551615", "MemoryMax t 18446744073709551615",
                                            "TasksMax t 18446744073709551615", "CPUQuotaPeriodUSec t 100000",
                                            "CPUQuotaPerSecUSec t 18446744073709551615"}));
}

TEST(SystemdLimits, ByVersion) {
  oci::Resources r;
  r.cpu.cpus = "0";
  r.cpu.period = 1000;
  r.cpu.quota = 1000;
  r.unified = {{"memory.zswap.max", "4096"}, {"cpu.idle", "1"}, {"memory.oom.group", "1"}};
  EXPECT_EQ(limits(r, Version::kV2, 241), (Shown{"CPUQuotaPerSecUSec t 1000000"}));
  EXPECT_EQ(limits(r, Version::kV2, 244),
            (Shown{"AllowedCPUs ay [1]", "CPUQuotaPeriodUSec t 1000", "CPUQuotaPerSecUSec t 1000000"}));
  EXPECT_EQ(limits(r, Version::kV2, 252), (Shown{"AllowedCPUs ay [1]", "CPUQuotaPeriodUSec t 1000",
                                                 "CPUQuotaPerSecUSec t 1000000", "CPUWeight t 0"}));
  EXPECT_EQ(limits(r, Version::kV2, 253),
            (Shown{"AllowedCPUs ay [1]", "OOMPolicy s kill", "MemoryZSwapMax t 4096", "CPUQuotaPeriodUSec t 1000",
                   "CPUQuotaPerSecUSec t 1000000", "CPUWeight t 0"}));
}

struct UnifiedCase {
  std::string file, value;
  Shown properties;
};

TEST(SystemdLimits, Unified) {
  const UnifiedCase cases[] = {
      {"memory.max", "max", {"MemoryMax t 18446744073709551615"}},
      {"memory.max", " 64M\n", {"MemoryMax t 67108864"}},
      {"memory.high", "4096", {"MemoryHigh t 4096"}},
      {"memory.low", "4096", {"MemoryLow t 4096"}},
      {"memory.min", "4096", {"MemoryMin t 4096"}},
      {"memory.swap.max", "0", {"MemorySwapMax t 0"}},
      {"cpu.weight", "77", {"CPUWeight t 77"}},
      {"cpu.idle", "0", {}},
      {"cpu.max", "max", {"CPUQuotaPerSecUSec t 18446744073709551615"}},
      {"cpu.max", "20000", {"CPUQuotaPerSecUSec t 200000"}},
      {"cpu.max", "max 50000", {"CPUQuotaPeriodUSec t 50000", "CPUQuotaPerSecUSec t 18446744073709551615"}},
      // A percent of a CPU is the least that systemd knows: rounded up.
      {"cpu.max", "33333 100000", {"CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t 340000"}},
      {"cpu.max", "300000 100000", {"CPUQuotaPeriodUSec t 100000", "CPUQuotaPerSecUSec t 3000000"}},
      {"cpuset.cpus", "8", {"AllowedCPUs ay [0 1]"}},
      {"cpuset.cpus", "", {}},
      {"pids.max", "0", {"TasksMax t 1"}},
      {"io.weight", "default 50", {"IOWeight t 50"}},
      {"io.weight", "8:0 50", {"IODeviceWeight a(st) [(/dev/block/8:0 50)]"}},
      {"io.bfq.weight", "1000", {"IOWeight t 10000"}},
      {"io.bfq.weight", "10", {"IOWeight t 10"}},
      {"io.max",
       "8:0 rbps=1024 wiops=max",
       {"IOReadBandwidthMax a(st) [(/dev/block/8:0 1024)]",
        "IOWriteIOPSMax a(st) [(/dev/block/8:0 18446744073709551615)]"}},
      {"hugetlb.2MB.max", "0", {}},
      {"memory.oom.group", "1", {}},
  };
  for (const UnifiedCase& c : cases) {
    oci::Resources r;
    r.unified = {{c.file, c.value}};
    EXPECT_EQ(limits(r, Version::kV2), c.properties) << c.file << "=" << c.value;
  }
}

TEST(SystemdLimits, UnifiedPrevails) {
  oci::Resources r;
  r.memory.limit = 4096;
  r.unified = {{"memory.max", "8192"}};
  EXPECT_EQ(limits(r, Version::kV2), (Shown{"MemoryMax t 8192"}));
}

TEST(SystemdLimits, WhatIsNoValueIsRefused) {
  for (const auto& [file, value] : std::map<std::string, std::string>{{"memory.max", "lots"},
                                                                      {"memory.low", "18446744073709551615K"},
                                                                      {"cpu.max", "1000 0"},
                                                                      {"cpu.weight", "x"},
                                                                      {"cpuset.cpus", "3-1"},
                                                                      {"io.weight", "20000"},
                                                                      {"io.max", "8:0 rbps=x"},
                                                                      {"pids.max", ""}}) {
    oci::Resources r;
    r.unified = {{file, value}};
    const Shown shown = limits(r, Version::kV2);
    ASSERT_EQ(shown.size(), 1u) << file;
    EXPECT_TRUE(shown[0].find("/linux/resources/unified/" + file) != std::string::npos) << shown[0];
  }
}

// The quota of many CPUs, and numbers that would overflow on the way.
TEST(SystemdLimits, LargeQuotas) {
  oci::Resources r;
  r.cpu.quota = INT64_MAX;
  r.cpu.period = 1000000;
  EXPECT_EQ(limits(r, Version::kV2).back(), "CPUQuotaPerSecUSec t 9223372036854780000");
  r.cpu.period = 1;
  EXPECT_EQ(limits(r, Version::kV2).back(), "CPUQuotaPerSecUSec t 18446744073709551615");
}

TEST(SystemdScope, WhatEachHas) {
  const Unit unit = {.name = "a-b.scope", .slice = "machine.slice", .of_user = false};
  EXPECT_EQ(show(scope_properties(unit, "b", Version::kV2)),
            (Shown{"Description s brig container b", "Slice s machine.slice", "Delegate b 1", "DefaultDependencies b 0",
                   "CPUAccounting b 1", "MemoryAccounting b 1", "TasksAccounting b 1", "IOAccounting b 1"}));
  EXPECT_EQ(show(scope_properties(unit, "b", Version::kV1)).back(), "BlockIOAccounting b 1");
}

Shown annotated(const oci::Annotations& annotations) {
  const Result<std::vector<Property>> properties = annotated_properties(annotations);
  return properties.ok() ? show(properties.value()) : Shown{properties.error().to_string()};
}

TEST(SystemdAnnotations, AsEnginesWriteThem) {
  EXPECT_EQ(annotated({{"org.opencontainers.image.stopSignal", "15"},
                       {"org.systemd.property.After", "['crio.service']"},
                       {"org.systemd.property.CollectMode", "'inactive-or-failed'"},
                       {"org.systemd.property.DefaultDependencies", "true"},
                       {"org.systemd.property.KillSignal", "37"},
                       {"org.systemd.property.TimeoutStopUSec", "uint64 10000000"}}),
            (Shown{"After as [crio.service]", "CollectMode s inactive-or-failed", "DefaultDependencies b 1",
                   "KillSignal i 37", "TimeoutStopUSec t 10000000"}));
}

TEST(SystemdAnnotations, SecondsBecomeMicroseconds) {
  EXPECT_EQ(annotated({{"org.systemd.property.TimeoutStopSec", "12"}}), (Shown{"TimeoutStopUSec t 12000000"}));
  EXPECT_EQ(annotated({{"org.systemd.property.TimeoutStopSec", "uint64 12"}}), (Shown{"TimeoutStopUSec t 12000000"}));
  EXPECT_EQ(annotated({{"org.systemd.property.TimeoutStopSec", "1.5"}}), (Shown{"TimeoutStopUSec t 1500000"}));
  EXPECT_EQ(annotated({{"org.systemd.property.TimeoutStopUSec", "12"}}), (Shown{"TimeoutStopUSec i 12"}));
  EXPECT_EQ(annotated({{"org.systemd.property.Sec", "12"}}), (Shown{"Sec i 12"}));
}

TEST(SystemdAnnotations, WhatIsRefused) {
  const std::map<std::string, std::string> cases = {{"ab", "1"},
                                                    {"", "1"},
                                                    {"With-dash", "1"},
                                                    {"With9", "1"},
                                                    {"Slice", "'a.slice'"},
                                                    {"PIDs", "[1]"},
                                                    {"PIDFDs", "[]"},
                                                    {"TimeoutStopSec", "-1"},
                                                    {"TimeoutStopSec", "-1"},
                                                    {"RuntimeMaxSec", "'5'"},
                                                    {"After", "['a'"},
                                                    {"Foo", "bar"},
                                                    {"WatchdogSec", "uint64 18446744073709551615"}};
  for (const auto& [name, value] : cases) {
    const Result<std::vector<Property>> read = annotated_properties({{"org.systemd.property." + name, value}});
    ASSERT_FALSE(read.ok()) << name;
    EXPECT_EQ(read.error().kind(), Error::Kind::kConfig);
    EXPECT_EQ(read.error().subject(), "/annotations/org.systemd.property." + name);
  }
}

using Rules = std::vector<oci::DeviceRule>;
oci::DeviceRule rule(bool allow, char type, std::optional<std::int64_t> major, std::optional<std::int64_t> minor,
                     const std::string& access) {
  const auto has = [&access](char c) { return access.find(c) != std::string::npos; };
  return {.allow = allow,
          .type = type,
          .major = major,
          .minor = minor,
          .read = has('r'),
          .write = has('w'),
          .mknod = has('m')};
}

TEST(SystemdDevices, AllAreAllowed) {
  EXPECT_EQ(show(device_properties({rule(true, 'a', {}, {}, "rwm")}, Version::kV2)),
            (Shown{"DevicePolicy s auto", "DeviceAllow a(ss) []"}));
}

TEST(SystemdDevices, AListIsStrict) {
  const Rules rules = {rule(false, 'a', {}, {}, "rwm"), rule(true, 'c', 1, 3, "rwm"), rule(true, 'c', 136, {}, "rw"),
                       rule(true, 'c', {}, {}, "m"), rule(true, 'b', {}, {}, "m")};
  const Shown wanted = {"DevicePolicy s strict", "DeviceAllow a(ss) []",
                        "DeviceAllow a(ss) [(char-* m) (char-136 rwm) (/dev/char/1:3 rwm) (block-* m)]"};
  EXPECT_EQ(show(device_properties(rules, Version::kV1)), wanted);
  EXPECT_EQ(show(device_properties(rules, Version::kV2)), wanted);
}

TEST(SystemdDevices, WhatSystemdCantSay) {
  const Rules rules = {rule(false, 'a', {}, {}, "rwm"), rule(true, 'c', {}, 5, "r"), rule(true, 'b', 8, {}, "rw"),
                       rule(false, 'b', 8, 1, "w")};
  // More than that on v2, where our own program is asked as well; less on v1, where nothing else is.
  EXPECT_EQ(show(device_properties(rules, Version::kV2)).back(), "DeviceAllow a(ss) [(char-* r) (block-8 rw)]");
  EXPECT_EQ(show(device_properties(rules, Version::kV1)).back(), "DeviceAllow a(ss) []");
}

}  // namespace
}  // namespace brig::cgroups
