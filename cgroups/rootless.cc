#include "cgroups/rootless.h"

#include <cerrno>
#include <string>
#include <vector>

#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig::cgroups {
namespace {

// The initial user namespace maps every id to itself; no other one can.
bool maps_everything(const std::string& uid_map) {
  std::vector<std::string> fields;
  for (std::string& field : text::split(text::trim(uid_map), ' '))
    if (!field.empty()) fields.push_back(std::move(field));
  return fields == std::vector<std::string>{"0", "0", "4294967295"};
}

}  // namespace

bool is_rootless() {
  if (sys::geteuid() != 0) return true;
  const Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return false;
  const Result<std::string> map = proc.value().read("self/uid_map");
  return map.ok() && !maps_everything(map.value());
}

bool lacks_rights(const Error& error) {
  return error.code() == EACCES || error.code() == EPERM || error.code() == EROFS;
}

}  // namespace brig::cgroups
