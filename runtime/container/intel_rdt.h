// Runs in: runtime.
//
// linux.intelRdt: the container's class of service (a directory of resctrl, with the shares of caches and memory
// bandwidth that its processes have) and its monitoring group. Spec: config-linux.md#intelrdt;
// Documentation/arch/x86/resctrl.rst.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"

namespace brig::container {

// Where a container is in resctrl. Plain data: kept in the container's state, and all that its removal needs.
struct RdtPlace {
  std::string mount;         // where resctrl is mounted; absolute
  std::string class_name;    // the directory of the class; empty: the default class, which is the root
  bool made_for_it = false;  // a class of its own (no closID), which goes when the container goes
  std::string monitoring;    // its group below the class's mon_groups; empty: none

  std::string class_directory() const;
  std::string monitoring_directory() const;
};

// Where resctrl is mounted, by the text of /proc/PID/mountinfo; nullopt if it is not. Pure.
std::optional<std::string> resctrl_mount(std::string_view mountinfo);
// The same of this process's mounts; the usual place without a look at the table. kUnsupported if it is not mounted.
Result<std::string> find_resctrl(const ProcDir& proc);

// What `config` means for the container `id`. Checks, and touches nothing: a class that is to exist does (kConfig), one
// that exists has the cache and bandwidth schemas that are asked for (kConfig), groups can be monitored (kUnsupported).
Result<RdtPlace> locate_rdt(const oci::IntelRdt& config, const std::string& mount, const std::string& id);

// What was made of a place. Removed by the destructor unless kept, a class with a closID too.
class RdtDraft {
 public:
  RdtDraft() = default;  // nothing
  RdtDraft(RdtDraft&& other) noexcept;
  RdtDraft& operator=(RdtDraft&& other) noexcept;
  ~RdtDraft();

  // All of it: the class with its schemata, before there is a process in it, and the monitoring group. kSystem with the
  // kernel's explanation (info/last_cmd_status) as a hint.
  static Result<RdtDraft> create(const RdtPlace& place, const oci::IntelRdt& config);

  // Its parts, in this order. The directory of the class, unless it is there.
  static Result<RdtDraft> make_class(const RdtPlace& place);
  // l3CacheSchema, memBwSchema and schemata, in this order; without any nothing is opened.
  Result<void> write_schemata(const oci::IntelRdt& config) const;
  // A group of its own: one that is there already is an error.
  Result<void> make_monitoring_group();

  // Moves the process, and with it all that it starts from now on. Does nothing if there is no place.
  Result<void> add(pid_t pid) const;
  void keep() { place_.reset(); }

 private:
  explicit RdtDraft(RdtPlace place) : place_(std::move(place)) {}
  std::optional<RdtPlace> place_;
  bool made_class_ = false, made_group_ = false;
};

// New schemas for the class of a container that is in it, l3CacheSchema first. A class with a closID may be others',
// too: they get them as well. Errors as those of create.
Result<void> update_schemata(const RdtPlace& place, const oci::IntelRdt& schemas);
// All that the class has, and back to that, after an update that has failed.
Result<std::string> read_schemata(const RdtPlace& place);
Result<void> set_back_schemata(const RdtPlace& place, const std::string& schemata);

// Moves a process that `exec` brings into the groups of the container.
Result<void> join_rdt(const RdtPlace& place, pid_t pid);

// Removes the monitoring group, and the class if it was made for the container. What is gone already is fine.
Result<void> remove_rdt(const RdtPlace& place);

}  // namespace brig::container
