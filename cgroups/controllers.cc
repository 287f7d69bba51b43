#include "cgroups/controllers.h"

#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

constexpr const char* kSubtreeControl = "cgroup.subtree_control";

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

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

// "/", "/a", "/a/b" for "/a/b/leaf".
std::vector<std::string> ancestors(const std::string& path) {
  std::vector<std::string> found = {"/"};
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    found.push_back(path.substr(0, end));
  return found;
}

// All at once, or as many as can be had one by one: a write with one impossible word does nothing.
Result<void> enable(FdRef directory, const std::vector<std::string>& controllers) {
  if (TRY(occupied(directory))) return {};
  if (write_file(directory, kSubtreeControl, text::cat("+", text::join(controllers, " +"))).ok()) return {};
  for (const std::string& controller : controllers) {
    const Result<void> written = write_file(directory, kSubtreeControl, text::cat("+", controller));
    if (!written.ok()) log::debug(written.error().to_string());
  }
  return {};
}

// Why `controller` can't be passed on from here; "" if it can.
Result<std::string> obstacle(FdRef directory, const std::string& controller) {
  if (TRY(occupied(directory)))
    return std::string(
        "it has processes of its own, and a cgroup with processes can't give controllers to cgroups below it (cgroup "
        "v2's rule of no internal processes)");
  const Result<void> enabled = write_file(directory, kSubtreeControl, text::cat("+", controller));
  return enabled.ok() ? std::string() : errno_words(enabled.error().code());
}

// Why the leaf does not have `controller`: the first ancestor on the way down that lacks it or won't pass it on.
Error explain(FdRef mount, const Hierarchy& hierarchy, const std::string& controller) {
  for (const std::string& path : ancestors(hierarchy.path)) {
    const UniqueFd directory = TRY(open_below(mount, path));
    const std::vector<std::string> has = TRY(words_of(directory, "cgroup.controllers"));
    const std::string name = path == "/" ? hierarchy.mount : hierarchy.mount + path;
    if (!text::contains(has, controller))
      return Error::make(Error::Kind::kUnsupported,
                         text::cat("controller ", controller, " is not available in ", name));
    const std::string reason = TRY(obstacle(directory, controller));
    if (!reason.empty())
      return Error::make(Error::Kind::kUnsupported,
                         text::cat("controller ", controller, " can't be enabled in ", name, ": ", reason));
  }
  return Error::make(Error::Kind::kUnsupported,
                     text::cat("controller ", controller, " does not reach ", hierarchy.directory()));
}

}  // namespace

// The kernel makes an exception for cpu, cpuset and pids, at a price: the cgroup becomes threaded, and no new process
// can enter those below. So we ask first, and leave such a cgroup alone.
Result<bool> occupied(FdRef directory) {
  if (!sys::faccessat(directory, "cgroup.type", F_OK, 0).ok()) return false;
  Result<std::string> pids = read_file(directory, "cgroup.procs");
  if (!pids.ok() && pids.error().code() == EOPNOTSUPP) return true;  // threaded already
  const std::string listed = TRY(std::move(pids));
  return !listed.empty();
}

Result<void> enable_controllers(const Hierarchy& hierarchy, FdRef leaf, Controllers controllers) {
  std::vector<std::string> wanted = {"cpuset", "cpu", "io", "memory", "pids"};
  append(wanted, without(controllers.needed, wanted));
  append(wanted, without(controllers.if_offered, wanted));
  std::vector<std::string> has = TRY(words_of(leaf, "cgroup.controllers"));
  wanted = without(wanted, has);
  if (wanted.empty()) return {};
  const UniqueFd mount = TRY(open_mount(hierarchy));
  const std::vector<std::string> offered = TRY(words_of(mount, "cgroup.controllers"));
  wanted = without(wanted, without(wanted, offered));
  if (!wanted.empty()) {
    for (const std::string& path : ancestors(hierarchy.path)) {
      const UniqueFd directory = TRY(open_below(mount, path));
      TRY(enable(directory, wanted));
    }
    has = TRY(words_of(leaf, "cgroup.controllers"));
  }
  append(controllers.needed, without(controllers.if_offered, without(controllers.if_offered, offered)));
  for (const std::string& controller : without(controllers.needed, has)) return explain(mount, hierarchy, controller);
  return {};
}

}  // namespace brig::cgroups
