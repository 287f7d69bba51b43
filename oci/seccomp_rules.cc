#include "oci/seccomp_rules.h"

#include <algorithm>

#include "oci/json.h"

namespace brig::oci {

Result<void> seccomp_errno_where_it_counts(const Config& config) {
  if (!config.linux_.seccomp) return {};
  const Seccomp& seccomp = *config.linux_.seccomp;
  const auto takes_errno = [](const std::string& action) {
    return action == "SCMP_ACT_ERRNO" || action == "SCMP_ACT_TRACE";
  };
  constexpr std::string_view kNoErrno = "the action has no errno";
  if (seccomp.default_errno_ret && !takes_errno(seccomp.default_action))
    return Error::config("/linux/seccomp/defaultErrnoRet", kNoErrno);
  for (std::size_t i = 0; i < seccomp.syscalls.size(); ++i)
    if (seccomp.syscalls[i].errno_ret && !takes_errno(seccomp.syscalls[i].action))
      return Error::config(json::child_pointer("/linux/seccomp/syscalls", i) + "/errnoRet", kNoErrno);
  return {};
}

Result<void> seccomp_notify_has_listener(const Config& config) {
  if (!config.linux_.seccomp) return {};
  const Seccomp& seccomp = *config.linux_.seccomp;
  if (!seccomp.listener_path.empty()) return {};
  const bool notifies =
      std::ranges::any_of(seccomp.syscalls, [](const SeccompRule& rule) { return rule.action == "SCMP_ACT_NOTIFY"; });
  if (notifies) return Error::config("/linux/seccomp/listenerPath", "is needed for SCMP_ACT_NOTIFY");
  if (!seccomp.listener_metadata.empty())
    return Error::config("/linux/seccomp/listenerMetadata", "must not be set without listenerPath");
  return {};
}

}  // namespace brig::oci
