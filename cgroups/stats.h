// What a container's cgroup has used: the kernel's counters, on cgroup v1, hybrid and v2 in one form, which is v1's as
// far as v2 can tell it. What a machine has no controller for is zero or empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Pressure stall information (Documentation/accounting/psi.rst): the share of time in which some or all processes that
// wanted to run waited for a resource.
struct Pressure {
  struct Share {
    // Of the last 10, 60 and 300 seconds, in hundredths of a percent.
    std::uint32_t avg10 = 0, avg60 = 0, avg300 = 0;
    std::uint64_t total_us = 0;
    bool operator==(const Share&) const = default;
  };
  Share some, full;
  bool operator==(const Pressure&) const = default;
};

struct CpuStats {
  std::uint64_t total_ns = 0, kernel_ns = 0, user_ns = 0;
  std::vector<std::uint64_t> per_cpu_ns, per_cpu_kernel_ns, per_cpu_user_ns;  // v1
  std::uint64_t periods = 0, throttled_periods = 0, throttled_ns = 0;
  std::optional<Pressure> pressure;  // cgroup2, of a hybrid machine too
};

// v1 only.
struct CpusetStats {
  std::vector<std::uint16_t> cpus, mems;
  std::uint64_t cpu_exclusive = 0, mem_hardwall = 0, mem_exclusive = 0, memory_migrate = 0, memory_spread_page = 0,
                memory_spread_slab = 0, memory_pressure = 0, sched_load_balance = 0;
  std::int64_t sched_relax_domain_level = 0;
};

// Bytes; UINT64_MAX is no limit on v2 (v1 shows its own largest number).
struct MemoryUse {
  std::uint64_t limit = 0, usage = 0, max = 0, failures = 0;
  bool operator==(const MemoryUse&) const = default;
};

struct MemoryStats {
  std::uint64_t cache = 0;
  MemoryUse usage;
  MemoryUse swap;  // memory and swap together
  MemoryUse kernel, kernel_tcp;
  std::vector<std::pair<std::string, std::uint64_t>> raw;  // memory.stat
  std::optional<Pressure> pressure;
};

struct PidsStats {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;  // 0: none
};

struct BlockIoEntry {
  std::uint64_t major = 0, minor = 0;
  std::string operation;  // "Read", "Write", "Total" …; may be empty
  std::uint64_t value = 0;
  bool operator==(const BlockIoEntry&) const = default;
};

struct BlockIoStats {
  std::vector<BlockIoEntry> bytes, operations;                                       // served
  std::vector<BlockIoEntry> queued, service_time, wait_time, merged, time, sectors;  // v1, by some schedulers
  std::optional<Pressure> pressure;
};

struct HugepageStats {
  std::string size;  // "2MB"
  std::uint64_t usage = 0, max = 0, failures = 0;
  bool operator==(const HugepageStats&) const = default;
};

struct Stats {
  CpuStats cpu;
  CpusetStats cpuset;
  MemoryStats memory;
  PidsStats pids;
  BlockIoStats block_io;
  std::vector<HugepageStats> hugepages;  // in the order of their names
};

// Reads all of it. kUnsupported if there is no cgroup at all. A cgroup that is gone has used nothing.
Result<Stats> read_stats(const Location& location);

}  // namespace brig::cgroups
