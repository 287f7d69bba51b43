// config.json -> Config: types, ranges, names and defaults, each value by itself.
#pragma once

#include <string_view>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// `text` is the whole document. kConfig with a JSON pointer for what is wrong: over 4 MiB, not JSON, a duplicate key,
// NUL or invalid UTF-8 in a string, nesting over 64, a value of another type or out of range, an unknown name.
// null is absence everywhere, and so are the empty values that engines write for what nobody asked for.
// Properties that the specification doesn't know are ignored (config.md#extensibility), with a debug record.
// Source: runtime-spec 1.3, config.md, config-linux.md, schema/.
Result<Config> read_config(std::string_view text);

// One object of it as a document of its own: what `exec --process` and `update --resources` take. Errors as above, with
// pointers into this document.
//
// exec's process is confined like `container`, that of the container, in all that the document does not speak of: user,
// umask, capabilities, rlimits, noNewPrivileges, labels, oomScoreAdj, scheduler, ioPriority and execCPUAffinity. Its
// own, absent if they are: args, cwd, env and the terminal.
Result<Process> read_process_document(std::string_view text, const Process& container);
Result<Resources> read_resources_document(std::string_view text);

}  // namespace brig::oci
