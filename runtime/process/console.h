// Runs in: init.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/proc_dir.h"
#include "base/result.h"
#include "base/root_dir.h"
#include "oci/config.h"

namespace brig::process {

// A pseudoterminal from the container's own devpts: its peer is bound on /dev/console, becomes the controlling terminal
// and descriptors 0 to 2; the master goes out through `socket` (one message, one descriptor) and is closed here.
// Requires: "/" is the container's, setsid was called, `proc` is the machine's. Nothing of /dev is trusted: ptmx is
// verified before it is opened, the peer comes from the master, /dev/console is not followed (CVE-2025-52565).
struct ConsoleRequest {
  FdRef socket;
  std::optional<oci::ConsoleSize> size;
  uid_t uid = 0;  // the container's user, who gets the terminal
};
Result<void> open_console(const RootDir& root, const ProcDir& proc, const ConsoleRequest& request);

// The same for a process that others bring into a running container: its terminal is its own, so /dev/console stays as
// it is; and it becomes descriptors 0 to 2 only, for who calls this is not yet the process that will be led by it: that
// one calls setsid and sys::set_controlling_terminal.
Result<void> open_terminal(const RootDir& root, const ProcDir& proc, const ConsoleRequest& request);

// Without a terminal: gives descriptors 0 to 2 to the container's user where they are pipes, sockets or files that
// allow it; never the null device or another device (CVE-2026-88265).
void own_stdio(uid_t uid);

}  // namespace brig::process
