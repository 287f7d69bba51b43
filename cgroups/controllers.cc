#include "cgroups/controllers.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "base/log.h"
#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/occupants.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr const char* kControllers = "cgroup.controllers";
constexpr const char* kSubtreeControl = "cgroup.subtree_control";
constexpr const char* kType = "cgroup.type";  // not in the root of the tree

Result<std::vector<std::string>> words_of(FdRef directory, CStr file) {
  const std::string content = TRY(read_file(directory, file));
  return content.empty() ? std::vector<std::string>() : text::split(content, ' ');
}

std::vector<std::string> without(const std::vector<std::string>& list, const std::vector<std::string>& taken) {
  std::vector<std::string> left;
  for (const std::string& word : list)
    if (!text::contains(taken, word)) left.push_back(word);
  return left;
}

// What bars a cgroup from enabling controllers, whoever asks. The kernel makes an exception for cpu, cpuset and pids,
// at a price: the cgroup becomes threaded, and no new process can enter those below. So we ask first, and leave such a
// cgroup alone. The root of the tree, which has no type, is free of these rules.
struct Bar {
  std::string type = "domain";
  std::vector<pid_t> processes;
  bool down() const { return type != "domain" || !processes.empty(); }
};

Result<Bar> bar_of(FdRef directory) {
  Bar bar;
  Result<std::string> type = read_file(directory, kType);
  if (!type.ok() && type.error().code() == ENOENT) return bar;
  bar.type = TRY(std::move(type));
  bar.processes = TRY(listed_here(directory));
  return bar;
}

Obstacle obstacle_of(const Bar& bar) {
  if (bar.type != "domain")
    return {text::cat("its type is \"", bar.type, "\", and below a threaded cgroup there are only threads of its own"),
            ""};
  return {text::cat("it has processes of its own, ", name_processes(bar.processes),
                    ", and a cgroup with processes can't give controllers to cgroups below it (cgroup v2's rule of no "
                    "internal processes)"),
          "move them to another cgroup first, one below it will do"};
}

// All at once, or as many as can be had one by one: a write with one impossible word does nothing.
Result<void> enable(FdRef directory, const std::vector<std::string>& wanted) {
  const std::vector<std::string> missing = without(wanted, TRY(words_of(directory, kSubtreeControl)));
  if (missing.empty() || !sys::faccessat(directory, kSubtreeControl, W_OK, AT_EACCESS).ok()) return {};
  const Bar bar = TRY(bar_of(directory));
  if (bar.down()) return {};
  if (write_file(directory, kSubtreeControl, text::cat("+", text::join(missing, " +"))).ok()) return {};
  for (const std::string& controller : missing) {
    const Result<void> written = write_file(directory, kSubtreeControl, text::cat("+", controller));
    if (!written.ok()) log::debug(written.error().to_string());
  }
  return {};
}

// Why the top of the hierarchy, as far as it is seen, does not have `controller`.
std::string why_not_at_top(FdRef mount, const std::string& controller) {
  if (sys::faccessat(mount, kType, F_OK, 0).ok())
    return "what is above it, outside of this container, does not pass it on";
  const std::string old_name = controller == "io" ? "blkio" : controller;
  const Result<ProcDir> proc = ProcDir::open();
  const Result<std::string> known = proc.ok() ? proc.value().read("cgroups") : Result<std::string>(std::string());
  if (!known.ok()) return "";
  for (const std::string& line : text::split(known.value(), '\n')) {
    const std::vector<std::string> fields = text::split(line, '\t');  // name, hierarchy, cgroups, enabled
    if (fields.size() < 4 || fields[0] != old_name) continue;
    if (fields[3] == "0") return "it is disabled by the kernel's command line";
    if (fields[1] != "0") return "a cgroup v1 hierarchy has it";
  }
  return "this kernel may not have it";
}

std::string how_to_enable(const std::string& name, const std::string& controller) {
  return text::cat("its owner can: echo +", controller, " >", name, "/", kSubtreeControl);
}

enum class Ask { kRights, kByWriting };

