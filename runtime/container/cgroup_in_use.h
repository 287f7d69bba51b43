// Runs in: runtime.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/container/record.h"
#include "runtime/container/requests.h"

namespace brig::container {

struct CgroupUser {
  std::string id;
  std::string directory;  // the cgroup of both, in one hierarchy
};

// Another container of this state root, one that has ended too, that has the record's cgroup; nullopt if there is none.
// Those of an earlier boot have nothing any more. Errors: the state root or /proc can't be read.
Result<std::optional<CgroupUser>> other_user_of_cgroup(const Globals& globals, const Record& record);

// For a cgroup that was there before create: kState if another container has it. Its delete would take ours along.
// Requires: the record that says where ours is was written before the cgroup was made, so that of two at once not both
// find nothing.
Result<void> refuse_cgroup_in_use(const Globals& globals, const Record& record);

// For the record of a create that was ended before it was ready, perhaps before it could ask the above: a cgroup that
// another container has is taken out of it, and left to that one.
Result<void> leave_cgroup_in_use(const Globals& globals, Record& record);

}  // namespace brig::container
