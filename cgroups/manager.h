// A container's cgroup: found, made, limited, joined, killed, removed; on cgroup v1, hybrid and v2, by directories (the
// cgroupfs driver) or by systemd, in whose scope the directories are. Runs in the runtime's process; a container's init
// does not manage its own cgroup.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"

namespace brig::cgroups {

struct Setting;
struct Scope;

enum class Manager { kCgroupfs, kSystemd, kDisabled };

// One directory of a container's cgroup. Plain data: kept in the container's state, and all that later commands need.
struct Hierarchy {
  std::vector<std::string> controllers;  // v1: "cpu", "cpuacct" …, or "name=systemd"; v2: empty
  bool unified = false;                  // a cgroup2 directory
  std::string mount;                     // where the hierarchy is mounted: "/sys/fs/cgroup/memory"
  std::string path;                      // below it, absolute: "/docker/abc"
  std::string directory() const { return mount + path; }
  bool operator==(const Hierarchy&) const = default;
};

// The systemd unit that a container's cgroup belongs to: a transient scope.
struct Unit {
  std::string name;      // "docker-abc.scope"
  std::string slice;     // that it is in: "system.slice"
  bool of_user = false;  // of the user's own systemd, not the machine's
  bool operator==(const Unit&) const = default;
};

// Where a container's cgroup is (or will be). Empty if cgroups are disabled.
struct Location {
  std::optional<Unit> unit;  // nullopt: we make the cgroup ourselves
  std::vector<Hierarchy> hierarchies;
  bool by_default = false;           // nobody asked for this place: create() may do without it. Not kept in the state
  const Hierarchy* unified() const;  // nullptr: no cgroup2 here
  const Hierarchy* with(std::string_view controller) const;  // v1 hierarchy with this controller, or nullptr
  bool v2_only() const;
};

// Finds the machine's hierarchies (from /proc/self/mountinfo; read-only ones are left out) and where this container
// goes in each. kUnsupported if no hierarchy is mounted writable, or if the own cgroup can't be seen through any mount.
// Touches nothing.
//
// kCgroupfs: `cgroups_path` is linux.cgroupsPath: absolute ones are taken below the hierarchy's mount, relative ones
// and "" (which becomes `id`) below the runtime's own cgroup in that hierarchy; on a pure cgroup v2 machine beside it,
// where its parent may be written to: the own one has a process, the runtime, and so can't give controllers to cgroups
// below it. Names that can't be a cgroup's are refused (kConfig, cgroup_path.h), as is the slice:prefix:name form,
// which only systemd can serve (kUnsupported). Without cgroups_path, a user without privilege who can be given no place
// goes without: an empty location, `by_default`.
//
// kSystemd: the slice:prefix:name form, or "" for a scope named after `id` (systemd_unit.h); asks systemd where its
// cgroups are, the machine's for root, otherwise the user's, which must be on cgroup v2. kUnsupported without systemd.
Result<Location> locate(Manager manager, std::string_view cgroups_path, std::string_view id);

// A cgroup that create() made. Removed by its destructor (processes in it are killed) unless kept.
class Draft {
 public:
  Draft();
  Draft(Draft&&) noexcept;
  Draft& operator=(Draft&&) = delete;
  ~Draft();
  // Of create_scope(): has systemd start the scope with `pid` in it, which is how a scope is started, then limits it as
  // create() does. Must be done before add(), apply_devices() and delegate(). kState if a unit of this name runs
  // already; kUnsafe if the process is not where it should be then; other errors as those of systemd.h. Nothing if
  // there is no scope to start.
  Result<void> start_scope(pid_t pid);
  // The cgroup2 directory for CLONE_INTO_CGROUP; nullopt if there is none (yet).
  std::optional<FdRef> clone_target() const;
  // An error of cloning into clone_target(), with what it says about the cgroup: that it has controllers enabled for
  // cgroups below it, that it is within a threaded one, that a limit of processes is reached, that the cgroup above
  // source and destination is not the user's (clone(2) CLONE_INTO_CGROUP). add() tells by itself.
  Error explain_clone(Error error) const;
  // Moves `pid` into every hierarchy that clone_target() does not cover (v1: one write of cgroup.procs each). For a
  // process that was not cloned into the cgroup2 directory, `cloned_into` is false and that one is joined as well.
  Result<void> add(pid_t pid, bool cloned_into) const;
  // cgroup2: loads and attaches the device program. Apart from create() so that it can run beside init's set-up; it
  // must be done before the payload runs. v1 has done it in create(). Does nothing if there is no cgroup at all.
  Result<void> apply_devices(const oci::Resources& resources) const;
  // cgroup2: gives the container's directory, and in it the files that the kernel lets a delegate have, to `owner`, a
  // user of the host: those that /sys/kernel/cgroup/delegate lists, or cgroup.procs, cgroup.subtree_control and
  // cgroup.threads before Linux 4.15; what does not exist is passed over. Nothing where cgroup v1 is in use. For a user
  // without CAP_CHOWN over `owner` it is a warning. (config-linux.md#cgroup-ownership, cgroups(7).)
  Result<void> delegate(uid_t owner) const;
  // Where the cgroup is: what was asked for without what a user may do without; empty before start_scope().
  Location location() const;
  // Becomes true if the destructor can't remove all of it. Outlives the draft.
  void tell_what_stays(bool* left) { left_ = left; }
  // Whether a directory was there already.
  bool took_over() const;
  // For a cgroup that turns out to be somebody else's: what was there stays, and nobody in it is killed.
  void give_back();
  void keep() { keep_ = true; }

