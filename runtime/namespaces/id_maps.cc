// Runs in: runtime.
#include "runtime/namespaces/id_maps.h"

#include <unistd.h>

#include "base/run_program.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig::namespaces {
namespace {

bool maps_only(const std::vector<oci::IdMapping>& mappings, std::uint32_t id) {
  return mappings.size() == 1 && mappings[0].size == 1 && mappings[0].host_id == id;
}

// In the usual places of the host only: a PATH of the caller's is no place to take a set-uid helper from.
Result<std::string> find_helper(std::string_view name) {
  for (const std::string_view dir : {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/bin/"}) {
    std::string path = text::cat(dir, name);
    if (sys::faccessat(FdRef::cwd(), path, X_OK, 0).ok()) return path;
  }
  return Error::make(Error::Kind::kUnsupported,
                     text::cat("an unprivileged user can map more than its own id only with ", name,
                               ", which is not installed (Debian: package uidmap)"));
}

Result<void> map_by_helper(std::string_view name, pid_t pid, const std::vector<oci::IdMapping>& mappings) {
  Program program = {.path = TRY(find_helper(name)), .args = {}, .env = {}, .input = {}, .timeout_ms = std::nullopt};
  program.args = {std::string(name), std::to_string(pid)};
  for (const oci::IdMapping& m : mappings)
    for (const std::uint32_t n : {m.container_id, m.host_id, m.size}) program.args.push_back(std::to_string(n));
  const ProgramEnd end = TRY(run_program(program));
  if (!end.ok()) return Error::make(Error::Kind::kSystem, text::cat(name, ": ", end.describe()));
  return {};
}

}  // namespace

std::string id_map_text(const std::vector<oci::IdMapping>& mappings) {
  std::string text;
  for (const oci::IdMapping& m : mappings) text += text::cat(m.container_id, ' ', m.host_id, ' ', m.size, '\n');
  return text;
}

Result<void> write_id_maps(const ProcDir& proc, pid_t pid, const std::vector<oci::IdMapping>& uids,
                           const std::vector<oci::IdMapping>& gids) {
  const std::string process = std::to_string(pid);
  const uid_t own_uid = sys::geteuid();
  const gid_t own_gid = sys::getegid();
  const bool privileged = own_uid == 0;
  if (privileged || maps_only(gids, own_gid)) {
    // Without privilege a group map is allowed only once setgroups is denied (Linux 3.19).
    if (!privileged) TRY(proc.write(process + "/setgroups", "deny"));
    if (!gids.empty()) TRY(proc.write(process + "/gid_map", id_map_text(gids)), "map groups");
  } else {
    TRY(map_by_helper("newgidmap", pid, gids));
  }
  if (privileged || maps_only(uids, own_uid)) {
    if (!uids.empty()) TRY(proc.write(process + "/uid_map", id_map_text(uids)), "map users");
  } else {
    TRY(map_by_helper("newuidmap", pid, uids));
  }
  return {};
}

}  // namespace brig::namespaces
