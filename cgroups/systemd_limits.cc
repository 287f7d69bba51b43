// limit_properties().
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cgroups/systemd_properties.h"
#include "oci/index_list.h"

namespace brig::cgroups {
namespace {

constexpr std::uint64_t kInfinity = std::numeric_limits<std::uint64_t>::max();

// Versions of systemd (its NEWS) that first had a property, or a value of it.
constexpr int kQuotaPeriod = 242, kCpusets = 244, kIdleWeight = 252, kOomPolicyOfScopes = 253, kZswap = 253;

Error refused(const Setting& setting) {
  return Error::config(setting.pointer, text::cat("systemd can't be told ", text::json_quote(setting.value)));
}

// "max", "-1" and numbers; bytes may have a suffix, as the kernel's memparse() takes it.
std::optional<std::uint64_t> amount(std::string_view text) {
  text = text::trim(text);
  if (text == "max" || text == "-1") return kInfinity;
  unsigned shift = 0;
  const std::size_t suffix = text.empty() ? std::string_view::npos : std::string_view("kmgtpeKMGTPE").find(text.back());
  if (suffix != std::string_view::npos) {
    shift = static_cast<unsigned>(suffix % 6 + 1) * 10;
    text.remove_suffix(1);
  }
  const std::optional<std::uint64_t> number = text::parse_int<std::uint64_t>(text);
  if (!number || *number > (kInfinity >> shift)) return std::nullopt;
  return *number << shift;
}

// What one group may use of each second, in microseconds. systemd counts in whole percents of a CPU, so it is rounded
// up to the next 10 ms: never less than what the file has.
std::uint64_t per_second(std::uint64_t quota, std::uint64_t period) {
  constexpr std::uint64_t kSecond = 1'000'000, kPercent = 10'000;
  if (quota == kInfinity || quota / period > kInfinity / kSecond / 2) return kInfinity;
  const std::uint64_t rest = quota % period;  // below period, of which the kernel allows a second at most
  const std::uint64_t exact =
      quota / period * kSecond + (rest > kInfinity / kSecond ? kSecond : rest * kSecond / period);
  return (exact + kPercent - 1) / kPercent * kPercent;
}

class Limits {
 public:
  explicit Limits(int systemd) : systemd_(systemd) {}
  Result<void> add(const Setting& setting);
  std::vector<Property> take() &&;

 private:
  Result<void> add_amount(std::string_view name, const Setting& setting);
  Result<void> add_cpu_max(const Setting& setting);
  Result<void> add_cpuset(std::string_view name, const Setting& setting);
  Result<void> add_io_weight(const Setting& setting);
  Result<void> add_io_max(const Setting& setting);
  Result<void> add_tasks(const Setting& setting);
  void set(std::string_view name, dbus::Value value) {
    set_property(properties_, {.name = std::string(name), .value = std::move(value)});
  }
  // Properties that are lists of devices are added to with each value.
  void add_device(std::string_view name, std::string_view device, std::uint64_t value) {
    properties_.push_back(
        {.name = std::string(name),
         .value = dbus::array(
             "(st)", {dbus::structure({dbus::string(text::cat("/dev/block/", device)), dbus::uint64(value)})})});
  }

