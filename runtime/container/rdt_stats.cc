// Runs in: runtime.
#include "runtime/container/rdt_stats.h"

#include <dirent.h>

#include <algorithm>

#include "base/sys.h"
#include "base/text.h"

namespace brig::container {
namespace {

constexpr std::size_t kMostBytes = 1024 * 1024;

Result<std::string> read_trimmed(const std::string& path) {
  const UniqueFd file = TRY(sys::openat(FdRef::cwd(), path, O_RDONLY | O_NOFOLLOW));
  const std::string content = TRY(sys::read_all(file, kMostBytes), path);
  return std::string(text::trim(content));
}

// 0 for "Unavailable" and "Error", which the kernel writes where a counter has no value.
Result<std::uint64_t> read_number(const std::string& path) {
  const std::string content = TRY(read_trimmed(path));
  return text::parse_int<std::uint64_t>(content).value_or(0);
}

bool exists(const std::string& path) { return sys::fstatat(FdRef::cwd(), path, AT_SYMLINK_NOFOLLOW).ok(); }

// The line of this resource: "L3:0=fff;1=fff".
std::string line_of(const std::vector<std::string>& schemata, std::string_view resource) {
  for (const std::string& line : schemata)
    if (text::trim(line).starts_with(text::cat(resource, ':'))) return std::string(text::trim(line));
  return {};
}

Result<RdtStats::L3Info> read_l3(const std::string& info) {
  RdtStats::L3Info l3;
  l3.cbm_mask = TRY(read_trimmed(info + "/cbm_mask"));
  l3.min_cbm_bits = TRY(read_number(info + "/min_cbm_bits"));
  l3.num_closids = TRY(read_number(info + "/num_closids"));
  return l3;
}

Result<RdtStats::MemoryBandwidthInfo> read_memory_bandwidth(const std::string& info) {
  RdtStats::MemoryBandwidthInfo bandwidth;
  bandwidth.bandwidth_gran = TRY(read_number(info + "/bandwidth_gran"));
  bandwidth.delay_linear = TRY(read_number(info + "/delay_linear"));
  bandwidth.min_bandwidth = TRY(read_number(info + "/min_bandwidth"));
  bandwidth.num_closids = TRY(read_number(info + "/num_closids"));
  return bandwidth;
}

// The domains ("mon_L3_00") below mon_data, in order.
Result<std::vector<std::string>> domains(const std::string& data) {
  const UniqueFd directory = TRY(sys::openat(FdRef::cwd(), data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  std::vector<std::string> names;
  for (const sys::DirEntry& entry : TRY(sys::getdents(directory)))
    if (entry.type == DT_DIR && entry.name.starts_with("mon_L3_")) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> read_monitoring(const RdtPlace& place, RdtStats& stats) {
  const std::string list = place.mount + "/info/L3_MON/mon_features";
  if (!exists(list)) return {};
  const std::string listed = TRY(read_trimmed(list));
  const std::vector<std::string> features = text::split(listed, '\n');
  const bool total = text::contains(features, "mbm_total_bytes"), local = text::contains(features, "mbm_local_bytes");
  if (total || local) stats.bandwidth.emplace();
  if (text::contains(features, "llc_occupancy")) stats.occupancy.emplace();
  const std::string group = place.monitoring.empty() ? place.class_directory() : place.monitoring_directory();
  for (const std::string& domain : TRY(domains(group + "/mon_data"))) {
    const std::string directory = text::cat(group, "/mon_data/", domain);
    if (stats.bandwidth) {
      RdtStats::Bandwidth bandwidth;
      if (total) bandwidth.total_bytes = TRY(read_number(directory + "/mbm_total_bytes"));
      if (local) bandwidth.local_bytes = TRY(read_number(directory + "/mbm_local_bytes"));
      stats.bandwidth->push_back(bandwidth);
    }
    if (stats.occupancy) stats.occupancy->push_back(TRY(read_number(directory + "/llc_occupancy")));
  }
  return {};
}

void some(json::Writer& writer, std::string_view key, const std::string& value) {
  if (!value.empty()) writer.key(key).string(value);
}

void some(json::Writer& writer, std::string_view key, std::uint64_t value) {
  if (value != 0) writer.key(key).number_unsigned(value);
}

void write_shares(json::Writer& writer, const RdtStats& stats) {
  if (stats.l3) {
    writer.key("l3_cache_info").begin_object();
    some(writer, "cbm_mask", stats.l3->cbm_mask);
    some(writer, "min_cbm_bits", stats.l3->min_cbm_bits);
    some(writer, "num_closids", stats.l3->num_closids);
    writer.end_object();
  }
  some(writer, "l3_cache_schema_root", stats.l3_schema_root);
  some(writer, "l3_cache_schema", stats.l3_schema);
  if (stats.memory_bandwidth) {
    writer.key("mem_bw_info").begin_object();
    some(writer, "bandwidth_gran", stats.memory_bandwidth->bandwidth_gran);
    some(writer, "delay_linear", stats.memory_bandwidth->delay_linear);
    some(writer, "min_bandwidth", stats.memory_bandwidth->min_bandwidth);
    some(writer, "num_closids", stats.memory_bandwidth->num_closids);
    writer.end_object();
  }
  some(writer, "mem_bw_schema_root", stats.memory_bandwidth_schema_root);
  some(writer, "mem_bw_schema", stats.memory_bandwidth_schema);
}

}  // namespace

Result<RdtStats> read_rdt_stats(const RdtPlace& place) {
  RdtStats stats;
  const std::string of_class = TRY(read_trimmed(place.class_directory() + "/schemata"));
  const std::string of_root = TRY(read_trimmed(place.mount + "/schemata"));
  stats.schemata = text::split(of_class, '\n');
  const std::vector<std::string> root = text::split(of_root, '\n');
  if (const std::string info = place.mount + "/info/L3"; exists(info)) {
    stats.l3 = TRY(read_l3(info));
    stats.l3_schema_root = line_of(root, "L3");
    stats.l3_schema = line_of(stats.schemata, "L3");
  }
  if (const std::string info = place.mount + "/info/MB"; exists(info)) {
    stats.memory_bandwidth = TRY(read_memory_bandwidth(info));
    stats.memory_bandwidth_schema_root = line_of(root, "MB");
    stats.memory_bandwidth_schema = line_of(stats.schemata, "MB");
  }
  TRY(read_monitoring(place, stats));
  return stats;
}

void write_rdt_stats(json::Writer& writer, const std::optional<RdtStats>& stats) {
  writer.begin_object();
  if (stats) {
    write_shares(writer, *stats);
    writer.key("schemata").begin_array();
    for (const std::string& line : stats->schemata) writer.string(line);
    writer.end_array();
  }
  if (stats && stats->bandwidth) {
    writer.key("mbm_stats").begin_array();
    for (const RdtStats::Bandwidth& each : *stats->bandwidth) {
      writer.begin_object();
      writer.key("mbm_total_bytes").number_unsigned(each.total_bytes);
      writer.key("mbm_local_bytes").number_unsigned(each.local_bytes);
      writer.end_object();
    }
    writer.end_array();
  }
  if (stats && stats->occupancy) {
    writer.key("cmt_stats").begin_array();
    for (const std::uint64_t each : *stats->occupancy)
      writer.begin_object().key("llc_occupancy").number_unsigned(each).end_object();
    writer.end_array();
  }
  writer.end_object();
}

}  // namespace brig::container
