// Runs in: init.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace brig::mounts {

// Copies what is in the directory `from` (an O_PATH handle, in the rootfs) into the empty file system `to`:
// directories, files, links and nodes with their modes and owners, but no sockets. One name at a time below a
// descriptor, no link is followed. Spec: config.md#linux-mount-options, "tmpcopyup".
Result<void> copy_up(FdRef from, FdRef to);

}  // namespace brig::mounts
