// Where cgroups are mounted and where the runtime itself is, from the kernel's texts. For cgroups/ itself; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// A mount of a cgroup file system that is visible and writable.
struct CgroupMount {
  bool unified = false;
  std::string root;                  // which cgroup it shows as its root: "/" unless bound or namespaced
  std::string point;                 // where it is mounted
  std::vector<std::string> options;  // of the file system: controllers and "name=…" of a v1 hierarchy
};

// From /proc/PID/mountinfo (proc_pid_mountinfo(5)): those that are not read-only and not hidden by a later mount; first
// those at the usual place, and of these first those that show a whole hierarchy. If /sys/fs/cgroup itself is cgroup2,
// that is the only one, whatever else is mounted elsewhere.
std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo);

// Where relative paths begin if there is nothing but cgroup v2; with v1 hierarchies always below the own cgroup.
enum class Relative { kBesideOwn, kBelowOwn };

// `own` is /proc/PID/cgroup (cgroups(7)); `cgroups_path` is linux.cgroupsPath. Errors as locate().
Result<Location> place(const std::vector<CgroupMount>& mounts, std::string_view own, std::string_view cgroups_path,
                       std::string_view id, Relative relative);

}  // namespace brig::cgroups
