// Runs in: runtime.
#include "runtime/cli/command_options.h"

namespace brig::cli::command_options {

Result<void> set_root(Arguments& arguments, std::string_view value) {
  if (value.empty()) return Error::make(Error::Kind::kUsage, "must not be empty");
  arguments.root = value;
  return {};
}

Result<void> set_systemd_cgroup(Arguments& arguments, std::string_view value) {
  bool systemd = false;
  TRY(assign(systemd, value));
  arguments.cgroup_manager = systemd ? CgroupManager::kSystemd : CgroupManager::kCgroupfs;
  return {};
}

// create never waits for the process, so there is nothing to detach from; go-runc passes it all the same.
Result<void> check_only(Arguments&, std::string_view value) {
  bool unused = false;
  return assign(unused, value);
}

}  // namespace brig::cli::command_options
