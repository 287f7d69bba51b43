// The user namespace that this process is in, see user_namespaces(7).
#pragma once

#include <string_view>

#include "base/proc_dir.h"
#include "base/result.h"

namespace brig {

// Whether a uid_map says that every user ID is itself, as only that of the initial user namespace does. Pure.
bool maps_all_ids(std::string_view uid_map);

// Whether it is another one than the machine's: root is only root of it then.
Result<bool> in_user_namespace(const ProcDir& proc);

}  // namespace brig
