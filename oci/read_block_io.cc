// config-linux.md#block-io.
#include "oci/read_parts.h"

namespace brig::oci {
namespace {

// Of both versions of cgroups and all schedulers: cgroup-v1/blkio-controller, block/bfq-iosched. 0 is how programs
// written in Go say "not given".
constexpr std::uint64_t kLeastWeight = 10, kMostWeight = 1000;

Result<std::optional<std::uint16_t>> read_weight(const Node& node) {
  const std::uint64_t weight = TRY(read_unsigned(node, kMostWeight));
  if (weight == 0) return std::optional<std::uint16_t>();
  if (weight < kLeastWeight) return node.error(text::cat("must be from 10 to 1000, is ", weight));
  return std::optional(static_cast<std::uint16_t>(weight));
}

// Called with the whole entry, whose other members are read elsewhere. The numbers of the kernel's dev_t have 12 and 20
// bits (makedev(3)).
constexpr auto kReadMajor = read_number<std::int64_t, 0, 0xFFF>;
constexpr auto kReadMinor = read_number<std::int64_t, 0, 0xFFFFF>;

template <typename Entry>
Result<void> read_major(const Node& node, Entry& entry) {
  entry.device.major = TRY(kReadMajor(node));
  return {};
}
template <typename Entry>
Result<void> read_minor(const Node& node, Entry& entry) {
  entry.device.minor = TRY(kReadMinor(node));
  return {};
}

constexpr Field<BlockWeight> kWeightFields[] = {
    {"major", read_major<BlockWeight>, Presence::kRequired},
    {"minor", read_minor<BlockWeight>, Presence::kRequired},
    field<&BlockWeight::weight, read_weight>("weight"),
    field<&BlockWeight::leaf_weight, read_weight>("leafWeight"),
};

// "You MUST specify at least one of `weight` or `leafWeight`".
Result<BlockWeight> read_weight_device(const Node& node) {
  BlockWeight entry;
  TRY(read_object(node, kWeightFields, entry));
  if (node.value().find("weight") == nullptr && node.value().find("leafWeight") == nullptr)
    return node.error("must have \"weight\" or \"leafWeight\"");
  return entry;
}

constexpr Field<BlockThrottle> kThrottleFields[] = {
    {"major", read_major<BlockThrottle>, Presence::kRequired},
    {"minor", read_minor<BlockThrottle>, Presence::kRequired},
    field<&BlockThrottle::rate, read_number<std::uint64_t>>("rate", Presence::kRequired),
};

Result<BlockThrottle> read_throttle(const Node& node) {
  BlockThrottle throttle;
  TRY(read_object(node, kThrottleFields, throttle));
  return throttle;
}

constexpr Field<BlockIoResources> kBlockIoFields[] = {
    field<&BlockIoResources::weight, read_weight>("weight"),
    field<&BlockIoResources::leaf_weight, read_weight>("leafWeight"),
    field<&BlockIoResources::weight_devices, read_array<&read_weight_device>>("weightDevice"),
    field<&BlockIoResources::read_bps, read_array<&read_throttle>>("throttleReadBpsDevice"),
    field<&BlockIoResources::write_bps, read_array<&read_throttle>>("throttleWriteBpsDevice"),
    field<&BlockIoResources::read_iops, read_array<&read_throttle>>("throttleReadIOPSDevice"),
    field<&BlockIoResources::write_iops, read_array<&read_throttle>>("throttleWriteIOPSDevice"),
};

}  // namespace

Result<BlockIoResources> read_block_io(const Node& node) {
  BlockIoResources block_io;
  TRY(read_object(node, kBlockIoFields, block_io));
  return block_io;
}

}  // namespace brig::oci
