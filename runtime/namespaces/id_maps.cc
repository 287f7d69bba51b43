// Runs in: runtime.
#include "runtime/namespaces/id_maps.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

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

// "         0     100000      65536\n…"; a line of another form gives a mapping that nobody has.
std::vector<oci::IdMapping> parse_id_map(std::string_view map) {
  std::vector<oci::IdMapping> mappings;
  for (const std::string& line : text::split(text::trim(map), '\n')) {
    std::vector<std::optional<std::uint32_t>> numbers;
    for (const std::string& word : text::split(line, ' '))
      if (!word.empty()) numbers.push_back(text::parse_int<std::uint32_t>(word));
    const bool valid = numbers.size() == 3 && numbers[0] && numbers[1] && numbers[2];
    if (!valid) numbers.assign(3, 0);
    mappings.push_back({.container_id = *numbers[0], .host_id = *numbers[1], .size = *numbers[2]});
  }
  return mappings;
}

// In the order of the container's ids, with what touches on both sides in one.
std::vector<oci::IdMapping> merged(std::vector<oci::IdMapping> mappings) {
  std::sort(mappings.begin(), mappings.end(),
            [](const oci::IdMapping& a, const oci::IdMapping& b) { return a.container_id < b.container_id; });
  std::vector<oci::IdMapping> out;
  for (const oci::IdMapping& m : mappings) {
    const bool touches = !out.empty() && out.back().container_id + out.back().size == m.container_id &&
                         out.back().host_id + out.back().size == m.host_id;
    if (touches) {
      out.back().size += m.size;
    } else {
      out.push_back(m);
    }
  }
  return out;
}

}  // namespace

bool same_id_map(const std::vector<oci::IdMapping>& mappings, std::string_view map) {
  const std::vector<oci::IdMapping> a = merged(mappings), b = merged(parse_id_map(map));
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const oci::IdMapping& x, const oci::IdMapping& y) {
    return x.container_id == y.container_id && x.host_id == y.host_id && x.size == y.size;
  });
}

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
