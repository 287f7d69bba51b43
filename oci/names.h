// Names of the specification and of the kernel <-> numbers. Tables, pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// "CAP_CHOWN" -> 0 … 40; nullopt if unknown. Exactly as capabilities(7) spells them.
std::optional<int> capability_number(std::string_view name);
std::string_view capability_name(int number);
inline constexpr int kLastCapability = 40;

// "SIGTERM", "TERM", "term", "15", "SIGRTMIN+3": as runc's kill takes it. 0 … 64.
std::optional<int> signal_number(std::string_view name);

// "RLIMIT_NOFILE" -> RLIMIT_NOFILE.
std::optional<int> rlimit_number(std::string_view name);

// "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time" -> CLONE_NEW*.
std::optional<int> namespace_flag(std::string_view type);
// CLONE_NEW* -> "pid" …, and -> the file's name in /proc/PID/ns ("pid", "net", "mnt" …).
std::string_view namespace_type(int flag);
std::string_view namespace_file(int flag);

// Adds one option of mounts[].options to `options` (config.md#linux-mount-options and #tmpfs-mount-options, and what
// mount(8) calls file-system independent), or several with commas between. What is no known flag becomes data. The
// empty string is ignored (podman). Sets nothing but `options`; unknown flags of a bind mount are found by validate.
void add_mount_option(std::string_view option, MountOptions& options);
// Every name that add_mount_option knows as a flag, for `features`.
std::vector<std::string_view> mount_option_names();

// crun's annotation: by which of mount(8)'s options linux.mountLabel is given.
inline constexpr std::string_view kMountContextType = "run.oci.mount_context_type";

// "rshared", "private" … -> MS_*; for rootfsPropagation.
std::optional<unsigned long> propagation_flag(std::string_view name);

}  // namespace brig::oci
