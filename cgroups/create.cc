// create() and Draft.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/no_umask.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/apply.h"
#include "cgroups/controllers.h"
#include "cgroups/cpuset.h"
#include "cgroups/devices.h"
#include "cgroups/join.h"
#include "cgroups/manager.h"
#include "cgroups/occupants.h"
#include "cgroups/resources.h"
#include "cgroups/rootless.h"
#include "cgroups/scope.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr mode_t kMode = 0755;
constexpr int kKillTimeoutMs = 2000;

// v1: what the container may do with devices. Needs the hierarchy, as without it every device is open to the container.
Result<void> write_devices(FdRef directory, const oci::Resources& resources) {
  const std::vector<DeviceWrite> writes = TRY(device_writes(effective_rules(resources.devices)));
  for (const DeviceWrite& write : writes) TRY(write_file(directory, write.file, write.value));
  return {};
}

// runc's rule for users without privilege: a cgroup that nobody asked for, by name or by a limit, may be missing.
Result<void> go_without(const Hierarchy& hierarchy, const std::vector<std::string>& needed, Error why) {
  for (const std::string& controller : needed)
    if (hierarchy.unified || text::contains(hierarchy.controllers, controller))
      return std::move(why).with_hint(text::cat("a limit needs controller ", controller,
                                                ": have a cgroup delegated to this user, and name one below it"));
  log::warn(text::cat("without privilege the container gets no cgroup of its own, ignored: ", hierarchy.directory(),
                      ": ", why.to_string()));
  return {};
}

}  // namespace

Draft::Draft() = default;
Draft::Draft(Draft&&) noexcept = default;

// Directories above the leaf, as far as they are missing. Stops where one vanishes again.
Result<void> Draft::make_parents(FdRef mount, const Hierarchy& hierarchy) {
  const std::string path = hierarchy.path.substr(1);
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    const std::string parent = path.substr(0, end);
    Result<void> made = sys::mkdirat(mount, parent, kMode);
    if (!made.ok() && made.error().code() == EEXIST) continue;
    if (!made.ok() && gone(made.error())) return {};
    if (!made.ok()) return explain_make(hierarchy, std::move(made).error());
    parents_.push_back(text::cat(hierarchy.mount, "/", parent));
  }
  return {};
}

// By one mkdirat(2); the parents only if that finds them missing. While they are empty others may take them away, and a
// leaf that was there: a create beside us that fails, a delete, an engine that tidies up.
Result<Draft::Made> Draft::make_leaf(FdRef mount, const Hierarchy& hierarchy) {
  constexpr int kMostTries = 100;
  const std::string path = hierarchy.path.substr(1);
  for (int tried = 1;; ++tried) {
    Result<void> leaf = sys::mkdirat(mount, path, kMode);
    if (leaf.ok() || leaf.error().code() == EEXIST) {
      Result<UniqueFd> opened = open_below(mount, hierarchy.path);
      if (opened.ok()) return Made{.hierarchy = hierarchy, .directory = std::move(opened).value(), .fresh = leaf.ok()};
      // Nobody has it in a list yet. Ignored: the error that we are about to return says more.
      if (leaf.ok()) (void)sys::unlinkat(mount, path, AT_REMOVEDIR).ok();
      if (leaf.ok() || !gone(opened.error()) || tried == kMostTries) return std::move(opened).error();
    } else if (!gone(leaf.error()) || tried == kMostTries) {
      return explain_make(hierarchy, std::move(leaf).error());
    } else {
      TRY(make_parents(mount, hierarchy));
    }
  }
}

Result<void> Draft::make(const Hierarchy& hierarchy) {
  const UniqueFd mount = TRY(open_mount(hierarchy));
  Made made = TRY(make_leaf(mount, hierarchy));
  if (!made.fresh) TRY(check_unused(hierarchy, made.directory));
  made_.push_back(std::move(made));
  if (!made_.back().fresh) return {};
  return check_not_frozen(hierarchy, made_.back().directory);
}

Result<void> Draft::limit(const std::vector<Setting>& settings, const oci::Resources& resources, bool v2_only) const {
  const Controllers controllers = controllers_of(settings);
  for (const Made& made : made_) {
    if (v2_only) TRY(enable_controllers(made.hierarchy, made.directory, controllers));
    // What was charged to a cgroup that is taken over stays charged, though no process is left in it.
    if (v2_only && !made.fresh) TRY(check_memory_usage(location(), resources.memory));
    if (text::contains(made.hierarchy.controllers, "cpuset"))
      TRY(fill_cpuset(made.hierarchy), "fill cpuset", made.hierarchy.directory());
    if (text::contains(made.hierarchy.controllers, "devices"))
      TRY(write_devices(made.directory, resources), "limit devices of", made.hierarchy.directory());
  }
  return write_limits(settings, v2_only);
}

