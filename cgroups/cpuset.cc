#include "cgroups/cpuset.h"

#include <string>
#include <vector>

#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// Fills one file ("cpuset.cpus") of the cgroup at `path`, and before it that of its parent if that is empty too. The
// root's is never empty, so this ends; as deep as linux.cgroupsPath at most.
Result<std::string> fill(FdRef mount, const std::string& path, const char* file) {
  const UniqueFd directory = TRY(open_below(mount, path));
  std::string own = TRY(read_file(directory, file));
  if (!own.empty() || path.size() <= 1) return own;
  std::string inherited = TRY(fill(mount, path.substr(0, path.rfind('/')), file));
  TRY(write_file(directory, file, inherited));
  return inherited;
}

}  // namespace

Result<void> fill_cpuset(const Hierarchy& hierarchy) {
  const UniqueFd mount = TRY(open_mount(hierarchy));
  for (const char* file : {"cpuset.cpus", "cpuset.mems"}) TRY(fill(mount, hierarchy.path, file));
  return {};
}

}  // namespace brig::cgroups
