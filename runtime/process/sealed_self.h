// Runs in: runtime.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace brig::process {

// Makes sure that what /proc/PID/exe shows of this process is nothing of the host's: a sealed memfd. A container's
// process that gets hold of it then holds that, not the installed binary (CVE-2019-5736).
//
// Usually base/early_start.cc has seen to it before main(), and this only looks. Otherwise it executes a sealed copy of
// the whole program with the same arguments and environment and does not return; it returns only in the copy. Unlike a
// read-only mount or overlay of the file, the copy has pages of its own (CVE-2022-0847).
// kSystem with EACCES where memfds can't be executed (vm.memfd_noexec=2).
Result<void> run_from_sealed_copy(char** argv);

// The fallback for that: the copy is a file without a name in `directory`. Whoever gets hold of it holds just that.
Result<void> run_from_unlinked_copy(char** argv, FdRef directory);

}  // namespace brig::process
