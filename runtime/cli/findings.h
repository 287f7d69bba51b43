// Runs in: runtime.
//
// What `brig check` writes. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/container/check.h"

namespace brig::cli {

// A line each: "error: /mounts/2/source: text (rule-name, config.md#mounts)", and one with the sums.
std::string findings_text(const std::vector<container::Finding>& findings);
// {"findings":[{"level":…,"rule":…,"pointer":…,"section":…,"text":…}],"errors":N,"warnings":N,"notes":N}
std::string findings_json(const std::vector<container::Finding>& findings);
// 2 if there is an error, 1 if there is a warning, otherwise 0.
int exit_status_of(const std::vector<container::Finding>& findings);

}  // namespace brig::cli
