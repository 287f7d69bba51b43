// Rules of validate() about linux.seccomp. Which words there are is for seccomp/rules.h to say.
#pragma once

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// config-linux.md#seccomp: "When the action doesn't support an errno, the runtime MUST print and error and fail."
Result<void> seccomp_errno_where_it_counts(const Config& config);

// SCMP_ACT_NOTIFY needs listenerPath, or there would be nobody to notify; without it the path is ignored. "This field
// [listenerMetadata] MUST NOT be set if `listenerPath` is not set."
Result<void> seccomp_notify_has_listener(const Config& config);

}  // namespace brig::oci
