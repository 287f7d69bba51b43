// Runs in: runtime.
#include "runtime/container/exec_process.h"

#include <fcntl.h>

#include <algorithm>

#include "base/sys.h"
#include "oci/read_config.h"
#include "oci/validate.h"
#include "runtime/container/other_document.h"

namespace brig::container {
namespace {

constexpr std::size_t kMostProcessBytes = 4 * 1024 * 1024;

// In the place of the one that it changes: programs take the first of two, and others the last.
void set_variable(const std::string& entry, std::vector<std::string>& env) {
  const std::string name = entry.substr(0, entry.find('=') + 1);
  const auto same = std::find_if(env.begin(), env.end(), [&](const std::string& e) { return e.starts_with(name); });
  if (same == env.end()) {
    env.push_back(entry);
  } else {
    *same = entry;
  }
}

// Never inheritable: a program whose file has inheritable capabilities would get them for any user (CVE-2022-29162).
void add_capabilities(std::uint64_t more, oci::Capabilities& sets) {
  sets.bounding |= more;
  sets.effective |= more;
  sets.permitted |= more;
  sets.ambient |= more & sets.inheritable;
}

Result<oci::Process> read_process_file(const std::string& path, const oci::Process& container) {
  const UniqueFd file = TRY(sys::openat(FdRef::cwd(), path, O_RDONLY | O_NOCTTY));
  const std::string text = TRY(sys::read_all(file, kMostProcessBytes));
  Result<oci::Process> process = oci::read_process_document(text, container);
  if (process.ok()) return process;
  return of_other_document(process.error());
}

}  // namespace

void apply_changes(const ProcessChanges& changes, oci::Process& process) {
  if (!changes.cwd.empty()) process.cwd = changes.cwd;
  for (const std::string& entry : changes.env) set_variable(entry, process.env);
  if (changes.uid) process.user.uid = *changes.uid;
  if (changes.gid) process.user.gid = *changes.gid;
  std::vector<gid_t>& groups = process.user.additional_gids;
  groups.insert(groups.end(), changes.additional_gids.begin(), changes.additional_gids.end());
  add_capabilities(changes.capabilities, process.capabilities);
  process.terminal = changes.terminal.value_or(process.terminal);
  process.no_new_privileges = changes.no_new_privileges.value_or(process.no_new_privileges);
  if (!changes.apparmor_profile.empty()) process.apparmor_profile = changes.apparmor_profile;
  if (!changes.selinux_label.empty()) process.selinux_label = changes.selinux_label;
}

Result<oci::Process> exec_process(const ExecRequest& request, const oci::Process& container) {
  oci::Process process = container;
  process.args = request.command;
  process.terminal = false;
  process.console_size.reset();
  if (!request.process_file.empty())
    process = TRY(read_process_file(request.process_file, container), "read process", request.process_file);
  apply_changes(request.changes, process);
  Result<void> checked = oci::check_process(process);
  if (!checked.ok()) checked = of_other_document(checked.error());
  TRY(std::move(checked), "read process", request.process_file);
  return process;
}

}  // namespace brig::container
