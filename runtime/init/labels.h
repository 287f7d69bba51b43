// Runs in: both.
//
// AppArmor profile and SELinux label of the container's program. They are handed to the kernel for the next execve(2),
// through the verified /proc (CVE-2019-16884, CVE-2023-28642, CVE-2025-52881), and read back: a container never runs
// without what was asked for.
#pragma once

#include <string_view>

#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"

namespace brig::init {

// kUnsupported if a label is asked for and this kernel's AppArmor or SELinux is not there or not active. "unconfined"
// is what every process is without AppArmor, and so is fine there. Whether the kernel knows the profile or the label is
// seen when it is set. Runs in the runtime.
Result<void> check_labels(const oci::Process& process, const ProcDir& proc);

// For the next execve(2) of this process. Its children have it too: startContainer hooks run with it, as they do in
// runc. Errors: kSystem (ENOENT: no such profile is loaded; EINVAL: no valid label), kUnsafe if what is read back is
// not what was written. Requires: check_labels. Runs in init. Spec: config.md#linux-process, apparmorProfile,
// selinuxLabel.
Result<void> set_labels_on_exec(const oci::Process& process, const ProcDir& proc);

// The SELinux label of the keys that this process makes from now on; empty: the policy's default. Runs in init.
Result<void> set_key_label(std::string_view label, const ProcDir& proc);

// Whether `shown`, which the kernel gave, is the profile `wanted`: "name (enforce)" is "name", a stack ("a//&b") has no
// order, and ":ns:name" and ":ns://name" are the same. Pure.
bool same_apparmor_profile(std::string_view wanted, std::string_view shown);

// Whether `shown`, which the kernel gave, is the label `wanted`: categories have no order, "c0.c2" is "c0,c1,c2", and
// "s0-s0" is "s0". Pure.
bool same_selinux_label(std::string_view wanted, std::string_view shown);

}  // namespace brig::init
