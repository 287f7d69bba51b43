#include "oci/validate.h"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "oci/id_mappings.h"
#include "oci/json.h"
#include "oci/mount_rules.h"
#include "oci/names.h"
#include "oci/net_device_rules.h"
#include "oci/resource_rules.h"
#include "oci/scheduling_rules.h"
#include "oci/seccomp_rules.h"
#include "oci/sysctl.h"

namespace brig::oci {
namespace {

std::string at(std::string_view list, std::size_t index) { return json::child_pointer(list, index); }

// config-linux.md#namespaces: "duplicated namespaces with same `type`".
Result<void> namespaces_once(const Config& config) {
  int seen = 0;
  const std::vector<Namespace>& namespaces = config.linux_.namespaces;
  for (std::size_t i = 0; i < namespaces.size(); ++i) {
    if ((seen & namespaces[i].type) != 0)
      return Error::config(at("/linux/namespaces", i),
                           text::cat("a second \"", namespace_type(namespaces[i].type), "\" namespace"));
    seen |= namespaces[i].type;
  }
  return {};
}

// ---- user namespaces

// config-linux.md#user-namespace-mappings. Mappings beside a path are what Kubernetes sends for every container of a
// pod with a user namespace: they describe the namespace that is joined.
Result<void> mappings_with_user_namespace(const Config& config) {
  const Linux& l = config.linux_;
  TRY(mappings_disjoint(l.uid_mappings, "/linux/uidMappings"));
  TRY(mappings_disjoint(l.gid_mappings, "/linux/gidMappings"));
  const bool any_user_namespace = config.namespace_of(CLONE_NEWUSER) != nullptr;
  const bool needed = config.new_namespace(CLONE_NEWUSER);
  constexpr std::string_view kUseless = "needs a \"user\" namespace", kMissing = "required by the new user namespace";
  if (!any_user_namespace && !l.uid_mappings.empty()) return Error::config("/linux/uidMappings", kUseless);
  if (!any_user_namespace && !l.gid_mappings.empty()) return Error::config("/linux/gidMappings", kUseless);
  if (needed && l.uid_mappings.empty()) return Error::config("/linux/uidMappings", kMissing);
  if (needed && l.gid_mappings.empty()) return Error::config("/linux/gidMappings", kMissing);
  return {};
}

bool mapped(const std::vector<IdMapping>& mappings, std::uint32_t id) {
  return std::any_of(mappings.begin(), mappings.end(), [id](const IdMapping& mapping) {
    return id >= mapping.container_id && id - mapping.container_id < mapping.size;
  });
}

// config.md#posix-platform-user: ids are of the container's namespace, and setresuid(2) fails for one it doesn't have.
Result<void> user_is_mapped(const Config& config) {
  if (!config.process || !config.new_namespace(CLONE_NEWUSER)) return {};
  const Linux& l = config.linux_;
  const User& user = config.process->user;
  constexpr std::string_view kNotMapped = "is not mapped in the user namespace";
  if (!mapped(l.uid_mappings, user.uid)) return Error::config("/process/user/uid", kNotMapped);
  if (!mapped(l.gid_mappings, user.gid)) return Error::config("/process/user/gid", kNotMapped);
  for (std::size_t i = 0; i < user.additional_gids.size(); ++i)
    if (!mapped(l.gid_mappings, user.additional_gids[i]))
      return Error::config(at("/process/user/additionalGids", i), kNotMapped);
  return {};
}

// ---- other namespaces

// config-linux.md#offset-for-time-namespace. A namespace that exists has its offsets for good (time_namespaces(7)).
Result<void> time_offsets_with_time_namespace(const Config& config) {
  if (config.linux_.time_offsets.empty() || config.new_namespace(CLONE_NEWTIME)) return {};
  return Error::config("/linux/timeOffsets", "needs a new \"time\" namespace");
}

// config.md#hostname, #domainname: would be the host's otherwise.
Result<void> names_with_uts_namespace(const Config& config) {
  if (config.namespace_of(CLONE_NEWUTS) != nullptr) return {};
  constexpr std::string_view kNeeds = "needs a \"uts\" namespace";
  if (!config.hostname.empty()) return Error::config("/hostname", kNeeds);
  if (!config.domainname.empty()) return Error::config("/domainname", kNeeds);
  return {};
}

// config-linux.md#sysctl. That a joined namespace is not the runtime's own is seen when it is opened.
Result<void> sysctls_with_namespaces(const Config& config) {
  const auto& sysctl = config.linux_.sysctl;
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : sysctl) {
    const std::optional<int> flag = sysctl_namespace(key);
    if (!flag || config.namespace_of(*flag) == nullptr)
      return Error::config(json::child_pointer("/linux/sysctl", key),
                           text::cat("needs a \"", namespace_type(flag.value_or(0)), "\" namespace"));
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice == keys.end()) return {};
  return Error::config(json::child_pointer("/linux/sysctl", *twice), "given twice, with dots and with slashes");
}

// config-linux.md#namespaces: without one the container inherits the runtime's, in which a user namespace that does not
// own it may mount nothing (mount_namespaces(7)). What of config.md#mounts, #root, config-linux.md#masked-paths,
// #readonly-paths, #rootfs-mount-propagation is there takes mounts, and so does a terminal's /dev/console.
Result<void> mounts_with_mount_namespace(const Config& config) {
  if (config.namespace_of(CLONE_NEWNS) != nullptr || config.namespace_of(CLONE_NEWUSER) == nullptr) return {};
  constexpr std::string_view kNeeds = "needs a \"mount\" namespace beside the \"user\" namespace";
  if (!config.mounts.empty()) return Error::config("/mounts", kNeeds);
  if (!config.linux_.masked_paths.empty()) return Error::config("/linux/maskedPaths", kNeeds);
  if (!config.linux_.readonly_paths.empty()) return Error::config("/linux/readonlyPaths", kNeeds);
  if (config.linux_.rootfs_propagation != 0) return Error::config("/linux/rootfsPropagation", kNeeds);
  if (config.root.readonly) return Error::config("/root/readonly", kNeeds);
  if (config.process && config.process->terminal) return Error::config("/process/terminal", kNeeds);
  return {};
}

// ---- process, resources

// config.md#posix-process: "duplicated entries with same `type`"; setrlimit(2), EINVAL.
Result<void> rlimits_once_and_in_order(const Config& config) {
  if (!config.process) return {};
  std::uint32_t seen = 0;
  const std::vector<Rlimit>& rlimits = config.process->rlimits;
  for (std::size_t i = 0; i < rlimits.size(); ++i) {
    const std::uint32_t bit = std::uint32_t{1} << rlimits[i].type;
    if ((seen & bit) != 0) return Error::config(at("/process/rlimits", i) + "/type", "this limit is given twice");
    seen |= bit;
    if (rlimits[i].soft > rlimits[i].hard)
      return Error::config(at("/process/rlimits", i) + "/soft", "is greater than the hard limit");
  }
  return {};
}

// config-linux.md#cgroups-path: "MAY consider certain values to be invalid". Never a way out of the place it names.
Result<void> cgroups_path_is_plain(const Config& config) {
  const std::string& path = config.linux_.cgroups_path;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(path.begin(), path.end(), control))
    return Error::config("/linux/cgroupsPath", "contains a control character");
  if (text::contains(text::split(path, '/'), "..")) return Error::config("/linux/cgroupsPath", "contains \"..\"");
  return {};
}

