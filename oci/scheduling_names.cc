#include "oci/scheduling_names.h"

#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <sys/personality.h>

#include <span>

namespace brig::oci {
namespace {

template <typename Number>
struct Named {
  std::string_view name;
  Number number;
};

constexpr Named<std::uint32_t> kPolicies[] = {
    {"SCHED_OTHER", SCHED_NORMAL},      {"SCHED_FIFO", SCHED_FIFO}, {"SCHED_RR", SCHED_RR},
    {"SCHED_BATCH", SCHED_BATCH},       {"SCHED_ISO", kSchedIso},   {"SCHED_IDLE", SCHED_IDLE},
    {"SCHED_DEADLINE", SCHED_DEADLINE},
};

constexpr Named<std::uint64_t> kSchedulerFlags[] = {
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},   {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},         {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},       {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
};

// linux/ioprio.h, which is no C++.
constexpr Named<int> kIoClasses[] = {{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}};

constexpr int kWeightedInterleave = 6;  // Linux 6.9; older headers don't have it
constexpr Named<int> kMemoryModes[] = {
    {"MPOL_DEFAULT", MPOL_DEFAULT},       {"MPOL_BIND", MPOL_BIND},
    {"MPOL_INTERLEAVE", MPOL_INTERLEAVE}, {"MPOL_WEIGHTED_INTERLEAVE", kWeightedInterleave},
    {"MPOL_PREFERRED", MPOL_PREFERRED},   {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
    {"MPOL_LOCAL", MPOL_LOCAL},
};

constexpr Named<int> kMemoryFlags[] = {
    {"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
    {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
    {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
};

constexpr Named<unsigned long> kDomains[] = {{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}};

template <typename Number, std::size_t n>
std::optional<Number> number_of(const Named<Number> (&table)[n], std::string_view name) {
  for (const Named<Number>& entry : table)
    if (entry.name == name) return entry.number;
  return std::nullopt;
}

template <typename Number, std::size_t n>
std::string_view name_of(const Named<Number> (&table)[n], Number number) {
  for (const Named<Number>& entry : table)
    if (entry.number == number) return entry.name;
  return "";
}

template <typename Number, std::size_t n>
std::vector<std::string_view> names_of(const Named<Number> (&table)[n]) {
  std::vector<std::string_view> names;
  for (const Named<Number>& entry : table) names.push_back(entry.name);
  return names;
}

}  // namespace

std::optional<std::uint32_t> scheduler_policy(std::string_view name) { return number_of(kPolicies, name); }
std::string_view scheduler_policy_name(std::uint32_t policy) { return name_of(kPolicies, policy); }
std::optional<std::uint64_t> scheduler_flag(std::string_view name) { return number_of(kSchedulerFlags, name); }
std::optional<int> io_priority_class(std::string_view name) { return number_of(kIoClasses, name); }
std::optional<int> memory_policy_mode(std::string_view name) { return number_of(kMemoryModes, name); }
std::string_view memory_policy_mode_name(int mode) { return name_of(kMemoryModes, mode); }
std::optional<int> memory_policy_flag(std::string_view name) { return number_of(kMemoryFlags, name); }
std::vector<std::string_view> memory_policy_modes() { return names_of(kMemoryModes); }
std::vector<std::string_view> memory_policy_flags() { return names_of(kMemoryFlags); }
std::optional<unsigned long> personality_domain(std::string_view name) { return number_of(kDomains, name); }

}  // namespace brig::oci
