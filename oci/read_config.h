// config.json -> Config: types, ranges, names and defaults, each value by itself.
#pragma once

#include <string_view>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// `text` is the whole document (bounded by the caller: 4 MiB). kConfig with a JSON pointer for what is wrong: not
// JSON, a duplicate key, NUL or invalid UTF-8 in a string, nesting over 64, a value of another type or out of range,
// an unknown name, a property of the specification that brig does not implement yet ("not implemented yet").
// Properties that the specification doesn't know are ignored (config.md#extensibility), with a debug record.
// Source: runtime-spec 1.3, config.md, config-linux.md, schema/.
Result<Config> read_config(std::string_view text);

}  // namespace brig::oci