// The id is what `check` prints: it stays the same when a function is renamed.
struct Rule {
  std::string_view id;
  Result<void> (*check)(const Config& config);
};
constexpr Rule kRules[] = {
    {"namespaces-once", namespaces_once},
    {"mappings-with-user-namespace", mappings_with_user_namespace},
    {"user-is-mapped", user_is_mapped},
    {"time-offsets-with-time-namespace", time_offsets_with_time_namespace},
    {"names-with-uts-namespace", names_with_uts_namespace},
    {"sysctls-with-namespaces", sysctls_with_namespaces},
    {"net-devices-have-a-place", net_devices_have_a_place},
    {"mounts-with-mount-namespace", mounts_with_mount_namespace},
    {"mounts-make-sense", mounts_make_sense},
    {"id-mapped-mounts-have-mappings", id_mapped_mounts_have_mappings},
    {"mount-context-type-is-known", mount_context_type_is_known},
    {"rlimits-once-and-in-order", rlimits_once_and_in_order},
    {"scheduler-fits-policy", scheduler_fits_policy},
    {"memory-policy-is-whole", memory_policy_is_whole},
    {"cgroups-path-is-plain", cgroups_path_is_plain},
    {"swap-covers-memory", swap_covers_memory},
    {"burst-within-quota", burst_within_quota},
    {"resources-given-once", resources_given_once},
    {"seccomp-errno-where-it-counts", seccomp_errno_where_it_counts},
    {"seccomp-notify-has-listener", seccomp_notify_has_listener},
};

}  // namespace

Result<ValidConfig> validate(Config config) {
  for (const Rule& rule : kRules) TRY(rule.check(config));
  return ValidConfig(std::move(config));
}

Result<void> check_process(const Process& process) {
  Config config;
  config.process = process;
  TRY(rlimits_once_and_in_order(config));
  return scheduler_fits_policy(config);
}

std::vector<Violation> violations(const Config& config) {
  std::vector<Violation> found;
  for (const Rule& rule : kRules)
    if (auto checked = rule.check(config); !checked.ok()) found.push_back({rule.id, std::move(checked).error()});
  return found;
}

}  // namespace brig::oci
