// What a cgroup's memory controller tells.
#include <optional>
#include <string>

#include "base/text.h"
#include "cgroups/manager.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

Result<void> above_usage(std::int64_t limit, std::int64_t usage, std::string_view property) {
  if (limit <= 0 || limit > usage) return {};
  return Error::config(text::cat("/linux/resources/memory/", property),
                       text::cat(limit, " is not more than the ", usage, " bytes in use (checkBeforeUpdate)"));
}

Result<std::int64_t> current_usage(const Hierarchy& hierarchy) {
  const UniqueFd directory = TRY(open_cgroup(hierarchy));
  if (!directory) return 0;
  const std::string usage = TRY(read_file(directory, "memory.current"));
  return text::parse_int<std::int64_t>(usage).value_or(0);
}

Result<std::string> count_of_kills(const Location& location) {
  const Hierarchy* hierarchy = location.v2_only() ? location.unified() : location.with("memory");
  if (hierarchy == nullptr) return std::string();
  const UniqueFd directory = TRY(open_cgroup(*hierarchy));
  if (!directory) return std::string();
  return read_key(directory, hierarchy->unified ? "memory.events" : "memory.oom_control", "oom_kill");
}

}  // namespace

Result<void> check_memory_usage(const Location& location, const oci::MemoryResources& memory) {
  if (!memory.check_before_update || !location.v2_only()) return {};
  const Result<std::int64_t> read = current_usage(*location.unified());
  if (!read.ok()) return {};
  TRY(above_usage(memory.swap.value_or(0), read.value(), "swap"));
  return above_usage(memory.limit.value_or(0), read.value(), "limit");
}

bool ran_out_of_memory(const Location& location) {
  const Result<std::string> count = count_of_kills(location);
  return count.ok() && text::parse_int<std::uint64_t>(count.value()).value_or(0) > 0;
}

}  // namespace brig::cgroups
