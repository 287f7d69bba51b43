#pragma once

#include "base/result.h"
#include "seccomp/filter.h"

namespace brig::seccomp {

// Confines the calling process. Needs no_new_privs or CAP_SYS_ADMIN in its user namespace (seccomp(2)).
Result<void> load(const Filter& filter);

}  // namespace brig::seccomp
