// Runs in: runtime.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "oci/config.h"
#include "runtime/mounts/plan.h"

namespace brig::mounts {

// linux.mountLabel: has the SELinux context of the file systems that the container mounts given to them, as runc and
// crun do. By a mount option ("context" or what the annotation run.oci.mount_context_type says) for all but procfs and
// sysfs, whose files have labels of their own, cgroups, and mqueue, which takes the label as an attribute of its root.
// A mount that has such an option of its own keeps it; binds show files that have labels. Nothing without a label.
// kUnsupported if SELinux is not enabled (crun ignores the label then, runc's mounts fail): who asks for confinement is
// not to go without unheard. Spec: config-linux.md#mount-label.
Result<void> label_mounts(const oci::Config& config, Plan& plan);

// The same, where it is known that the label can be applied. Pure.
void apply_label(std::string_view label, std::string_view context_type, Plan& plan);

}  // namespace brig::mounts
