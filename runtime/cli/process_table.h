// Runs in: runtime.
//
// `ps`: a container's processes as ps(1) shows them.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace brig::cli {

// "[12,13]" and a newline.
std::string pids_json(const std::vector<pid_t>& pids);

// Of the output of ps(1): the header, and the rows whose PID is one of `pids` (ascending); a row with "-" there belongs
// to the row before (threads). Columns are what blanks separate, as engines read them. kUnsupported if there is no line
// with a PID column. Pure.
Result<std::string> rows_of(std::string_view output, const std::vector<pid_t>& pids);

// Runs ps(1), found in the PATH of brig's environment, with `arguments` ("-ef" if there are none), and keeps the rows
// of these processes. kUnsupported if there is no ps, or if it fails; its own words are in the error.
Result<std::string> process_table(const std::vector<pid_t>& pids, std::span<const std::string_view> arguments);

}  // namespace brig::cli
