// Which section of the specification is about a property. A table, pure.
#pragma once

#include <string_view>

namespace brig::oci {

// "/linux/resources/cpu/idle" -> "config-linux.md#cpu"; "config.md" for what is in no table.
std::string_view section_of(std::string_view pointer);

}  // namespace brig::oci
