// Device rules: the container's, between a deny-all and the devices every container has. What no rule allows is denied.
//
// A request (type, major, minor, access) is allowed if each kind of access it asks for is: the last rule that is about
// that device and that access decides. Both versions of cgroups are given this one meaning.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroups/manager.h"
#include "oci/config.h"

namespace brig::cgroups {

// Deny all, then the config's rules with config-linux.md's default devices and what runc adds (mknod of any device,
// /dev/pts, /dev/net/tun) put behind the last of them that denies everything: engines begin their lists with such a
// rule and rely on the defaults, while what a config denies by name stays denied.
std::vector<oci::DeviceRule> effective_rules(const std::vector<oci::DeviceRule>& configured);

// BPF_DEVCG_ACC_* bits.
constexpr unsigned kMknod = 1, kRead = 2, kWrite = 4, kAnyAccess = 7;

// What a rule comes to for devices of one type, after the rules that follow it.
struct DeviceDecision {
  bool allow = false;
  std::optional<std::uint32_t> major, minor;  // nullopt: any
  unsigned access = 0;                        // the bits that no later rule for the same devices decides
  bool any() const { return !major && !minor; }
};
// The rules for `type` ('b' or 'c'), latest first, down to the one that leaves nothing to be decided; a deny-all at the
// end is left out, since denied is what is left. Rules that decide nothing are left out. Pure.
std::vector<DeviceDecision> device_decisions(const std::vector<oci::DeviceRule>& rules, char type);

// v1: the writes to devices.deny and devices.allow, in order, without those that change nothing. Pure. kUnsupported
// where v1 can't say it: a rule that takes back a part of what a wider one gave is silently ignored by the kernel.
// Stricter than the above in one case: v1 wants one rule for all that is asked at once, so read by "c 1:*" and write by
// "c *:3" don't make read-write of 1:3.
struct DeviceWrite {
  std::string file, value;  // "devices.allow", "c 1:3 rwm"
  bool operator==(const DeviceWrite&) const = default;
};
Result<std::vector<DeviceWrite>> device_writes(const std::vector<oci::DeviceRule>& rules);
// v1: the same for a cgroup whose devices.list reads `current`, and only what differs, so that processes in it keep
// what both allow all the time. nullopt if it takes device_writes(), because one of the two allows by default: of such
// a list the kernel does not show the exceptions.
std::optional<std::vector<DeviceWrite>> device_changes(std::string_view current,
                                                       const std::vector<DeviceWrite>& wanted);

// v2: a program for BPF_PROG_TYPE_CGROUP_DEVICE: one key and one compare a rule, a shared exit. Pure. kUnsupported for
// more rules than a jump can cross (some 10 000).
Result<std::vector<bpf_insn>> device_program(const std::vector<oci::DeviceRule>& rules);
// Loads it and attaches it to a cgroup2 directory, beside those of the cgroups above, all of which must allow a device.
// Needs CAP_SYS_ADMIN (or CAP_BPF and CAP_NET_ADMIN); EPERM otherwise.
Result<void> attach_device_program(FdRef cgroup, const std::vector<bpf_insn>& program);
// The same in the place of the one that was attached by these two, at once: there is no moment with neither, or with
// both. Known by its name, as systemd has programs there as well. One of ours that is left over beside it goes.
Result<void> replace_device_program(FdRef cgroup, const std::vector<bpf_insn>& program);

// The rules of a container that is there become these, however they are enforced. On failure v2 has those from before,
// v1 may have a part of each.
Result<void> update_devices(const Location& location, const std::vector<oci::DeviceRule>& configured);
// v1: devices.list as the kernel shows it, and back to it; nullopt where v1 does not limit devices. kUnsupported for a
// list that allows by default, of which the kernel does not show the exceptions.
Result<std::optional<std::string>> read_device_list(const Location& location);
Result<void> write_device_list(const Location& location, std::string_view list);

}  // namespace brig::cgroups
