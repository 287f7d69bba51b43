#include "cgroups/delegate.h"

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/manager.h"

namespace brig::cgroups {
namespace {

constexpr const char* kKernelsList = "/sys/kernel/cgroup/delegate";
constexpr gid_t kSameGroup = static_cast<gid_t>(-1);

Result<void> give(FdRef directory, uid_t owner, const std::vector<std::string>& files) {
  TRY(sys::fchown(directory, owner, kSameGroup));
  for (const std::string& file : files) {
    Result<void> given = sys::fchownat(directory, file, owner, kSameGroup, AT_SYMLINK_NOFOLLOW);
    // "Note that not all files listed … necessarily exist in every cgroup. Runtimes MUST NOT fail in this scenario".
    if (!given.ok() && given.error().code() != ENOENT) return given;
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> delegated_files(CStr path) {
  constexpr std::size_t kMost = 4096;  // sysfs shows a page at most
  Result<UniqueFd> list = sys::openat(FdRef::cwd(), path, O_RDONLY);
  if (!list.ok() && list.error().code() == ENOENT)
    return std::vector<std::string>{"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"};
  const UniqueFd file = TRY(std::move(list));
  const std::string content = TRY(sys::read_all(file, kMost), path.c_str());
  std::vector<std::string> names;
  for (std::string& name : text::split(content, '\n'))
    // The kernel's own names; a path would lead out of the directory.
    if (!name.empty() && name.find('/') == std::string::npos) names.push_back(std::move(name));
  return names;
}

Result<void> Draft::delegate(uid_t owner) const {
  if (!location().v2_only()) return {};
  const std::vector<std::string> files = TRY(delegated_files(kKernelsList));
  Result<void> given = give(made_.front().directory, owner, files);
  if (given.ok() || given.error().code() != EPERM) return given;
  log::warn(text::cat("the cgroup is not given to its user: ignored, ", given.error().to_string()));
  return {};
}

}  // namespace brig::cgroups
