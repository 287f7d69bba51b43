// Runs in: runtime.
#pragma once

#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/documents.h"
#include "runtime/container/directory.h"

namespace brig::container {

// What the container is now, from facts: whether its init is that very process and alive, whether somebody listens on
// its start socket, whether its cgroup is frozen. Never from what a file says it was.
Result<oci::Status> status_of(const Directory& directory, const Record& record, const ProcDir& proc);

// The spec's state document for a record.
oci::State state_document(const Record& record, oci::Status status);

// Connected to an init that waits for start; kSystem ECONNREFUSED or ENOENT if none does.
Result<UniqueFd> connect_start_socket(const Directory& directory);

}  // namespace brig::container
