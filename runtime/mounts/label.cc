// Runs in: runtime.
#include "runtime/mounts/label.h"

#include <algorithm>
#include <array>

#include "base/proc_dir.h"
#include "base/text.h"
#include "oci/names.h"

namespace brig::mounts {

namespace {

// Of the security modules only an active SELinux lets this be read.
Result<bool> selinux_enabled() {
  const ProcDir proc = TRY(ProcDir::open());
  return proc.read("self/attr/keycreate").ok();
}

bool has_context(const oci::MountOptions& options) {
  constexpr std::array<std::string_view, 4> kKeys = {"context=", "fscontext=", "defcontext=", "rootcontext="};
  return std::any_of(options.data.begin(), options.data.end(), [&](const std::string& option) {
    return std::any_of(kKeys.begin(), kKeys.end(), [&](std::string_view key) { return option.starts_with(key); });
  });
}

}  // namespace

void apply_label(std::string_view label, std::string_view context_type, Plan& plan) {
  plan.label_option = text::cat(context_type, '=', label);
  for (PlannedMount& planned : plan.mounts) {
    const std::string& type = planned.mount.type;
    if (planned.kind != Kind::kFileSystem || type == "proc" || type == "sysfs") continue;
    if (type == "mqueue")
      planned.root_label = label;
    else if (!has_context(planned.mount.options))
      planned.mount.options.data.push_back(plan.label_option);
  }
}

Result<void> label_mounts(const oci::Config& config, Plan& plan) {
  if (config.linux_.mount_label.empty()) return {};
  if (!TRY(selinux_enabled()))
    return Error::make(Error::Kind::kUnsupported, "/linux/mountLabel: SELinux is not enabled on this host");
  const auto type = config.annotations.find(oci::kMountContextType);
  apply_label(config.linux_.mount_label, type == config.annotations.end() ? "context" : type->second, plan);
  return {};
}

}  // namespace brig::mounts
