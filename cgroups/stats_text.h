// The texts of the kernel's statistics files. For cgroups/ itself. All but the last are pure; a line that is not in the
// form it should be is passed over: kernels add some.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cstr.h"
#include "base/fd.h"
#include "base/result.h"
#include "cgroups/stats.h"

namespace brig::cgroups {

// "4096"; "max" is UINT64_MAX, and a negative number (of a counter that is not exact) is zero. Zero if it is neither.
std::uint64_t parse_counter(std::string_view text);
// Lines of "key 12".
using Counters = std::vector<std::pair<std::string, std::uint64_t>>;
Counters parse_counters(std::string_view text);
// The value of the key, 0 if there is none.
std::uint64_t counter(const Counters& counters, std::string_view key);
// "some avg10=0.12 avg60=0.00 avg300=0.00 total=123", and a line "full …", which cpu.pressure lacks before Linux 5.13.
Pressure parse_pressure(std::string_view text);
// "8:0 Read 4096", or without a word of the operation; the line "Total 4096" is none of a device.
std::vector<BlockIoEntry> parse_blkio(std::string_view text);
// v2, io.stat: "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0".
void parse_io_stat(std::string_view text, BlockIoStats& stats);
// "1 2 3 ", as cpuacct.usage_percpu has them.
std::vector<std::uint64_t> parse_numbers(std::string_view text);
// cpuacct.usage_all: a line "cpu user system", then one of numbers for each CPU.
void parse_usage_all(std::string_view text, CpuStats& stats);
// "0-3,7".
std::vector<std::uint16_t> parse_index_numbers(std::string_view text);

// The whole of a file; nullopt if it is not there, the cgroup is gone, or the kernel says that it has nothing to tell
// (EOPNOTSUPP: pressure without psi=1).
Result<std::optional<std::string>> read_optional(FdRef directory, CStr file);
// The number in a file, 0 as above.
Result<std::uint64_t> read_counter(FdRef directory, CStr file);
// Sizes of huge pages for which the directory has "hugetlb.SIZE" and then `suffix`, ascending by name.
Result<std::vector<std::string>> hugepage_sizes(FdRef directory, std::string_view suffix);

}  // namespace brig::cgroups
