// The documents that brig writes: the state (runtime.md#state; also what hooks get on stdin) and a new config.json.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

inline constexpr std::string_view kSpecVersion = "1.3.0";

enum class Status { kCreating, kCreated, kRunning, kPaused, kStopped };
// "creating", "created", …
std::string_view status_name(Status status);

struct State {
  std::string oci_version{kSpecVersion};
  std::string id;
  Status status = Status::kCreating;
  pid_t pid = 0;       // 0 when stopped
  std::string bundle;  // absolute
  Annotations annotations;
};

// The spec's state on one line, for hooks: ociVersion, id, status, pid (left out when 0), bundle, annotations.
std::string state_for_hooks(const State& state);

// What the seccomp agent gets along with the listener's descriptor, on one line: config-linux.md#containerprocessstate.
// `process` is the one that is under the filter: the container's own (state.pid), or one that `exec` brought. No
// metadata if it is empty.
std::string container_process_state(const State& state, std::string_view metadata, pid_t process);

// What `state` and `list` show beside the spec's own members (runc's shape, which engines read): rootfs, created (RFC
// 3339), owner. `pid` is always there.
struct Extra {
  std::string rootfs, created, owner;
};
// indent 0: one line.
std::string state_for_users(const State& state, const Extra& extra, int indent);
// A JSON array of the same.
struct ListEntry {
  State state;
  Extra extra;
};
std::string list_for_users(const std::vector<ListEntry>& entries);

// `brig spec`: a config.json that starts a shell, with the current list of masked and read-only paths, as a user
// edits it (indented by a tab's worth, keys in the spec's order). Rootless: user namespace mapping `uid`/`gid` to 0, no
// network namespace mounts that need privilege, no resources (as runc spec --rootless).
struct Rootless {
  uid_t uid;
  gid_t gid;
};
// `masked_paths`: those of this machine, beside the ones that every machine has.
std::string new_config(const std::optional<Rootless>& rootless, const std::vector<std::string>& masked_paths = {});

}  // namespace brig::oci
