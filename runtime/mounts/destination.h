// Runs in: both.
//
// What a destination may be, judged by its text alone. What its links lead to is judged when it is opened (target.h).
#pragma once

#include <string_view>

namespace brig::mounts {

// Where a destination lies with regard to /proc. Whoever can mount there can have the writes of process attributes and
// labels land elsewhere (CVE-2019-16884, CVE-2023-28642, CVE-2025-52881).
enum class ProcPlace {
  kOutside,
  kRoot,       // "/proc": a procfs only
  kEmulated,   // a file that lxcfs and the like show for this container: "/proc/meminfo" …
  kForbidden,  // anything else below /proc
};
// `destination` is absolute and lexically clean.
ProcPlace proc_place(std::string_view destination);

// Whether a mount of this type at this destination needs an ordinary directory, where other destinations may be links:
// procfs and sysfs, and whatever goes to /proc and /sys (CVE-2019-19921, CVE-2023-27561).
bool needs_ordinary_directory(std::string_view type, std::string_view destination);

// Whether "ro" waits until everything has been mounted and made: mount points are made in a tmpfs, devices in /dev.
bool readonly_waits(std::string_view type, std::string_view destination);

}  // namespace brig::mounts
