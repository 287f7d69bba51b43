// Runs in: runtime.
//
// What a container's state keeps of its limits for `update`: only what the kernel can't tell.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/manager.h"
#include "oci/config.h"
#include "oci/json.h"
#include "runtime/container/members.h"

namespace brig::container {

struct KeptLimits {
  cgroups::Asked asked;
  // linux.resources.devices as it was last applied, "allow c 1:3 rwm" each. Engines send the list along with whatever
  // they update; one that is the same is not applied again, which would undo what hooks have allowed since. Empty also
  // while another list is being applied.
  std::vector<std::string> devices;
};

// Of a new container. Pure.
KeptLimits kept_limits(const oci::Resources& resources);
// The rules in the form above. Pure.
std::vector<std::string> device_list(const std::vector<oci::DeviceRule>& rules);

// The member "limits" of state.json, left out if there is nothing to keep. Pure.
void write_limits(json::Writer& w, const KeptLimits& limits);
Result<KeptLimits> read_limits(const Members& members);

}  // namespace brig::container
