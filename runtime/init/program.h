// Runs in: init.
//
// The container's program: where it starts, which file it is, what it sees, and the jump into it.
#pragma once

#include <string>
#include <vector>

#include "base/proc_dir.h"
#include "base/result.h"
#include "oci/config.h"
#include "runtime/init/credentials.h"
#include "runtime/mounts/rootfs.h"

namespace brig::init {

// HOME, if config.json does not set it: from the container's /etc/passwd, "/" if that has nothing. The file is the
// image's: found inside the root, shown to be a regular file before it is opened, 1 MiB at most (CVE-2024-9676).
void add_home(oci::Process& process, const RootDir& root, const ProcDir& proc);
// The home directory of `uid` in the text of a passwd(5) file, or "". Pure.
std::string home_from_passwd(std::string_view passwd, uid_t uid);

// Makes a cwd that is missing, inside the root. config.md#process leaves that open; runc and crun do it.
Result<void> make_cwd(const std::string& cwd, const RootDir& root);

// Changes to cwd. Called before and after the change of user: either may be the one who is allowed to. Shows that the
// working directory is inside the root by what the raw getcwd(2) says (CVE-2024-21626).
Result<void> enter_cwd(const std::string& cwd);

// The file that args[0] means for the container's user: PATH of process.env for a bare name, otherwise the path itself.
// So that create reports what is missing, in the words that engines match (exec: "x": executable file not found in
// $PATH; stat x: no such file or directory; permission denied; is a directory).
Result<std::string> find_program(const oci::Process& process);

// Ends this process's use of brig. Returns only if it failed. Requires: no descriptor but 0 to 2, the preserved ones
// and the close-on-exec channel.
Error execute(const std::string& path, const oci::Process& process, const Unprivileged& proof);

}  // namespace brig::init
