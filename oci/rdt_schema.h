// Names and schemata of resctrl, the kernel's interface to Intel RDT (Documentation/arch/x86/resctrl.rst). Pure.
#pragma once

#include <string_view>

namespace brig::oci {

// Whether a class of service may be called so: the name of a directory, and none of those that the kernel makes itself
// (info, mon_groups, mon_data).
bool is_rdt_class_name(std::string_view name);

// Whether a class whose file `schemata` reads `current` has what each line of `wanted` ("L3:0=ff;1=c0") asks for, as
// the kernel understands both: blanks, leading zeros and the order of the domains mean nothing, and a domain that
// `wanted` leaves out may have any value.
bool rdt_schemata_match(std::string_view wanted, std::string_view current);

}  // namespace brig::oci
