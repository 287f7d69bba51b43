// Runs in: runtime.
#pragma once

#include "base/result.h"
#include "runtime/container/record.h"
#include "runtime/container/requests.h"

namespace brig::container {

// For a cgroup that was there before create: kState if another container of this
// state root has it, one that has ended too: its delete would take ours along. Those of an earlier boot have nothing
// any more. Requires: the record that says where ours is was written before the cgroup was made, so that of two at once
// not both find nothing.
Result<void> refuse_cgroup_in_use(const Globals& globals, const Record& record);

// For the record of a create that was ended before it was ready, perhaps before it could ask the above: a cgroup that
// another container has is taken out of it, and left to that one.
Result<void> leave_cgroup_in_use(const Globals& globals, Record& record);

}  // namespace brig::container
