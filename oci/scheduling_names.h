// Names of config.md#linux-process and config-linux.md about where and how a process runs <-> the kernel's numbers.
// Tables, pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace brig::oci {

// "SCHED_FIFO" -> SCHED_FIFO, every name of the specification, and back ("" for another number). SCHED_ISO has a number
// (4) and no meaning: Linux reserves it.
std::optional<std::uint32_t> scheduler_policy(std::string_view name);
std::string_view scheduler_policy_name(std::uint32_t policy);
inline constexpr std::uint32_t kSchedIso = 4;

// "SCHED_FLAG_RECLAIM" -> its bit.
std::optional<std::uint64_t> scheduler_flag(std::string_view name);

// "IOPRIO_CLASS_BE" -> IOPRIO_CLASS_BE.
std::optional<int> io_priority_class(std::string_view name);

// "MPOL_BIND" -> MPOL_BIND, and back; "MPOL_F_STATIC_NODES" -> its bit. All names, for `features`.
std::optional<int> memory_policy_mode(std::string_view name);
std::string_view memory_policy_mode_name(int mode);
std::optional<int> memory_policy_flag(std::string_view name);
std::vector<std::string_view> memory_policy_modes();
std::vector<std::string_view> memory_policy_flags();

// "LINUX32" -> PER_LINUX32.
std::optional<unsigned long> personality_domain(std::string_view name);

}  // namespace brig::oci
