// Runs in: runtime.
//
// The process brig is started as: its descriptors, its privileges, its user namespace.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace brig::cli {

// Opens /dev/null as each of descriptors 0, 1 and 2 that is closed. Otherwise the next file opened would become the
// standard output of brig and of the container. Must come before anything else opens a file.
Result<void> fill_standard_descriptors();

// How the kernel says this program was executed (getauxval(3), capabilities(7)).
struct Execution {
  bool secure = false;  // AT_SECURE
  unsigned long uid = 0, euid = 0, gid = 0, egid = 0;
  bool has_capabilities = false;
};
// Whether executing brig gave rights that the caller did not have: a set-user-ID, set-group-ID or capability bearing
// file. AT_SECURE alone does not show it, a domain transition of SELinux sets that too. Pure.
bool gained_privileges(const Execution& execution);
// Refuses to go on if so (kUnsafe): brig does what its arguments say, so its caller would have these rights.
// Must come before the first argument is acted on. CVE-2020-5291 is about such an installation of another program.
Result<void> refuse_gained_privileges();

// Where the state of containers is kept without --root: /run/brig for root; $XDG_RUNTIME_DIR/brig for others and in a
// user namespace. The same in every command: neither USER nor whether a directory exists has a say (podman gives
// create another environment than it gives delete). Errors: kUsage if XDG_RUNTIME_DIR is needed and not an absolute
// path; kSystem if it does not exist.
Result<std::string> default_root();

// The value of --root, made absolute by the current directory. "/" is refused (kUsage).
Result<std::string> absolute_root(const std::string& root);

}  // namespace brig::cli
