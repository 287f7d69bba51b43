// Runs in: both.
#include "runtime/mounts/destination.h"

#include <algorithm>
#include <array>

namespace brig::mounts {

ProcPlace proc_place(std::string_view destination) {
  constexpr std::string_view kProc = "/proc";
  // The list is runc's: lxcfs's files, and two that tools emulate for checkpoints and FIPS mode.
  constexpr std::array<std::string_view, 10> kEmulated = {"/proc/cpuinfo",
                                                          "/proc/diskstats",
                                                          "/proc/loadavg",
                                                          "/proc/meminfo",
                                                          "/proc/slabinfo",
                                                          "/proc/stat",
                                                          "/proc/swaps",
                                                          "/proc/uptime",
                                                          "/proc/sys/kernel/ns_last_pid",
                                                          "/proc/sys/crypto/fips_enabled"};
  if (!destination.starts_with(kProc)) return ProcPlace::kOutside;
  if (destination.size() == kProc.size()) return ProcPlace::kRoot;
  if (destination[kProc.size()] != '/') return ProcPlace::kOutside;
  return std::find(kEmulated.begin(), kEmulated.end(), destination) != kEmulated.end() ? ProcPlace::kEmulated
                                                                                       : ProcPlace::kForbidden;
}

bool needs_ordinary_directory(std::string_view type, std::string_view destination) {
  return type == "proc" || type == "sysfs" || destination == "/proc" || destination == "/sys";
}

bool readonly_waits(std::string_view type, std::string_view destination) {
  return type == "tmpfs" || destination == "/dev";
}

}  // namespace brig::mounts