  int systemd_;
  bool idle_ = false;
  std::optional<std::uint64_t> quota_, period_;
  std::vector<Property> properties_;
};

Result<void> Limits::add_amount(std::string_view name, const Setting& setting) {
  const std::optional<std::uint64_t> value = amount(setting.value);
  if (!value) return refused(setting);
  set(name, dbus::uint64(*value));
  return {};
}

// "max 100000", "50000", "50000 100000"
Result<void> Limits::add_cpu_max(const Setting& setting) {
  const std::string_view value = text::trim(setting.value);
  const std::size_t blank = std::min(value.find_first_of(" \t"), value.size());
  const std::optional<std::uint64_t> quota = amount(value.substr(0, blank));
  const std::string_view rest = text::trim(value.substr(blank));
  const std::optional<std::uint64_t> period = rest.empty() ? period_ : text::parse_int<std::uint64_t>(rest);
  if (!quota || (!rest.empty() && period.value_or(0) == 0)) return refused(setting);
  quota_ = quota;
  period_ = period;
  return {};
}

// A bit for each, lowest first.
Result<void> Limits::add_cpuset(std::string_view name, const Setting& setting) {
  const std::optional<oci::IndexMask> mask = oci::parse_index_list(text::trim(setting.value));
  if (!mask) return refused(setting);
  if (systemd_ < kCpusets || mask->empty()) return {};
  std::string bits;
  for (const unsigned long word : *mask)
    for (std::size_t i = 0; i < sizeof word; ++i) bits.push_back(static_cast<char>(word >> (8 * i)));
  bits.resize(bits.find_last_not_of('\0') + 1);
  set(name, dbus::bytes(bits));
  return {};
}

// systemd writes BFQ's weights by its own line through the same ends and the same default: 100 and below as they are,
// above that eleven times as steep. This is its inverse.
std::uint64_t weight_for_bfq(std::uint64_t weight) { return weight <= 100 ? weight : 100 + (weight - 100) * 11; }

// "default 200", "200", "8:0 200"
Result<void> Limits::add_io_weight(const Setting& setting) {
  const std::string_view value = text::trim(setting.value);
  const std::size_t blank = value.find_last_of(" \t");
  const bool of_device = blank != std::string_view::npos;
  const std::string_view device = of_device ? text::trim(value.substr(0, blank)) : "default";
  const std::optional<std::uint64_t> given = amount(of_device ? value.substr(blank + 1) : value);
  if (device != "default" && value.ends_with("default")) return {};
  const std::uint64_t weight = setting.file == "io.bfq.weight" && given ? weight_for_bfq(*given) : given.value_or(0);
  if (weight < 1 || weight > 10000) return refused(setting);
  if (device == "default") {
    set("IOWeight", dbus::uint64(weight));
  } else {
    add_device("IODeviceWeight", device, weight);
  }
  return {};
}

// "8:0 rbps=1048576 wiops=max"
Result<void> Limits::add_io_max(const Setting& setting) {
  struct Key {
    std::string_view word, property;
  };
  constexpr Key kKeys[] = {{"rbps=", "IOReadBandwidthMax"},
                           {"wbps=", "IOWriteBandwidthMax"},
                           {"riops=", "IOReadIOPSMax"},
                           {"wiops=", "IOWriteIOPSMax"}};
  const std::vector<std::string> words = text::split(text::trim(setting.value), ' ');
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto key = std::find_if(std::begin(kKeys), std::end(kKeys),
                                  [&](const Key& one) { return words[i].starts_with(one.word); });
    if (words[i].empty()) continue;
    const std::optional<std::uint64_t> value =
        key == std::end(kKeys) ? std::nullopt : amount(std::string_view(words[i]).substr(key->word.size()));
    if (!value) return refused(setting);
    add_device(key->property, words[0], *value);
  }
  return {};
}

Result<void> Limits::add_tasks(const Setting& setting) {
  const std::optional<std::uint64_t> value = amount(setting.value);
  if (!value) return refused(setting);
  // systemd takes no 0, which the kernel does: with one process in it already, both let no other be made.
  set("TasksMax", dbus::uint64(std::max<std::uint64_t>(*value, 1)));
  return {};
}

Result<void> Limits::add(const Setting& setting) {
  struct Amount {
    std::string_view file, property;
  };
  constexpr Amount kAmounts[] = {{"memory.max", "MemoryMax"},
                                 {"memory.high", "MemoryHigh"},
                                 {"memory.low", "MemoryLow"},
                                 {"memory.min", "MemoryMin"},
                                 {"memory.swap.max", "MemorySwapMax"},
                                 {"cpu.weight", "CPUWeight"},
                                 {"memory.limit_in_bytes", "MemoryLimit"},
                                 {"cpu.shares", "CPUShares"},
                                 {"blkio.weight", "BlockIOWeight"}};
  // v1: systemd takes MemoryMax for it as soon as a unit has any setting of v2's for memory, as it has after
  // `systemctl set-property UNIT MemoryLow=`.
  if (setting.file == "memory.limit_in_bytes") TRY(add_amount("MemoryMax", setting));
  for (const Amount& known : kAmounts)
    if (setting.file == known.file) return add_amount(known.property, setting);
  const std::string& file = setting.file;
  const std::string_view value = text::trim(setting.value);
  if (file == "memory.zswap.max" && systemd_ >= kZswap) return add_amount("MemoryZSwapMax", setting);
  if (file == "pids.max") return add_tasks(setting);
  if (file == "cpu.max") return add_cpu_max(setting);
  if (file == "cpuset.cpus") return add_cpuset("AllowedCPUs", setting);
  if (file == "cpuset.mems") return add_cpuset("AllowedMemoryNodes", setting);
  if (file == "io.weight" || file == "io.bfq.weight") return add_io_weight(setting);
  if (file == "io.max") return add_io_max(setting);
  if (file == "cpu.cfs_period_us") period_ = text::parse_int<std::uint64_t>(value);
  if (file == "cpu.cfs_quota_us") quota_ = amount(value);
  if (file == "cpu.idle") idle_ = value == "1";
  // Scopes learn it only when they are made.
  if (file == "memory.oom.group" && systemd_ >= kOomPolicyOfScopes)
    set("OOMPolicy", dbus::string(value == "1" ? "kill" : "continue"));
  return {};
}

std::vector<Property> Limits::take() && {
  constexpr std::uint64_t kDefaultPeriod = 100'000;
  if (period_ && systemd_ >= kQuotaPeriod) set("CPUQuotaPeriodUSec", dbus::uint64(*period_));
  if (quota_ || period_)
    set("CPUQuotaPerSecUSec", dbus::uint64(per_second(quota_.value_or(kInfinity), period_.value_or(kDefaultPeriod))));
  // systemd's word for cpu.idle: a weight of nothing.
  if (idle_ && systemd_ >= kIdleWeight) set("CPUWeight", dbus::uint64(0));
  return std::move(properties_);
}

}  // namespace

Result<std::vector<Property>> limit_properties(const std::vector<Setting>& settings, int systemd) {
  Limits limits(systemd);
  for (const Setting& setting : settings) TRY(limits.add(setting));
  return std::move(limits).take();
}

}  // namespace brig::cgroups
