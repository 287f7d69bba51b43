// GVariant's text format -> a value of D-Bus, as runc and crun take it in annotations ("GVariant Text Format",
// docs.gtk.org/glib). For cgroups/ itself; pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cgroups/dbus_value.h"

namespace brig::cgroups {

// true, 'text', "text", b'bytes', 17, -1, 0x1f, 017, 1.5, [1, 2], ('a', 1), {'key': <1>}, uint64 5, @as [].
//
// A number without a type is an int32, or a double if it has a point or an exponent; elements of an array take the type
// that one of them has. An empty array or dictionary needs a type. kUsage, saying what is wrong and where, for
// everything else: maybe types and handles, which D-Bus has not, numbers out of range, NUL, text that is not UTF-8,
// more than 64 KiB, or than 32 levels.
Result<dbus::Value> parse_gvariant(std::string_view text);

}  // namespace brig::cgroups
