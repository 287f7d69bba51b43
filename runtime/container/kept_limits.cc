// Runs in: runtime.
#include "runtime/container/kept_limits.h"

#include <optional>

#include "base/text.h"

namespace brig::container {
namespace {

std::string number(const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : "*"; }

std::string to_text(const oci::DeviceRule& rule) {
  return text::cat(rule.allow ? "allow " : "deny ", rule.type, " ", number(rule.major), ":", number(rule.minor), " ",
                   rule.read ? "r" : "", rule.write ? "w" : "", rule.mknod ? "m" : "");
}

}  // namespace

std::vector<std::string> device_list(const std::vector<oci::DeviceRule>& rules) {
  std::vector<std::string> list;
  list.reserve(rules.size());
  for (const oci::DeviceRule& rule : rules) list.push_back(to_text(rule));
  return list;
}

KeptLimits kept_limits(const oci::Resources& resources) {
  return {.asked = cgroups::asked_of(resources), .devices = device_list(resources.devices)};
}

void write_limits(json::Writer& w, const KeptLimits& limits) {
  if (!limits.asked.memory_and_swap && limits.devices.empty()) return;
  w.key("limits").begin_object();
  if (limits.asked.memory_and_swap) w.key("memoryAndSwap").number(*limits.asked.memory_and_swap);
  w.key("devices").begin_array();
  for (const std::string& rule : limits.devices) w.string(rule);
  w.end_array().end_object();
}

Result<KeptLimits> read_limits(const Members& members) {
  KeptLimits limits;
  const json::Value* object = members.find("limits");
  if (object == nullptr) return limits;
  if (object->type != json::Value::Type::kObject) return broken("limits");
  const Members kept(*object);
  limits.devices = TRY(kept.strings("devices"));
  const json::Value* sum = kept.find("memoryAndSwap");
  if (sum == nullptr) return limits;
  // -1, unlimited, is the one number below 0.
  if (sum->type == json::Value::Type::kInteger && sum->integer == -1)
    limits.asked.memory_and_swap = -1;
  else
    limits.asked.memory_and_swap = static_cast<std::int64_t>(TRY(kept.number("memoryAndSwap", INT64_MAX)));
  return limits;
}

}  // namespace brig::container
