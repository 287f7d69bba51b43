// Internal to oci/: validate's rules between the parts of linux.resources.
#pragma once

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// `swap` limits memory and swap together, so it needs `limit` and can't be less. config-linux.md#memory.
Result<void> swap_covers_memory(const Config& config);

// "If specified, this value MUST be no larger than any positive `quota`". config-linux.md#cpu.
Result<void> burst_within_quota(const Config& config);

// No two entries of a list about the same device, page size or interface: the second would silently replace the first.
// config-linux.md#block-io, #huge-page-limits, #network.
Result<void> resources_given_once(const Config& config);

}  // namespace brig::oci
