// Runs in: runtime.
#include "runtime/container/check_host.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/text.h"
#include "oci/json.h"
#include "oci/names.h"
#include "runtime/init/attributes.h"
#include "runtime/process/child.h"

namespace brig::container {
namespace {

constexpr ino_t kInitialUserNamespace = 0xEFFFFFFD;  // PROC_USER_INIT_INO, linux/proc_ns.h

bool has_effective(int capability) {
  const auto sets = sys::capget();
  return sets.ok() && (sets.value().effective >> capability & 1) != 0;
}

std::optional<std::uint64_t> number_of(const ProcDir& proc, const std::string& path) {
  const auto content = proc.read(path);
  return content.ok() ? text::parse_int<std::uint64_t>(text::trim(content.value())) : std::nullopt;
}

void check_new_namespace(int type, const std::string& pointer, const ProcDir& proc, Collector& found) {
  const std::string file(oci::namespace_file(type));
  const std::string_view name = oci::namespace_type(type);
  if (!sys::fstatat(proc.fd(), text::cat("self/ns/", file), 0).ok())
    return found.add_error("namespace-unknown", pointer, text::cat("this kernel has no ", name, " namespaces"));
  const std::string limit = text::cat("sys/user/max_", file, "_namespaces");
  if (number_of(proc, limit) == 0)
    found.add_error("namespace-forbidden", pointer,
                    text::cat("no more ", name, " namespaces are allowed: /proc/", limit, " is 0"));
}

void check_hook(const oci::Hook& hook, const std::string& pointer, Finding::Level level, Collector& found) {
  auto usable = sys::faccessat(FdRef::cwd(), hook.path, X_OK, AT_EACCESS);
  if (!usable.ok())
    return found.add(level, "hook-program", pointer, text::cat(hook.path, ": ", errno_words(usable.error().code())));
  const auto info = sys::fstatat(FdRef::cwd(), hook.path, 0);
  if (info.ok() && !S_ISREG(info.value().st_mode))
    found.add(level, "hook-program", pointer, text::cat(hook.path, ": is no file"));
}

void check_hooks_of(const std::vector<oci::Hook>& hooks, std::string_view name, Finding::Level level,
                    Collector& found) {
  for (std::size_t i = 0; i < hooks.size(); ++i)
    check_hook(hooks[i], text::cat("/hooks/", name, '/', i, "/path"), level, found);
}

}  // namespace

void check_namespaces(const oci::Config& config, const ProcDir& proc, Collector& found) {
  const std::vector<oci::Namespace>& namespaces = config.linux_.namespaces;
  for (std::size_t i = 0; i < namespaces.size(); ++i)
    if (namespaces[i].path.empty())
      check_new_namespace(namespaces[i].type, text::cat("/linux/namespaces/", i), proc, found);
  if (config.namespace_of(CLONE_NEWUSER) == nullptr && !has_effective(CAP_SYS_ADMIN))
    found.add_error("namespace-privilege", "/linux/namespaces",
                    "this user may make a container only with a user namespace (CAP_SYS_ADMIN)");
}

void check_capabilities(const oci::Config& config, Collector& found) {
  if (config.namespace_of(CLONE_NEWUSER) != nullptr) return;  // there, it has them all
  for (int n = 0; n <= oci::kLastCapability; ++n) {
    if ((config.process->capabilities.bounding >> n & 1) == 0) continue;
    // EINVAL for one that this kernel does not know.
    const auto bounded = sys::prctl_get(PR_CAPBSET_READ, static_cast<unsigned long>(n));
    if (!bounded.ok() || bounded.value() != 1)
      found.add(Finding::Level::kWarning, "capability", "/process/capabilities/bounding",
                text::cat(oci::capability_name(n), " is not in the caller's own bounding set, and can't be granted"));
  }
}

void check_rlimits(const oci::Config& config, const ProcDir& proc, Collector& found) {
  const auto own = sys::fstatat(proc.fd(), "self/ns/user", 0);
  const bool may_raise = has_effective(CAP_SYS_RESOURCE) && own.ok() && own.value().st_ino == kInitialUserNamespace &&
                         config.namespace_of(CLONE_NEWUSER) == nullptr;
  const std::vector<oci::Rlimit>& rlimits = config.process->rlimits;
  for (std::size_t i = 0; i < rlimits.size(); ++i) {
    const std::string pointer = text::cat("/process/rlimits/", i, "/hard");
    const auto most = rlimits[i].type == RLIMIT_NOFILE ? number_of(proc, "sys/fs/nr_open") : std::nullopt;
    if (most && rlimits[i].hard > *most) {
      found.add_error("rlimit-raise", pointer, text::cat("is above what the kernel allows, fs.nr_open = ", *most));
      continue;
    }
    const auto current = sys::getrlimit(rlimits[i].type);
    if (may_raise || !current.ok() || rlimits[i].hard <= current.value().hard) continue;
    found.add_error("rlimit-raise", pointer,
                    text::cat("is above the caller's own hard limit of ", current.value().hard,
                              ", which takes CAP_SYS_RESOURCE in the initial user namespace to be raised"));
  }
}

// The least value that may be set without the right (the kernel's oom_score_adj_min) is what somebody with it set last,
// and shown nowhere: so a child tries it on itself.
void check_oom_score(const oci::Config& config, const ProcDir& proc, Collector& found) {
  if (!config.process->oom_score_adj) return;
  auto cloned = sys::clone3(0, std::nullopt);
  if (!cloned.ok())
    return found.add(Finding::Level::kWarning, "oom-score", "/process/oomScoreAdj",
                     text::cat("could not be tried: ", cloned.error().to_string()));
  if (cloned.value().pid == 0)
    sys::exit_now(init::set_oom_score(*config.process->oom_score_adj, "self", proc).ok() ? 0 : 1);
  process::Child child(cloned.value().pid, std::move(cloned.value().pidfd));
  const auto end = child.wait();
  if (!end.ok() || (end.value().exited && end.value().status == 0)) return;
  found.add_error("oom-score", "/process/oomScoreAdj",
                  "is less than this caller may set, which takes CAP_SYS_RESOURCE in the initial user namespace");
}

void check_hooks(const oci::Config& config, Collector& found) {
  const oci::Hooks& hooks = config.hooks;
  check_hooks_of(hooks.prestart, "prestart", Finding::Level::kError, found);
  check_hooks_of(hooks.create_runtime, "createRuntime", Finding::Level::kError, found);
  check_hooks_of(hooks.create_container, "createContainer", Finding::Level::kError, found);
  check_hooks_of(hooks.poststart, "poststart", Finding::Level::kError, found);
  check_hooks_of(hooks.poststop, "poststop", Finding::Level::kWarning, found);  // runtime.md: log a warning, go on
}

}  // namespace brig::container
