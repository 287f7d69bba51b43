// Which kernel parameters a container may set: those that belong to a namespace (an allow table).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace brig::oci {

// The key in dots, as sysctl(8) understands both ways to write it: the first separator says which is meant, the other
// is then part of a name ("net/ipv4/conf/eth0.1/x" and "net.ipv4.conf.eth0/1.x" are the same). nullopt if it is no path
// below /proc/sys: empty, "." or ".." components, control characters.
std::optional<std::string> normalised_sysctl(std::string_view key);

// The CLONE_NEW* of the namespace that holds this parameter (key in dots); nullopt if it is the whole machine's, or
// has a field of its own in config.json (kernel.hostname).
std::optional<int> sysctl_namespace(std::string_view key);

}  // namespace brig::oci
