// Runs in: runtime.
#include "runtime/container/event_documents.h"

#include "oci/json.h"

namespace brig::container {
namespace {

using cgroups::BlockIoEntry;

// Left out if zero ("omitempty").
void some(json::Writer& writer, std::string_view key, std::uint64_t value) {
  if (value != 0) writer.key(key).number_unsigned(value);
}

void some(json::Writer& writer, std::string_view key, const std::string& value) {
  if (!value.empty()) writer.key(key).string(value);
}

// A list, left out if empty.
template <typename Number>
void some(json::Writer& writer, std::string_view key, const std::vector<Number>& values) {
  if (values.empty()) return;
  writer.key(key).begin_array();
  for (const Number value : values) writer.number_unsigned(value);
  writer.end_array();
}

void write_share(json::Writer& writer, std::string_view key, const cgroups::Pressure::Share& share) {
  constexpr double kHundredths = 100;
  writer.key(key).begin_object();
  writer.key("avg10").number_floating(share.avg10 / kHundredths);
  writer.key("avg60").number_floating(share.avg60 / kHundredths);
  writer.key("avg300").number_floating(share.avg300 / kHundredths);
  writer.key("total").number_unsigned(share.total_us);
  writer.end_object();
}

void write_pressure(json::Writer& writer, const std::optional<cgroups::Pressure>& pressure) {
  if (!pressure) return;
  writer.key("psi").begin_object();
  write_share(writer, "some", pressure->some);
  write_share(writer, "full", pressure->full);
  writer.end_object();
}

void write_cpu(json::Writer& writer, const cgroups::CpuStats& cpu) {
  writer.key("cpu").begin_object();
  writer.key("usage").begin_object();
  some(writer, "total", cpu.total_ns);
  some(writer, "percpu", cpu.per_cpu_ns);
  some(writer, "percpu_kernel", cpu.per_cpu_kernel_ns);
  some(writer, "percpu_user", cpu.per_cpu_user_ns);
  writer.key("kernel").number_unsigned(cpu.kernel_ns);
  writer.key("user").number_unsigned(cpu.user_ns);
  writer.end_object();
  writer.key("throttling").begin_object();
  some(writer, "periods", cpu.periods);
  some(writer, "throttledPeriods", cpu.throttled_periods);
  some(writer, "throttledTime", cpu.throttled_ns);
  writer.end_object();
  write_pressure(writer, cpu.pressure);
  writer.end_object();
}

void write_cpuset(json::Writer& writer, const cgroups::CpusetStats& cpuset) {
  writer.key("cpuset").begin_object();
  some(writer, "cpus", cpuset.cpus);
  writer.key("cpu_exclusive").number_unsigned(cpuset.cpu_exclusive);
  some(writer, "mems", cpuset.mems);
  writer.key("mem_hardwall").number_unsigned(cpuset.mem_hardwall);
  writer.key("mem_exclusive").number_unsigned(cpuset.mem_exclusive);
  writer.key("memory_migrate").number_unsigned(cpuset.memory_migrate);
  writer.key("memory_spread_page").number_unsigned(cpuset.memory_spread_page);
  writer.key("memory_spread_slab").number_unsigned(cpuset.memory_spread_slab);
  writer.key("memory_pressure").number_unsigned(cpuset.memory_pressure);
  writer.key("sched_load_balance").number_unsigned(cpuset.sched_load_balance);
  writer.key("sched_relax_domain_level").number(cpuset.sched_relax_domain_level);
  writer.end_object();
}

void write_memory_use(json::Writer& writer, std::string_view key, const cgroups::MemoryUse& use) {
  writer.key(key).begin_object();
  writer.key("limit").number_unsigned(use.limit);
  some(writer, "usage", use.usage);
  some(writer, "max", use.max);
  writer.key("failcnt").number_unsigned(use.failures);
  writer.end_object();
}

void write_memory(json::Writer& writer, const cgroups::MemoryStats& memory) {
  writer.key("memory").begin_object();
  some(writer, "cache", memory.cache);
  write_memory_use(writer, "usage", memory.usage);
  write_memory_use(writer, "swap", memory.swap);
  write_memory_use(writer, "kernel", memory.kernel);
  write_memory_use(writer, "kernelTCP", memory.kernel_tcp);
  if (!memory.raw.empty()) {
    writer.key("raw").begin_object();
    for (const auto& [key, value] : memory.raw) writer.key(key).number_unsigned(value);
    writer.end_object();
  }
  write_pressure(writer, memory.pressure);
  writer.end_object();
}

void write_entries(json::Writer& writer, std::string_view key, const std::vector<BlockIoEntry>& entries) {
  if (entries.empty()) return;
  writer.key(key).begin_array();
  for (const BlockIoEntry& entry : entries) {
    writer.begin_object();
    some(writer, "major", entry.major);
    some(writer, "minor", entry.minor);
    some(writer, "op", entry.operation);
    some(writer, "value", entry.value);
    writer.end_object();
  }
  writer.end_array();
}

void write_block_io(json::Writer& writer, const cgroups::BlockIoStats& io) {
  writer.key("blkio").begin_object();
  write_entries(writer, "ioServiceBytesRecursive", io.bytes);
  write_entries(writer, "ioServicedRecursive", io.operations);
  write_entries(writer, "ioQueueRecursive", io.queued);
  write_entries(writer, "ioServiceTimeRecursive", io.service_time);
  write_entries(writer, "ioWaitTimeRecursive", io.wait_time);
  write_entries(writer, "ioMergedRecursive", io.merged);
  write_entries(writer, "ioTimeRecursive", io.time);
  write_entries(writer, "sectorsRecursive", io.sectors);
  write_pressure(writer, io.pressure);
  writer.end_object();
}

void write_hugepages(json::Writer& writer, const std::vector<cgroups::HugepageStats>& sizes) {
  writer.key("hugetlb").begin_object();
  for (const cgroups::HugepageStats& pages : sizes) {
    writer.key(pages.size).begin_object();
    some(writer, "usage", pages.usage);
    some(writer, "max", pages.max);
    writer.key("failcnt").number_unsigned(pages.failures);
    writer.end_object();
  }
  writer.end_object();
}

json::Writer begin_event(std::string_view type, std::string_view id) {
  json::Writer writer;
  writer.begin_object();
  writer.key("type").string(type);
  writer.key("id").string(id);
  return writer;
}

std::string end_event(json::Writer writer) {
  writer.end_object();
  return std::move(writer).take() + '\n';
}

}  // namespace

std::string stats_event(std::string_view id, const cgroups::Stats& stats, const std::optional<RdtStats>& rdt) {
  json::Writer writer = begin_event("stats", id);
  writer.key("data").begin_object();
  write_cpu(writer, stats.cpu);
  write_cpuset(writer, stats.cpuset);
  write_memory(writer, stats.memory);
  writer.key("pids").begin_object();
  some(writer, "current", stats.pids.current);
  some(writer, "limit", stats.pids.limit);
  writer.end_object();
  write_block_io(writer, stats.block_io);
  write_hugepages(writer, stats.hugepages);
  writer.key("intel_rdt");
  write_rdt_stats(writer, rdt);
  // Those that a runtime made for the container; an OCI runtime makes none.
  writer.key("network_interfaces").null();
  writer.end_object();
  return end_event(std::move(writer));
}

std::string oom_event(std::string_view id) { return end_event(begin_event("oom", id)); }

std::string pressure_event(std::string_view id, const cgroups::Pressure& memory) {
  json::Writer writer = begin_event("pressure", id);
  writer.key("data").begin_object().key("memory").begin_object();
  write_pressure(writer, memory);
  writer.end_object().end_object();
  return end_event(std::move(writer));
}

}  // namespace brig::container
