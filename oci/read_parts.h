// Internal to oci/: the parts that read_config is made of, one file each. Each takes the Node of its object.
#pragma once

#include "base/result.h"
#include "oci/config.h"
#include "oci/reader.h"

namespace brig::oci {

Result<Process> read_process(const Node& node);      // config.md#process
Result<Mount> read_mount(const Node& node);          // config.md#mounts, one entry
Result<Linux> read_linux(const Node& node);          // config-linux.md
Result<Resources> read_resources(const Node& node);  // config-linux.md#control-groups
Result<Seccomp> read_seccomp(const Node& node);      // config-linux.md#seccomp

// "NAME=VALUE", for process and hooks. One without "=" is refused, so that nobody reads it as "copy the caller's".
Result<std::string> read_env_entry(const Node& node);

}  // namespace brig::oci
