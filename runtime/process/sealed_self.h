// Runs in: runtime.
#pragma once

#include <string>

#include "base/result.h"

namespace brig::process {

// Makes sure that this program runs from a copy of itself that nobody can change or find on the host's file system: a
// sealed memfd. A container's process that gets hold of /proc/PID/exe of ours then holds that copy, not the installed
// binary (CVE-2019-5736); unlike a read-only mount or overlay of the file, the copy has pages of its own
// (CVE-2022-0847). Executes the copy with the same arguments and environment and does not return, or returns because it
// is the copy. Where memfds can't be executed (vm.memfd_noexec=2) an unlinked file in `directory` serves. Called first
// thing by the commands that make processes of a container.
Result<void> run_from_sealed_copy(char** argv, const std::string& directory);

}  // namespace brig::process