 private:
  friend Result<Draft> create(const Location& location, const oci::Resources& resources, bool* left);
  friend Result<Draft> create_scope(const Location& location, const oci::Config& config, std::string_view id);
  struct Made {
    Hierarchy hierarchy;
    UniqueFd directory;
    bool fresh = false;  // made by us, so every file has the kernel's default
  };
  Result<void> make(const Hierarchy& hierarchy);
  Result<Made> make_leaf(FdRef mount, const Hierarchy& hierarchy);
  Result<void> make_parents(FdRef mount, const Hierarchy& hierarchy);
  Result<void> limit(const std::vector<Setting>& settings, const oci::Resources& resources, bool v2_only) const;
  Result<void> write_limits(const std::vector<Setting>& settings, bool v2_only) const;
  Result<void> adopt(const Hierarchy& hierarchy);

  std::unique_ptr<Scope> scope_;  // with systemd only
  std::vector<Made> made_;
  std::vector<std::string> parents_;  // directories above that had to be made, outermost first
  bool* left_ = nullptr;
  bool ours_ = false;  // who is in it may be killed
  bool keep_ = false;
};

// Makes the directories (parents too) and writes the limits, before there is a process to escape them. v2: enables the
// controllers along the path, all that the top offers. Fails if the leaf exists and has processes in it, or if it or
// one above it is frozen (kState), if a limit is given whose controller is not available (kUnsupported, naming
// controller and ancestor), if a value is refused. A mere directory that exists and is empty is taken over. Limits that
// equal the kernel's default are not written to a new directory. With cgroups disabled (an empty location) there is
// nothing to limit: the limits are ignored. `location.by_default`: where a user without privilege may not make a
// directory, the container goes without it, with a warning, unless a limit needs it (kUnsupported). `left` as for
// Draft::tell_what_stays, also of what a failure of this function leaves.
Result<Draft> create(const Location& location, const oci::Resources& resources, bool* left = nullptr);
// With systemd (`location.unit`): reads what its scope is to have, from linux.resources and from the annotations
// org.systemd.property.NAME (systemd_properties.h), and makes nothing: the scope begins with the container's process,
// Draft::start_scope. kConfig for annotations that can't be read; as create() for limits.
Result<Draft> create_scope(const Location& location, const oci::Config& config, std::string_view id);

// What later updates must know of the limits that were asked for, because the kernel can't tell. Kept in the
// container's state.
struct Asked {
  // cgroup v2 limits swap apart from memory, so this is lost: when memory alone is changed, the sum of both stays.
  std::optional<std::int64_t> memory_and_swap;
  bool operator==(const Asked&) const = default;
};
Asked asked_of(const oci::Resources& resources);

// New limits for a container that is there. What is absent from `resources`, empty, or zero where the kernel has no use
// for zero, is left alone; an empty list of devices too, any other takes the place of the whole list.
class Update {
 public:
  // Touches nothing. Rules between limits hold for what comes out: a new burst must be within the quota that is set,
  // new swap not below the memory that is. `asked` is what create or the update before was asked for.
  //
  // kUnsupported if there is no cgroup (they are disabled); kConfig, naming the property, for values that don't go
  // together, or with memory.checkBeforeUpdate are not above what is used.
  static Result<Update> plan(const Location& location, const oci::Resources& resources, const Asked& asked);
  Update(Update&&) noexcept;
  Update& operator=(Update&&) = delete;
  ~Update();
  // What was asked for, once this is applied.
  const Asked& asked() const;
  // All of it, in an order that the kernel takes; with systemd, it is told first. On failure everything is set back
  // that was changed: what can't be is in the error, which names property, value and file. kUnsupported if a controller
  // can't be had, naming it, the ancestor and why. To be called once.
  Result<void> apply();
  // After apply() has failed: whether the device rules are still those from before.
  bool devices_as_before() const;

