// Internal to oci/: validate's rules on mounts. What no kernel and no host could do, or would silently leave out, is
// told before anything is looked up.
#pragma once

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// What each mount needs and what its options can mean: config.md#mounts, #linux-mount-options. Unknown options are the
// file system's, and a bind makes none: refused there. Warns of flags of the file system on a bind.
Result<void> mounts_make_sense(const Config& config);

// uidMappings, gidMappings, "idmap", "ridmap": both mappings or none, and none only with a user namespace to take them
// from; only for what can be mounted with mapped ids. config.md#posix-platform-mounts, mount_setattr(2).
Result<void> id_mapped_mounts_have_mappings(const Config& config);

// crun's annotation "run.oci.mount_context_type": which option of mount(8) linux.mountLabel is given by.
Result<void> mount_context_type_is_known(const Config& config);

}  // namespace brig::oci