Result<void> Draft::write_limits(const std::vector<Setting>& settings, bool v2_only) const {
  for (const Setting& setting : settings) {
    const auto holds = [&](const Made& made) {
      return v2_only ? made.hierarchy.unified : text::contains(made.hierarchy.controllers, setting.controller);
    };
    const auto made = std::find_if(made_.begin(), made_.end(), holds);
    // Only what is a default or optional can lack its controller by now: check_hierarchies, enable_controllers.
    if (is_default(setting) && (made == made_.end() || made->fresh)) continue;
    if (made == made_.end()) {
      note_left_out(setting);
      continue;
    }
    TRY(write_setting(made->directory, setting));
  }
  return {};
}

Result<Draft> create(const Location& location, const oci::Resources& resources, bool* left) {
  Draft draft;
  draft.tell_what_stays(left);
  if (location.hierarchies.empty() && !location.by_default) {
    log::warn("cgroups are disabled: linux.resources is ignored");
    return draft;
  }
  const bool v2_only = location.v2_only();
  const std::vector<Setting> settings = TRY(v2_only ? settings_v2(resources) : settings_v1(resources));
  const std::vector<std::string> needed = controllers_of(settings).needed;
  if (!v2_only) TRY(check_hierarchies(location, needed));

  const NoUmask as_given;  // whoever runs in the container reads its limits there
  for (const Hierarchy& hierarchy : location.hierarchies) {
    Result<void> made = draft.make(hierarchy);
    if (!made.ok() && location.by_default && lacks_rights(made.error()) && is_rootless())
      made = go_without(hierarchy, needed, std::move(made).error());
    TRY(std::move(made), "create cgroup", hierarchy.directory());
  }
  // From here on the directories exist, and are removed again if anything fails.

  TRY(draft.limit(settings, resources, v2_only));
  draft.ours_ = true;
  return draft;
}

std::optional<FdRef> Draft::clone_target() const {
  for (const Made& made : made_)
    if (made.hierarchy.unified) return FdRef(made.directory);
  return std::nullopt;
}

Result<void> Draft::apply_devices(const oci::Resources& resources) const {
  const Location where = location();
  if (made_.empty() || where.with("devices") != nullptr) return {};
  const auto unified =
      std::find_if(made_.begin(), made_.end(), [](const Made& made) { return made.hierarchy.unified; });
  if (unified == made_.end())
    return Error::make(Error::Kind::kUnsupported,
                       "devices can't be limited: neither the devices hierarchy of cgroup v1 nor cgroup2 is mounted "
                       "writable");
  const std::vector<bpf_insn> program = TRY(device_program(effective_rules(resources.devices)));
  // All that are attached must allow a device: one that a container before has left would go on denying.
  Result<void> attached = unified->fresh ? attach_device_program(unified->directory, program)
                                         : replace_device_program(unified->directory, program);
  // Cgroups are delegated to users, but only root may attach programs. The user's container has no more rights over
  // devices than the user, and runc and crun start it too.
  if (attached.ok() || attached.error().code() != EPERM || !is_rootless()) return attached;
  log::warn("without privilege linux.resources.devices can't be enforced, ignored");
  return {};
}

Location Draft::location() const {
  if (scope_ && scope_->started) return scope_->location;
  Location found;
  for (const Made& made : made_) found.hierarchies.push_back(made.hierarchy);
  return found;
}

bool Draft::took_over() const {
  return std::any_of(made_.begin(), made_.end(), [](const Made& made) { return !made.fresh; });
}

void Draft::give_back() {
  std::erase_if(made_, [](const Made& made) { return !made.fresh; });
  ours_ = false;
}

Draft::~Draft() {
  if (keep_) return;
  // Ignored, all of it: we are on the way out with an error that says more. An empty cgroup goes at once; one that has
  // processes already (a child that died with us, hooks it left) is killed first.
  const Location where = location();
  // A unit that is stopped while it has processes asks them to end first, and waits for that.
  if (where.unit || (!remove(where, 0).ok() && ours_)) {
    (void)kill_all(where, SIGKILL).ok();
    const Result<void> removed = remove(where, kKillTimeoutMs);
    if (!removed.ok()) log::warn(text::cat("left: ", removed.error().to_string()));
    if (!removed.ok() && left_ != nullptr) *left_ = true;
  }
  for (auto parent = parents_.rbegin(); parent != parents_.rend(); ++parent)
    (void)sys::unlinkat(FdRef::cwd(), *parent, AT_REMOVEDIR).ok();
}

}  // namespace brig::cgroups
