// Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"

namespace brig::namespaces {

// "0 100000 65536\n…", as /proc/PID/uid_map takes it in one write. Pure.
std::string id_map_text(const std::vector<oci::IdMapping>& mappings);

// Whether the text of a /proc/PID/uid_map (or gid_map) says the same as `mappings`: their order, and how ranges that
// touch are divided, mean nothing. Pure.
bool same_id_map(const std::vector<oci::IdMapping>& mappings, std::string_view map);

// Writes the maps of the user namespace that `pid` (a child that waits for it) has made. As root: directly. An
// unprivileged caller's single mapping of its own id: directly, after denying setgroups; anything else by newuidmap(1)
// and newgidmap(1), found in the host's usual directories (never by PATH) before anything of the container was entered.
// Spec: config-linux.md#user-namespace-mappings; user_namespaces(7).
Result<void> write_id_maps(const ProcDir& proc, pid_t pid, const std::vector<oci::IdMapping>& uids,
                           const std::vector<oci::IdMapping>& gids);

}  // namespace brig::namespaces
