#include "cgroups/apply.h"

#include <utility>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// Without swap in the kernel there is no such file, and no swap to be limited.
bool swap_limit_without_swap(const Setting& setting, const Error& error) {
  const bool swap = setting.file == "memory.swap.max" || setting.file == "memory.memsw.limit_in_bytes";
  return swap && error.code() == ENOENT &&
         (is_default(setting) || !sys::faccessat(FdRef::cwd(), "/proc/swaps", F_OK, 0).ok());
}

// EOPNOTSUPP is how Linux 5.16 and later answer for memory.kmem.limit_in_bytes.
bool can_be_left_out(const Setting& setting, const Error& error) {
  return setting.optional && (error.code() == ENOENT || error.code() == EOPNOTSUPP);
}

// cgroup v1, whose limits of memory and of huge pages can't be set below what is used.
std::string usage_hint(FdRef directory, const Setting& setting) {
  std::string file = setting.file;
  const std::size_t at = file.rfind("limit_in_bytes");
  if (at != std::string::npos) file.replace(at, std::string::npos, "usage_in_bytes");
  const Result<std::string> usage = read_file(directory, file);
  return text::cat("the cgroup uses more than that already", usage.ok() ? ": " : "", usage.ok() ? usage.value() : "");
}

Error explain(FdRef directory, const Setting& setting, Error error) {
  error.add_frame("set", setting.pointer);
  if (error.code() == EBUSY && (setting.controller == "memory" || setting.controller == "hugetlb"))
    return std::move(error).with_hint(usage_hint(directory, setting));
  if (error.code() == ENOENT) return std::move(error).with_hint("this kernel has no such setting");
  if (setting.controller == "cpuset" && error.code() != EBUSY)  // ERANGE, EINVAL, EACCES (cgroup-v1/cpusets)
    return std::move(error).with_hint("the machine or a cgroup above may not have all of these");
  const bool bandwidth = setting.pointer.ends_with("/quota") || setting.pointer.ends_with("/period");
  if (bandwidth && error.code() == EINVAL)  // sched-bwc
    return std::move(error).with_hint(
        "in microseconds, a period is 1000 to 1000000, a quota 1000 or more, and both within the cgroup above");
  return error;
}

}  // namespace

Controllers controllers_of(const std::vector<Setting>& settings) {
  Controllers found;
  for (const Setting& setting : settings) {
    // The files of "cgroup" are in every cgroup of v2.
    if (is_default(setting) || setting.controller == "cgroup") continue;
    std::vector<std::string>& list = setting.optional ? found.if_offered : found.needed;
    if (!text::contains(list, setting.controller)) list.push_back(setting.controller);
  }
  return found;
}

Result<void> check_hierarchies(const Location& location, const std::vector<std::string>& needed) {
  for (const std::string& controller : needed)
    if (location.with(controller) == nullptr)
      return Error::make(Error::Kind::kUnsupported,
                         text::cat("controller ", controller, " is not mounted writable in any cgroup v1 hierarchy"));
  return {};
}

void note_left_out(const Setting& setting) {
  log::warn(text::cat("config.json: ", setting.pointer, ": ignored, this machine has no ", setting.file));
}

Result<void> write_setting(FdRef directory, const Setting& setting) {
  Result<void> written = write_file(directory, setting.file, setting.value);
  if (!written.ok() && written.error().code() == ENOENT && !setting.other_file.empty())
    written = write_file(directory, setting.other_file, setting.other_value);
  if (written.ok() || swap_limit_without_swap(setting, written.error())) return {};
  if (!can_be_left_out(setting, written.error())) return explain(directory, setting, std::move(written).error());
  note_left_out(setting);
  return {};
}

}  // namespace brig::cgroups