// What keeps the cgroup `name`, which has `controller`, from passing it on.
Result<Obstacle> obstacle_in(FdRef directory, const std::string& name, const std::string& controller, Ask ask) {
  const std::string beginning = text::cat("controller ", controller, " can't be enabled in ", name, ": ");
  if (const Bar bar = TRY(bar_of(directory)); bar.down()) {
    Obstacle found = obstacle_of(bar);
    return Obstacle{beginning + found.text, std::move(found.hint)};
  }
  const Result<void> may = ask == Ask::kRights ? sys::faccessat(directory, kSubtreeControl, W_OK, AT_EACCESS)
                                               : write_file(directory, kSubtreeControl, text::cat("+", controller));
  if (may.ok()) return Obstacle();
  return Obstacle{beginning + errno_words(may.error().code()), how_to_enable(name, controller)};
}

Result<Obstacle> find_obstacle(FdRef mount, const Hierarchy& hierarchy, const std::string& controller, Ask ask) {
  std::string above;
  for (const std::string& path : ancestors(hierarchy.path)) {
    const Result<UniqueFd> directory = open_below(mount, path);
    if (!directory.ok() && gone(directory.error())) break;  // not made yet, and free to pass on what it gets
    if (!directory.ok()) return Obstacle{directory.error().to_string(), ""};
    const std::string name = path == "/" ? hierarchy.mount : hierarchy.mount + path;
    const std::vector<std::string> has = TRY(words_of(directory.value(), kControllers));
    if (!text::contains(has, controller))
      return Obstacle{text::cat("controller ", controller, " is not available in ", name),
                      above.empty() ? why_not_at_top(mount, controller) : how_to_enable(above, controller)};
    above = name;
    const std::vector<std::string> passes_on = TRY(words_of(directory.value(), kSubtreeControl));
    if (text::contains(passes_on, controller)) continue;
    Obstacle found = TRY(obstacle_in(directory.value(), name, controller, ask));
    if (!found.text.empty()) return found;
  }
  return Obstacle();
}

Error explain(FdRef mount, const Hierarchy& hierarchy, const std::string& controller) {
  Obstacle found = TRY(find_obstacle(mount, hierarchy, controller, Ask::kByWriting));
  if (found.text.empty()) found.text = text::cat("controller ", controller, " does not reach ", hierarchy.directory());
  Error error = Error::make(Error::Kind::kUnsupported, found.text);
  return found.hint.empty() ? std::move(error) : std::move(error).with_hint(found.hint);
}

// So it is on a machine that has run containers before: nothing more is asked then.
bool suffices(const std::vector<std::string>& has, const Controllers& controllers) {
  const std::vector<std::string> usual = {"cpuset", "cpu", "io", "memory", "pids"};
  return without(usual, has).empty() && without(controllers.needed, has).empty() &&
         without(controllers.if_offered, has).empty();
}

}  // namespace

Result<Obstacle> obstacle_on_way(const Hierarchy& hierarchy, const std::string& controller) {
  const UniqueFd mount = TRY(open_mount(hierarchy));
  return find_obstacle(mount, hierarchy, controller, Ask::kRights);
}

Result<void> enable_controllers(const Hierarchy& hierarchy, FdRef leaf, Controllers controllers) {
  std::vector<std::string> has = TRY(words_of(leaf, kControllers));
  if (suffices(has, controllers)) return {};
  const std::vector<std::string> offered = TRY(words_of(FdRef::cwd(), text::cat(hierarchy.mount, "/", kControllers)));
  for (const std::string& controller : controllers.if_offered)
    if (text::contains(offered, controller)) controllers.needed.push_back(controller);
  const std::vector<std::string> missing = without(offered, has);
  if (missing.empty() && without(controllers.needed, has).empty()) return {};
  const UniqueFd mount = TRY(open_mount(hierarchy));
  if (!missing.empty()) {
    for (const std::string& path : ancestors(hierarchy.path)) {
      const UniqueFd directory = TRY(open_below(mount, path));
      TRY(enable(directory, missing));
    }
    has = TRY(words_of(leaf, kControllers));
  }
  for (const std::string& controller : without(controllers.needed, has)) return explain(mount, hierarchy, controller);
  return {};
}

}  // namespace brig::cgroups
