// crun's option for id-mapped mounts, "idmap" or "ridmap" with mappings of its own (crun(1), "idmap mount options"):
//
//   idmap=uids=0-100000-65536#70000-0-1;gids=@0-0-65536
//
// Each range is the first id of the file system, the first id that the mount shows, and their number. With "@" the
// second is an id of the container's user namespace. podman passes it on from `--volume …:idmap=…`.
#include "oci/read_parts.h"

namespace brig::oci {
namespace {

constexpr std::string_view kSyntax = "must be idmap=uids=FROM-TO-SIZE#…;gids=FROM-TO-SIZE#…";

std::string_view without(std::string_view prefix, std::string_view s) {
  return s.starts_with(prefix) ? s.substr(prefix.size()) : std::string_view();
}

// What the id `id` of the user namespace is outside of it, with all of the range that begins there.
std::optional<std::uint32_t> outside(const std::vector<IdMapping>& user_namespace, std::uint32_t id,
                                     std::uint32_t size) {
  for (const IdMapping& m : user_namespace) {
    if (id < m.container_id || id - m.container_id >= m.size) continue;
    const std::uint32_t skipped = id - m.container_id;
    if (size > m.size - skipped) return std::nullopt;
    return m.host_id + skipped;
  }
  return std::nullopt;
}

// "FROM-TO-SIZE" or "@FROM-TO-SIZE"; otherwise the reason why not.
Result<IdMapping> read_range(std::string_view range, const std::vector<IdMapping>& user_namespace,
                             const std::string& pointer) {
  const bool relative = range.starts_with('@');
  const std::vector<std::string> numbers = text::split(range.substr(relative ? 1 : 0), '-');
  if (numbers.size() != 3) return Error::config(pointer, kSyntax);
  const auto from = text::parse_int<std::uint32_t>(numbers[0]);
  const auto to = text::parse_int<std::uint32_t>(numbers[1]);
  const auto size = text::parse_int<std::uint32_t>(numbers[2]);
  if (!from || !to || !size) return Error::config(pointer, kSyntax);
  IdMapping mapping{.container_id = *from, .host_id = *to, .size = *size};
  if (relative) {
    const std::optional<std::uint32_t> host = outside(user_namespace, *to, *size);
    if (!host)
      return Error::config(pointer, text::cat("idmap: ", range, " is not within one mapping of the user namespace"));
    mapping.host_id = *host;
  }
  const std::uint64_t from_end = std::uint64_t{mapping.container_id} + mapping.size;
  const std::uint64_t to_end = std::uint64_t{mapping.host_id} + mapping.size;
  if (mapping.size == 0 || from_end - 1 > kLargestId || to_end - 1 > kLargestId)
    return Error::config(pointer, text::cat("idmap: ", range, " is empty, or beyond the largest id"));
  return mapping;
}

Result<void> read_ranges(std::string_view ranges, const std::vector<IdMapping>& user_namespace,
                         const std::string& pointer, std::vector<IdMapping>& into) {
  if (!into.empty()) return Error::config(pointer, "idmap: mappings are given twice");
  for (const std::string& range : text::split(ranges, '#'))
    into.push_back(TRY(read_range(range, user_namespace, pointer)));
  return {};
}

Result<void> read_mappings(std::string_view value, const Linux& container, const std::string& pointer, Mount& mount) {
  for (const std::string& part : text::split(value, ';')) {
    const std::string_view uids = without("uids=", part), gids = without("gids=", part);
    if (uids.empty() && gids.empty()) return Error::config(pointer, kSyntax);
    if (!uids.empty()) TRY(read_ranges(uids, container.uid_mappings, pointer, mount.uid_mappings));
    if (!gids.empty()) TRY(read_ranges(gids, container.gid_mappings, pointer, mount.gid_mappings));
  }
  return {};
}

Result<void> read_option(const Linux& container, const std::string& pointer, Mount& mount) {
  std::vector<std::string> rest;
  for (const std::string& option : mount.options.data) {
    const bool recursive = option.starts_with("ridmap=");
    if (!recursive && !option.starts_with("idmap=")) {
      rest.push_back(option);
      continue;
    }
    mount.options.idmap = true;
    mount.options.recursive_idmap = mount.options.recursive_idmap || recursive;
    const std::string value = option.substr(option.find('=') + 1);
    if (!value.empty()) TRY(read_mappings(value, container, pointer, mount));
  }
  mount.options.data = std::move(rest);
  return {};
}

}  // namespace

Result<void> read_idmap_options(Config& config) {
  for (std::size_t i = 0; i < config.mounts.size(); ++i)
    TRY(read_option(config.linux_, text::cat("/mounts/", i, "/options"), config.mounts[i]));
  return {};
}

}  // namespace brig::oci