 private:
  struct Plan;
  explicit Update(std::unique_ptr<Plan> plan);
  std::unique_ptr<Plan> plan_;
};

// memory.checkBeforeUpdate (config-linux.md#memory): kConfig, naming the property, if a limit of `memory` is not above
// what the cgroup uses now, in which case cgroup v2 would kill processes; v1 refuses such limits by itself. Does
// nothing unless asked for, or if the usage can't be read.
Result<void> check_memory_usage(const Location& location, const oci::MemoryResources& memory);
// Whether the kernel has killed a process of the cgroup because its memory limit was reached. false if it can't be
// told.
bool ran_out_of_memory(const Location& location);

// All pids in the cgroup and its sub-cgroups, each once, ascending. Missing directories have none.
Result<std::vector<pid_t>> processes(const Location& location);
// Whether the cgroup is frozen (v2 cgroup.freeze, v1 freezer.state): the status "paused".
Result<bool> frozen(const Location& location);
// Freezes every process of the cgroup and below, new ones too, and returns when all stand still: by v1's freezer if
// there is one, otherwise by cgroup.freeze (Linux 5.2). kState after `timeout_ms`, naming the processes that did not
// freeze; the cgroup is thawed then. kUnsupported without a freezer; kUnsafe, touching nothing, if this very process is
// in the cgroup.
Result<void> freeze(const Location& location, int timeout_ms);
// Thaws it in every hierarchy in which it is frozen; nothing if it is not. kState if a cgroup above it keeps it frozen.
Result<void> thaw(const Location& location);
// After a SIGKILL to processes of the cgroup: v1 delivers none to frozen ones, so the cgroup is thawed there, and so
// are those below that the payload froze itself. v2 needs nothing. kState if a cgroup above it keeps it frozen.
Result<void> let_killed_die(const Location& location);
// SIGKILL (or another signal) to every process in the cgroup and below, new ones included: cgroup.kill (Linux 5.14) for
// SIGKILL where the unified tree holds it, otherwise frozen, signalled and thawed, thawing on every way out (a cgroup
// that was frozen before stays so, except for SIGKILL, which v1 delivers only to thawed processes: there the cgroups
// that the payload made and froze are thawed too). kState if a cgroup above is frozen in v1.
Result<void> kill_all(const Location& location, int signal);
// Removes the directories with the sub-cgroups the payload made; those already gone are fine. Waits for a populated
// cgroup to empty by poll (cgroup.events) or short retries (v1), at most `timeout_ms`; what still can't be removed is
// an error naming the directory and the processes in it; the other hierarchies are removed all the same. Never touches
// parents. With systemd, the unit is stopped, and
// cleared away if it failed; where systemd itself is gone, that is a warning.
Result<void> remove(const Location& location, int timeout_ms);

}  // namespace brig::cgroups
