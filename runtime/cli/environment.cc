// Runs in: runtime.
#include "runtime/cli/environment.h"

#include <elf.h>

#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/user_namespace.h"

namespace brig::cli {

Result<void> fill_standard_descriptors() {
  for (int number = 0; number <= 2; ++number) {
    if (sys::fcntl_get_fd_flags(FdRef::number(number)).ok()) continue;
    // open(2) takes the lowest free number, and those below are taken by now.
    UniqueFd null = TRY(sys::openat(FdRef::cwd(), "/dev/null", O_RDWR), "open standard descriptor");
    TRY(sys::keep_on_exec(null));
    (void)null.release();  // Ignored: it is known by its number from here on.
  }
  return {};
}

// The kernel sets AT_SECURE by itself when ids differ, or when a user other than root gets capabilities by the file
// (cap_bprm_creds_from_file); what remains is a security module's doing.
bool gained_privileges(const Execution& execution) {
  if (!execution.secure) return false;
  const bool ids_differ = execution.uid != execution.euid || execution.gid != execution.egid;
  return ids_differ || (execution.uid != 0 && execution.has_capabilities);
}

Result<void> refuse_gained_privileges() {
  if (sys::auxiliary_value(AT_SECURE) == 0) return {};
  const sys::CapabilitySets capabilities = TRY(sys::capget());
  const Execution execution = {.secure = true,
                               .uid = sys::auxiliary_value(AT_UID),
                               .euid = sys::auxiliary_value(AT_EUID),
                               .gid = sys::auxiliary_value(AT_GID),
                               .egid = sys::auxiliary_value(AT_EGID),
                               .has_capabilities = capabilities.permitted != 0};
  if (!gained_privileges(execution)) return {};
  return Error::make(Error::Kind::kUnsafe, "refusing to run set-user-ID, set-group-ID or with file capabilities")
      .with_hint("remove these from the program file");
}

Result<std::string> default_root() {
  if (sys::geteuid() == 0) {
    const ProcDir proc = TRY(ProcDir::open(), "find default root");
    const bool in_namespace = TRY(in_user_namespace(proc), "find default root");
    if (!in_namespace) return std::string("/run/brig");
  }
  const std::string runtime_dir(sys::environment_value("XDG_RUNTIME_DIR").value_or(""));
  if (!runtime_dir.starts_with('/'))
    return Error::make(Error::Kind::kUsage, "XDG_RUNTIME_DIR is not set to an absolute path")
        .with_hint("set it, or say with --root where the state of containers is kept");
  TRY(sys::openat(FdRef::cwd(), runtime_dir, O_PATH | O_DIRECTORY), "find default root: XDG_RUNTIME_DIR");
  return text::cat(runtime_dir, "/brig");
}

Result<std::string> absolute_root(const std::string& root) {
  std::string absolute = root;
  if (!root.starts_with('/')) {
    const std::string current = TRY(sys::getcwd(), "make root absolute");
    absolute = text::cat(current, '/', root);
  }
  if (text::clean_path(absolute) == "/") return Error::make(Error::Kind::kUsage, "--root: must not be `/`");
  return absolute;
}

}  // namespace brig::cli
