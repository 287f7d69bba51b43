// Runs in: init.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace brig::mounts {

// Copies what is in the directory `from` (an O_PATH handle, in the rootfs) into the empty file system `to`:
// directories, files, links and nodes with their modes and owners, but no sockets. Extended attributes of directories
// and files come along (file capabilities, access lists, "user."), but for the SELinux label, which the mount decides;
// one that the file system refuses is left out with a warning. One name at a time below a descriptor, no link is
// followed. Spec: config.md#linux-mount-options, "tmpcopyup".
Result<void> copy_up(FdRef from, FdRef to);

}  // namespace brig::mounts
