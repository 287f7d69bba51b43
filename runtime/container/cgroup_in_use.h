// Runs in: runtime.
#pragma once

#include "base/result.h"
#include "runtime/container/record.h"
#include "runtime/container/requests.h"

namespace brig::container {

// For a cgroup that was there before create: kState if another container of this state root has it, one that has ended
// too. Its delete would take ours along. Requires: the record that says where ours is was written before the cgroup was
// made, so that of two at once not both find nothing.
Result<void> refuse_cgroup_in_use(const Globals& globals, const Record& record);

}  // namespace brig::container
