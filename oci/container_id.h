// What a container may be called.
#pragma once

#include <string_view>

namespace brig::oci {

// Letters, digits, "_", "+", "-" and "." only; not "-" or "." at the start, which would read as an option or hide a
// directory; 1 … 200 bytes, so that any suffix of ours still makes a file name (NAME_MAX is 255). The same rule
// everywhere an id comes in: it becomes a part of paths.
bool valid_container_id(std::string_view id);

}  // namespace brig::oci
