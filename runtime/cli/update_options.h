// Runs in: runtime.
//
// The options of `update`, whose values are limits: as tables.h, data only.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/cli/options.h"

namespace brig::cli {

namespace update_options {

using container::UpdateRequest;
using oci::BlockIoResources;
using oci::CpuResources;
using oci::MemoryResources;
using oci::Resources;

// Values, each with what it must be like as the error; kUsage.
Result<void> read_bytes(std::optional<std::int64_t>& to, std::string_view value);
Result<void> read_number(std::optional<std::uint64_t>& to, std::string_view value);
// -1: unlimited.
Result<void> read_limit(std::optional<std::int64_t>& to, std::string_view value);
Result<void> read_idle(std::optional<std::int64_t>& to, std::string_view value);
Result<void> read_weight(std::optional<std::uint16_t>& to, std::string_view value);
Result<void> read_list(std::string& to, std::string_view value);
Result<void> read_schema(std::string& to, std::string_view value);
Result<void> read_bandwidth_schema(std::string& to, std::string_view value);

// Stores into the member of the request that Path leads to.
template <auto Read, auto... Path>
Result<void> set(Arguments& arguments, std::string_view value) {
  return Read((arguments.update.*....*Path), value);
}
template <auto Member>
constexpr auto set_bytes = &set<read_bytes, &UpdateRequest::resources, &Resources::memory, Member>;
template <auto Read, auto Member>
constexpr auto set_cpu = &set<Read, &UpdateRequest::resources, &Resources::cpu, Member>;

inline Result<void> set_document(Arguments& arguments, std::string_view value) {
  arguments.update.document = value;
  return {};
}

}  // namespace update_options

// Sizes in bytes may have a unit (size.h).
inline constexpr std::array kUpdateOnly = {
    Option{"resources", 'r', "FILE",
           "take the limits from a JSON object like linux.resources of config.json, in FILE or, for -, from standard "
           "input; the other options but --l3-cache-schema and --mem-bw-schema have no effect then",
           update_options::set_document},
    Option{"memory", 0, "BYTES", "limit memory; -1 for no limit",
           update_options::set_bytes<&oci::MemoryResources::limit>},
    Option{"memory-reservation", 0, "BYTES", "try to leave that much memory to the container; -1 for no limit",
           update_options::set_bytes<&oci::MemoryResources::reservation>},
    Option{"memory-swap", 0, "BYTES", "limit memory and swap together; -1 for no limit",
           update_options::set_bytes<&oci::MemoryResources::swap>},
    Option{"kernel-memory", 0, "BYTES", "obsolete, and ignored: it is within --memory",
           update_options::set_bytes<&oci::MemoryResources::kernel>},
    Option{"kernel-memory-tcp", 0, "BYTES", "obsolete, and ignored: it is within --memory",
           update_options::set_bytes<&oci::MemoryResources::kernel_tcp>},
    Option{"cpu-share", 0, "N", "set the weight beside other cgroups, 2 to 262144 (usually 1024)",
           update_options::set_cpu<update_options::read_number, &oci::CpuResources::shares>},
    Option{"cpu-quota", 0, "USEC", "limit the CPU time in each period; -1 for no limit",
           update_options::set_cpu<update_options::read_limit, &oci::CpuResources::quota>},
    Option{"cpu-period", 0, "USEC", "set the length of a period",
           update_options::set_cpu<update_options::read_number, &oci::CpuResources::period>},
    Option{"cpu-burst", 0, "USEC", "let that much CPU time that was left over be used beyond the quota",
           update_options::set_cpu<update_options::read_number, &oci::CpuResources::burst>},
    Option{"cpu-rt-period", 0, "USEC", "set the period of real-time scheduling (cgroup v1)",
           update_options::set_cpu<update_options::read_number, &oci::CpuResources::realtime_period>},
    Option{"cpu-rt-runtime", 0, "USEC", "limit real-time scheduling in each period (cgroup v1)",
           update_options::set_cpu<update_options::read_limit, &oci::CpuResources::realtime_runtime>},
    Option{"cpu-idle", 0, "0|1", "let the container run only when nobody else wants to",
           update_options::set_cpu<update_options::read_idle, &oci::CpuResources::idle>},
    Option{"cpuset-cpus", 0, "LIST", "use these CPUs only, such as 0-3,7",
           update_options::set_cpu<update_options::read_list, &oci::CpuResources::cpus>},
    Option{"cpuset-mems", 0, "LIST", "use these memory nodes only",
           update_options::set_cpu<update_options::read_list, &oci::CpuResources::mems>},
    Option{"pids-limit", 0, "N", "limit processes and threads; -1 for no limit",
           &update_options::set<update_options::read_limit, &container::UpdateRequest::resources,
                                &oci::Resources::pids_limit>},
    Option{"blkio-weight", 0, "N", "set the weight of block I/O, 10 to 1000",
           &update_options::set<update_options::read_weight, &container::UpdateRequest::resources,
                                &oci::Resources::block_io, &oci::BlockIoResources::weight>},
    Option{"l3-cache-schema", 0, "SCHEMA", "give the container these parts of the L3 cache (Intel RDT)",
           &update_options::set<update_options::read_schema, &container::UpdateRequest::l3_cache_schema>},
    Option{"mem-bw-schema", 0, "SCHEMA", "give the container this memory bandwidth (Intel RDT)",
           &update_options::set<update_options::read_bandwidth_schema, &container::UpdateRequest::mem_bw_schema>},
};

}  // namespace brig::cli
