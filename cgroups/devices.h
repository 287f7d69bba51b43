// Device rules: the container's, between a deny-all and the devices every container has (B-13: default is deny).
#pragma once

#include <linux/bpf.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"

namespace brig::cgroups {

// Deny all, then config-linux.md's default devices and what runc adds (mknod of any, /dev/pts …), then the config's.
std::vector<oci::DeviceRule> effective_rules(const std::vector<oci::DeviceRule>& configured);
// v1: the writes to devices.deny and devices.allow, in order, without those that change nothing. Pure.
struct DeviceWrite {
  std::string file, value;  // "devices.allow", "c 1:3 rwm"
};
std::vector<DeviceWrite> device_writes(const std::vector<oci::DeviceRule>& rules);
// v2: a program for BPF_PROG_TYPE_CGROUP_DEVICE: one 64-bit key, one compare a rule, a shared exit. Pure.
std::vector<bpf_insn> device_program(const std::vector<oci::DeviceRule>& rules);
// Loads it and attaches it to a cgroup2 directory. Needs CAP_SYS_ADMIN (or CAP_BPF and CAP_NET_ADMIN).
Result<void> attach_device_program(FdRef cgroup, const std::vector<bpf_insn>& program);

}  // namespace brig::cgroups
