// What config.json says about where and how the process runs: scheduler, ioPriority, execCPUAffinity (config.md),
// memoryPolicy and personality (config-linux.md). Rules between their parts: scheduling_rules.h.
#include <cstdint>

#include "base/log.h"
#include "oci/index_list.h"
#include "oci/read_parts.h"
#include "oci/scheduling_names.h"

namespace brig::oci {
namespace {

template <auto kLookUp>
Result<typename decltype(kLookUp(""))::value_type> read_name(const Node& node) {
  const std::string name = TRY(read_string(node));
  const auto number = kLookUp(name);
  if (!number) return node.error(text::cat("unknown value ", text::json_quote(name)));
  return *number;
}

// Names of bits; the same one twice is no harm.
template <auto kLookUp>
Result<typename decltype(kLookUp(""))::value_type> read_flags(const Node& node) {
  typename decltype(kLookUp(""))::value_type flags = 0;
  for (const auto flag : TRY(read_array<&read_name<kLookUp>>(node))) flags |= flag;
  return flags;
}

// ---- config.md#linux-process

Result<std::uint32_t> read_policy(const Node& node) {
  const std::uint32_t policy = TRY(read_name<scheduler_policy>(node));
  if (policy == kSchedIso) return node.error("SCHED_ISO is not implemented by Linux");
  return policy;
}

// Signed in the specification, and never negative in the kernel.
Result<std::uint32_t> read_priority(const Node& node) { return read_number<std::uint32_t, 0, 99>(node); }

constexpr Field<Scheduler> kSchedulerFields[] = {
    field<&Scheduler::policy, read_policy>("policy", Presence::kRequired),
    field<&Scheduler::nice, read_number<std::int32_t, -20, 19>>("nice"),
    field<&Scheduler::priority, read_priority>("priority"),
    field<&Scheduler::flags, read_flags<scheduler_flag>>("flags"),
    field<&Scheduler::runtime, read_number<std::uint64_t>>("runtime"),
    field<&Scheduler::deadline, read_number<std::uint64_t>>("deadline"),
    field<&Scheduler::period, read_number<std::uint64_t>>("period"),
};

constexpr Field<IoPriority> kIoPriorityFields[] = {
    field<&IoPriority::io_class, read_name<io_priority_class>>("class", Presence::kRequired),
    field<&IoPriority::priority, read_number<int, 0, 7>>("priority", Presence::kRequired),
};

// "" is what says nothing.
Result<std::string> read_index_list(const Node& node) {
  std::string list = TRY(read_string(node));
  const std::optional<IndexMask> mask = parse_index_list(list);
  if (!mask || (mask->empty() && !list.empty()))
    return node.error(text::cat(text::json_quote(list), " is no list of numbers and ranges below ", kMostIndexes,
                                ", such as \"0-3,7\""));
  return list;
}

constexpr Field<ExecCpuAffinity> kExecCpuAffinityFields[] = {
    field<&ExecCpuAffinity::initial, read_index_list>("initial"),
    field<&ExecCpuAffinity::final, read_index_list>("final"),
};

// ---- config-linux.md#memory-policy

constexpr Field<MemoryPolicy> kMemoryPolicyFields[] = {
    field<&MemoryPolicy::mode, read_name<memory_policy_mode>>("mode", Presence::kRequired),
    field<&MemoryPolicy::flags, read_flags<memory_policy_flag>>("flags"),
    field<&MemoryPolicy::nodes, read_index_list>("nodes"),
};

// ---- config-linux.md#personality

struct Personality {
  unsigned long domain = 0;
};

// "Currently no flag values are supported."
Result<void> ignore_flags(const Node& node, Personality&) {
  for (const std::string& flag : TRY(read_strings(node)))
    log::warn(text::cat("config.json: ", node.pointer(), ": ignored unknown flag ", text::json_quote(flag)));
  return {};
}

constexpr Field<Personality> kPersonalityFields[] = {
    field<&Personality::domain, read_name<personality_domain>>("domain", Presence::kRequired),
    {"flags", ignore_flags},
};

}  // namespace

Result<Scheduler> read_scheduler(const Node& node) {
  Scheduler scheduler;
  TRY(read_object(node, kSchedulerFields, scheduler));
  return scheduler;
}

Result<IoPriority> read_io_priority(const Node& node) {
  IoPriority priority;
  TRY(read_object(node, kIoPriorityFields, priority));
  return priority;
}

Result<ExecCpuAffinity> read_exec_cpu_affinity(const Node& node) {
  ExecCpuAffinity affinity;
  TRY(read_object(node, kExecCpuAffinityFields, affinity));
  return affinity;
}

Result<MemoryPolicy> read_memory_policy(const Node& node) {
  MemoryPolicy policy;
  TRY(read_object(node, kMemoryPolicyFields, policy));
  return policy;
}

Result<unsigned long> read_personality(const Node& node) {
  Personality personality;
  TRY(read_object(node, kPersonalityFields, personality));
  return personality.domain;
}

}  // namespace brig::oci
