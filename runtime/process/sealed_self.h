// Runs in: runtime.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace brig::process {

// Makes sure that this program runs from a copy of itself that nobody can change or find on the host's file system: a
// sealed memfd. A container's process that gets hold of /proc/PID/exe of ours then holds that copy, not the installed
// binary (CVE-2019-5736); unlike a read-only mount or overlay of the file, the copy has pages of its own
// (CVE-2022-0847). Executes the copy with the same arguments and environment and does not return; returns only in the
// copy. kSystem with EACCES where memfds can't be executed (vm.memfd_noexec=2).
Result<void> run_from_sealed_copy(char** argv);

// The fallback for that: the copy is a file without a name in `directory`. Whoever gets hold of it holds just that.
Result<void> run_from_unlinked_copy(char** argv, FdRef directory);

}  // namespace brig::process
