// Mappings of ids, of user namespaces and of mounts.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// The kernel's limits on one set of mappings: how many, and that neither side overlaps (user_namespaces(7), "Defining
// user and group ID mappings"). kConfig at the mapping at fault; `pointer` is that of the list.
Result<void> mappings_disjoint(const std::vector<IdMapping>& mappings, std::string_view pointer);

}  // namespace brig::oci
