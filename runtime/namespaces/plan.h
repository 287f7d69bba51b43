// Runs in: runtime.
//
// Who creates and who joins which namespace, in what order. Decided before any process exists.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"

namespace brig::namespaces {

struct Join {
  int type = 0;  // CLONE_NEW*
  std::string path;
  UniqueFd fd;  // shown to be a namespace of that type
};

struct Plan {
  // What clone3(2) that makes init is to create. The cgroup namespace is never among them: it must be made once the
  // process is in its cgroup, by init (new_cgroup).
  std::uint64_t clone_flags = 0;
  bool new_cgroup = false;
  // setns(2), in this order: the user namespace comes last, for the others are the host's to allow.
  std::vector<Join> joins;
  // A process between runtime and init does the joins and the clone. Only where the kernel makes one necessary: a pid
  // namespace or time offsets take effect for children only, and namespaces made after joining a user namespace must
  // belong to it.
  bool intermediate = false;
  // The process between makes the user namespace itself (it must own the time namespace).
  bool intermediate_new_user = false;
  std::string time_offsets;  // what /proc/self/timens_offsets takes; empty: none
  bool new_user = false;     // id maps are to be written
  bool joined_user = false;
};

// From the list alone; `joins` come without descriptors. Pure.
Plan make_plan(const std::vector<oci::Namespace>& namespaces, const std::vector<oci::TimeOffset>& offsets);

// make_plan, with the files of the joins opened and checked: on nsfs (so no FIFO can hang us), of the configured type.
// kSystem (missing), kUnsafe (no namespace), kConfig (another type), with the JSON pointer in a frame.
Result<Plan> open_plan(const oci::Linux& config);

}  // namespace brig::namespaces
