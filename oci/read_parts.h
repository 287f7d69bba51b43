// Internal to oci/: the parts that read_config is made of, one file each. Each takes the Node of its object.
#pragma once

#include "base/result.h"
#include "oci/config.h"
#include "oci/reader.h"

namespace brig::oci {

Result<Process> read_process(const Node& node);  // config.md#process
// What is absent of how it is confined is that of `confinement`.
Result<Process> read_process_in(const Node& node, const Process& confinement);
Result<Mount> read_mount(const Node& node);          // config.md#mounts, one entry
Result<Linux> read_linux(const Node& node);          // config-linux.md
Result<Resources> read_resources(const Node& node);  // config-linux.md#control-groups
Result<BlockIoResources> read_block_io(const Node& node);
Result<Seccomp> read_seccomp(const Node& node);       // config-linux.md#seccomp
Result<IdMapping> read_id_mapping(const Node& node);  // config-linux.md#user-namespace-mappings, one entry

// The mappings of crun's option "idmap=uids=…;gids=…" (and "ridmap=…"), which read_mount leaves among the data, become
// those of the mount. Once the whole config is read: they may refer to those of the container's user namespace.
Result<void> read_idmap_options(Config& config);

Result<std::vector<NetDevice>> read_net_devices(const Node& node);  // config-linux.md#network-devices
Result<IntelRdt> read_intel_rdt(const Node& node);                  // config-linux.md#intelrdt

// config.md#linux-process
Result<Scheduler> read_scheduler(const Node& node);
Result<IoPriority> read_io_priority(const Node& node);
Result<ExecCpuAffinity> read_exec_cpu_affinity(const Node& node);
Result<MemoryPolicy> read_memory_policy(const Node& node);  // config-linux.md#memory-policy
Result<unsigned long> read_personality(const Node& node);   // config-linux.md#personality

// Entries "NAME=VALUE", for process and hooks. One without "=" is refused, so that nobody reads it as "copy the
// caller's". Of two with one name the later counts, as with runc and crun: programs would take the one or the other.
Result<std::vector<std::string>> read_env(const Node& node);

}  // namespace brig::oci
