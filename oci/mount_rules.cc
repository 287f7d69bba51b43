#include "oci/mount_rules.h"

#include <sched.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"
#include "oci/id_mappings.h"
#include "oci/names.h"

namespace brig::oci {
namespace {

std::string pointer_to(std::size_t index) { return text::cat("/mounts/", index); }

// What a tmpfs of its own would take: size, mode and owner (tmpfs(5)). On a bind mount they can't weaken anything.
bool is_tmpfs_option(std::string_view option) {
  constexpr std::string_view kNames[] = {"gid=", "mode=", "nr_blocks=", "nr_inodes=", "size=", "uid="};
  return std::any_of(std::begin(kNames), std::end(kNames), [=](auto name) { return option.starts_with(name); });
}

// What would be ignored is refused: it may be "ro" with a typing error. But for flags of the file system, as engines
// pass "sync" on from their users, and a tmpfs's options, as the specification's own suite gives one list to all its
// mounts.
Result<void> check_bind(const Mount& mount, const std::string& pointer) {
  const MountOptions& options = mount.options;
  if (mount.source.empty() && !options.remount)
    return Error::config(pointer + "/source", "required for a bind mount, but missing");
  if (options.copy_symlink && (options.src_nofollow || options.dest_nofollow))
    return Error::config(pointer + "/options", "\"copy-symlink\" excludes \"src-nofollow\" and \"dest-nofollow\"");
  std::vector<std::string> ignored = options.superblock_flags;
  for (const std::string& option : options.data) {
    if (!is_tmpfs_option(option))
      return Error::config(pointer + "/options", text::cat(text::json_quote(option), " is no option of a bind mount"));
    ignored.push_back(option);
  }
  for (const std::string& flag : ignored)
    if (flag != "ro")
      log::warn(text::cat("config.json: ", pointer, "/options: ignored ", text::json_quote(flag),
                          ", a bind mount does not change the file system's own"));
  return {};
}

Result<void> check_mount(const Mount& mount, const std::string& pointer) {
  const MountOptions& options = mount.options;
  if (mount.destination == "/" && !options.remount)
    return Error::config(pointer + "/destination", "would hide the root file system and all earlier mounts");
  if (options.tmpcopyup && (options.bind || mount.type != "tmpfs"))
    return Error::config(pointer + "/options", "\"tmpcopyup\" is for tmpfs");
  const bool about_links = options.src_nofollow || options.dest_nofollow || options.copy_symlink;
  if (about_links && (!options.bind || options.remount))
    return Error::config(pointer + "/options",
                         "\"copy-symlink\", \"src-nofollow\" and \"dest-nofollow\" are for bind mounts");
  if (options.bind) return check_bind(mount, pointer);
  if (mount.type.empty() && !options.remount)
    return Error::config(pointer + "/type", "required unless the options have \"bind\" or \"rbind\"");
  return {};
}

Result<void> check_id_mapping(const Mount& mount, const Config& config, const std::string& pointer) {
  const bool no_uids = mount.uid_mappings.empty(), no_gids = mount.gid_mappings.empty();
  if (no_uids && no_gids && !mount.options.idmap) return {};
  if (no_uids != no_gids)
    return Error::config(pointer + (no_uids ? "/uidMappings" : "/gidMappings"), "required beside the other mappings");
  TRY(mappings_disjoint(mount.uid_mappings, pointer + "/uidMappings"));
  TRY(mappings_disjoint(mount.gid_mappings, pointer + "/gidMappings"));
  const bool user_namespace = config.namespace_of(CLONE_NEWUSER) != nullptr;
  if (no_uids && !user_namespace)
    return Error::config(pointer + "/options",
                         "\"idmap\" needs uidMappings and gidMappings, or a user namespace to take them from");
  const std::string asked_by = pointer + (no_uids ? "/options" : "/uidMappings");
  // mount_setattr(2): only a mount that nobody has seen yet can be given a mapping.
  if (mount.options.remount) return Error::config(asked_by, "a remount can't map ids");
  if (mount.options.bind) return {};
  if (mount.type == "cgroup" || mount.type == "cgroup2")
    return Error::config(asked_by, "a cgroup can't be mounted with mapped ids");
  // The file system belongs to the container's user namespace, which has no privilege over the one of the mapping.
  if (user_namespace)
    return Error::config(asked_by, "a new file system can't be mounted with mapped ids in a user namespace");
  return {};
}

}  // namespace

Result<void> mounts_make_sense(const Config& config) {
  for (std::size_t i = 0; i < config.mounts.size(); ++i) TRY(check_mount(config.mounts[i], pointer_to(i)));
  return {};
}

Result<void> id_mapped_mounts_have_mappings(const Config& config) {
  for (std::size_t i = 0; i < config.mounts.size(); ++i) TRY(check_id_mapping(config.mounts[i], config, pointer_to(i)));
  return {};
}

Result<void> mount_context_type_is_known(const Config& config) {
  const auto given = config.annotations.find(kMountContextType);
  if (given == config.annotations.end()) return {};
  constexpr std::array<std::string_view, 4> kKnown = {"context", "defcontext", "fscontext", "rootcontext"};
  if (std::find(kKnown.begin(), kKnown.end(), given->second) != kKnown.end()) return {};
  return Error::config(text::cat("/annotations/", kMountContextType),
                       "must be \"context\", \"fscontext\", \"defcontext\" or \"rootcontext\"");
}

}  // namespace brig::oci
