#include "base/user_namespace.h"

#include <string>
#include <vector>

#include "base/text.h"

namespace brig {

bool maps_all_ids(std::string_view uid_map) {
  std::vector<std::string> fields = text::split(text::trim(uid_map), ' ');
  std::erase(fields, "");
  return fields == std::vector<std::string>{"0", "0", "4294967295"};
}

Result<bool> in_user_namespace(const ProcDir& proc) {
  Result<std::string> uid_map = proc.read("self/uid_map");
  if (uid_map.ok()) return !maps_all_ids(uid_map.value());
  if (uid_map.error().code() == ENOENT) return false;  // a kernel without user namespaces
  return std::move(uid_map).error();
}

}  // namespace brig
