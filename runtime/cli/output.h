// Runs in: runtime.
//
// Results as text. All but print() is pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/documents.h"
#include "runtime/container/operations.h"

namespace brig::cli {

// Writes `text` to standard output, which gets nothing else.
Result<void> print(std::string_view text);

// Rows of cells under each other: each column but the last is three blanks wider than its widest cell and at least 12
// wide (runc's `list`, which people and scripts cut at these columns). Control characters become "?".
std::string table(const std::vector<std::vector<std::string>>& rows);

// ID PID STATUS BUNDLE CREATED OWNER.
std::string list_table(const std::vector<oci::ListEntry>& entries);
// The IDs, one a line.
std::string list_ids(const std::vector<oci::ListEntry>& entries);

// AT TOOK PROCESS STEP, in microseconds. A step is stamped when it is done, and processes overlap, so TOOK is the time
// since the step before of the same process; for the first of a process, since the step before.
std::string trace_table(const std::vector<container::TraceStep>& steps);
// [{"process":…,"step":…,"atNanoseconds":…},…]
std::string trace_json(const std::vector<container::TraceStep>& steps);

}  // namespace brig::cli
