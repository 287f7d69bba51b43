// The way of a process into the cgroup of a container that runs. For exec.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// Which cgroup of a container's is meant, one a hierarchy, by what a user says: "PATH" below the container's own, for
// every hierarchy, or (v1) "CONTROLLER[,CONTROLLER…]:PATH" for some; "" or "/" is the container's own. kUsage for what
// can't be meant: "..", a controller that no hierarchy has, PATH for all beside others. The result has an entry for
// each hierarchy of `location`: clean and absolute ("/" or "/a/b"). Pure.
Result<std::vector<std::string>> sub_cgroups(const Location& location, const std::vector<std::string>& wanted);

// The directories that a process is to join, opened: whatever path leads there is the payload's to change.
class Entry {
 public:
  // Opens the cgroup that sub_cgroups() found in each hierarchy, following no links. kSystem with ENOENT if one is not
  // there. The cgroup2 directory beside v1, which has no controllers, may lack the sub-cgroup: then it is the
  // container's own.
  static Result<Entry> open(const Location& location, const std::vector<std::string>& wanted);

  // The same where the container's own cgroup is gone, as its first process, `init`, has moved itself out of it
  // (without a cgroup namespace it may): the one that `init` is in. For cgroup v2 alone.
  static Result<Entry> open_cgroup_of(pid_t init, const Location& location, const ProcDir& proc);

  // The cgroup2 directory for CLONE_INTO_CGROUP; nullopt if there is none.
  std::optional<FdRef> clone_target() const;
  // After the clone failed: whether another try in the cgroup2 directory of the container's first process, `init`, may
  // do. So it is for EBUSY: what runs in the container has made cgroups of its own and given them controllers, so that
  // no process may be in the top one (cgroup-v2, "No Internal Process Constraint"). Not if a sub-cgroup was asked for
  // by name. clone_target() is the new one then.
  Result<bool> try_cgroup_of(pid_t init, const Error& why, const ProcDir& proc);
  // After the clone failed: whether the user's systemd may move the process, who cloned it may not, because they are in
  // different parts of the tree that belong to the user (cgroup-v2, "Delegation Containment"): so it is for EACCES and
  // the scope of a user's. There is no clone_target() then, and add() asks systemd.
  bool leave_to_systemd(const Error& why);
  // An error of cloning into clone_target(), with what it says about the cgroup.
  Error explain_clone(Error error) const;
  // Moves `pid` into every hierarchy that clone_target() does not cover (v1, and as leave_to_systemd() says). The first
  // write waits for a grace period of RCU, 6 to 14 ms, the others share it.
  Result<void> add(pid_t pid) const;
  // Whether add() has anything to do.
  bool attaches() const;

 private:
  struct Place {
    Hierarchy hierarchy;
    UniqueFd directory;
  };
  std::vector<Place> places_;
  std::optional<Unit> unit_;
  std::string below_unit_;  // "" or "/a/b"
  bool chosen_ = false;     // by name
  bool by_systemd_ = false;
};

}  // namespace brig::cgroups
