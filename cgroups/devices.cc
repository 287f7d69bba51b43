#include "cgroups/devices.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace brig::cgroups {
namespace {

// The kernel's dev_t has 12 bits for the major and 20 for the minor number (MINORBITS); a rule beyond matches nothing.
constexpr std::int64_t kMaxMajor = (1 << 12) - 1, kMaxMinor = (1 << 20) - 1;

unsigned access_of(const oci::DeviceRule& rule) {
  return (rule.mknod ? kMknod : 0U) | (rule.read ? kRead : 0U) | (rule.write ? kWrite : 0U);
}

// Denies something of every device.
bool denies_any(const oci::DeviceRule& rule) { return !rule.allow && rule.type == 'a' && !rule.major && !rule.minor; }

oci::DeviceRule allowed(std::optional<std::int64_t> major, std::optional<std::int64_t> minor) {
  return {.allow = true, .type = 'c', .major = major, .minor = minor};
}

std::vector<oci::DeviceRule> default_rules() {
  oci::DeviceRule make_character = allowed({}, {});
  make_character.read = make_character.write = false;
  oci::DeviceRule make_block = make_character;
  make_block.type = 'b';
  return {
      make_character,    // making a node gives no access to its device
      make_block,        //
      allowed(1, 3),     // null
      allowed(1, 5),     // zero
      allowed(1, 7),     // full
      allowed(1, 8),     // random
      allowed(1, 9),     // urandom
      allowed(5, 0),     // tty
      allowed(5, 2),     // ptmx
      allowed(136, {}),  // pts/*, console
      allowed(10, 200),  // net/tun, which engines expect since Docker's early days
  };
}

template <typename Pattern>
bool covers(const Pattern& wide, const Pattern& narrow) {
  return (!wide.major || wide.major == narrow.major) && (!wide.minor || wide.minor == narrow.minor);
}

template <typename Pattern>
bool overlap(const Pattern& a, const Pattern& b) {
  return (!a.major || !b.major || a.major == b.major) && (!a.minor || !b.minor || a.minor == b.minor);
}

// One entry of a v1 device cgroup's list: an exception to what it does by default.
struct Exception {
  char type;
  std::optional<std::uint32_t> major, minor;
  unsigned access;
};

std::string to_text(const Exception& exception) {
  const auto number = [](const std::optional<std::uint32_t>& n) { return n ? std::to_string(*n) : std::string("*"); };
  return text::cat(exception.type, " ", number(exception.major), ":", number(exception.minor), " ",
                   (exception.access & kRead) != 0 ? "r" : "", (exception.access & kWrite) != 0 ? "w" : "",
                   (exception.access & kMknod) != 0 ? "m" : "");
}

// Whether all that specific rules leave open is allowed.
bool allows_by_default(const std::vector<DeviceDecision>& decisions) {
  unsigned access = 0;
  for (const DeviceDecision& decision : decisions)
    if (decision.allow && decision.any()) access |= decision.access;
  return access == kAnyAccess;
}

// Whether a denial may leave a hole unmade: the entry lets nodes of all devices be made and no more, and a node of a
// device that can't be opened is of no use. docker denies 10:229 (fuse) like this, which would otherwise not be
// sayable.
bool is_harmless(const Exception& entered, const Exception& denied) {
  return !entered.major && !entered.minor && entered.access == kMknod && denied.access == kAnyAccess;
}

// Replays the decisions for one type, earliest first, as the kernel does: those that go against the default are
// entered, the others strike out what was entered. `by_default`: whether everything else is allowed.
Result<void> replay(const std::vector<DeviceDecision>& decisions, char type, bool by_default,
                    std::vector<Exception>& exceptions) {
  const std::size_t first = exceptions.size();
  for (auto decision = decisions.rbegin(); decision != decisions.rend(); ++decision) {
    Exception change = {.type = type, .major = decision->major, .minor = decision->minor, .access = decision->access};
    if (decision->allow != by_default) {
      exceptions.push_back(change);
      continue;
    }
    for (std::size_t i = first; i < exceptions.size(); ++i) {
      Exception& entered = exceptions[i];
      if (!overlap(entered, change) || (entered.access & change.access) == 0) continue;
      if (!decision->allow && is_harmless(entered, change)) continue;
      if (!covers(change, entered))
        return Error::make(Error::Kind::kUnsupported,
                           text::cat("cgroup v1 can't ", decision->allow ? "allow" : "deny", " devices ",
                                     to_text(change), " out of ", to_text(entered)));
      entered.access &= ~change.access;
    }
  }
  return {};
}

// A process that opens for reading and writing needs one entry that allows both; so each entry takes from wider ones
// what it can. Then those that a wider one makes useless, or that are empty, go.
void merge(std::vector<Exception>& exceptions, bool by_default) {
  for (Exception& narrow : exceptions)
    for (const Exception& wide : exceptions)
      if (!by_default && narrow.type == wide.type && (narrow.access & (kRead | kWrite)) != 0 && covers(wide, narrow))
        narrow.access |= wide.access & (kRead | kWrite);
  const auto useless = [&](const Exception& one) {
    return std::any_of(exceptions.begin(), exceptions.end(), [&](const Exception& other) {
      const bool more = other.type == one.type && covers(other, one) && (one.access & ~other.access) == 0;
      // Of two that say the same the earlier stays.
      const bool same = covers(one, other) && one.access == other.access;
      return &other != &one && more && (!same || &other < &one);
    });
  };
  std::vector<Exception> kept;
  std::copy_if(exceptions.begin(), exceptions.end(), std::back_inserter(kept),
               [&](const Exception& one) { return one.access != 0 && !useless(one); });
  exceptions = std::move(kept);
}

}  // namespace

std::vector<oci::DeviceRule> effective_rules(const std::vector<oci::DeviceRule>& configured) {
  const auto behind = std::find_if(configured.rbegin(), configured.rend(), denies_any).base();
  const std::vector<oci::DeviceRule> defaults = default_rules();
  std::vector<oci::DeviceRule> rules = {{.allow = false, .type = 'a'}};
  rules.insert(rules.end(), configured.begin(), behind);
  rules.insert(rules.end(), defaults.begin(), defaults.end());
  rules.insert(rules.end(), behind, configured.end());
  return rules;
}

std::vector<DeviceDecision> device_decisions(const std::vector<oci::DeviceRule>& rules, char type) {
  std::vector<DeviceDecision> decisions;
  unsigned open = kAnyAccess;  // what no rule for all devices has decided yet
  for (auto rule = rules.rbegin(); rule != rules.rend() && open != 0; ++rule) {
    if (rule->type != 'a' && rule->type != type) continue;
    const auto beyond = [](const std::optional<std::int64_t>& n, std::int64_t most) {
      return n && (*n < 0 || *n > most);
    };
    if (beyond(rule->major, kMaxMajor) || beyond(rule->minor, kMaxMinor)) continue;
    DeviceDecision decision = {.allow = rule->allow, .major = {}, .minor = {}, .access = access_of(*rule) & open};
    if (rule->major) decision.major = static_cast<std::uint32_t>(*rule->major);
    if (rule->minor) decision.minor = static_cast<std::uint32_t>(*rule->minor);
    for (const DeviceDecision& later : decisions)
      if (later.major == decision.major && later.minor == decision.minor) decision.access &= ~later.access;
    if (decision.access == 0) continue;
    if (decision.any()) open &= ~decision.access;
    decisions.push_back(decision);
  }
  while (!decisions.empty() && !decisions.back().allow) decisions.pop_back();
  return decisions;
}

Result<std::vector<DeviceWrite>> device_writes(const std::vector<oci::DeviceRule>& rules) {
  const std::vector<DeviceDecision> character = device_decisions(rules, 'c');
  const std::vector<DeviceDecision> block = device_decisions(rules, 'b');
  const bool by_default = allows_by_default(character) && allows_by_default(block);
  std::vector<Exception> exceptions;
  TRY(replay(character, 'c', by_default, exceptions));
  TRY(replay(block, 'b', by_default, exceptions));
  merge(exceptions, by_default);
  // "a" clears the list as well, which a new cgroup has from its parent.
  std::vector<DeviceWrite> writes = {{.file = by_default ? "devices.allow" : "devices.deny", .value = "a"}};
  for (const Exception& exception : exceptions)
    writes.push_back({.file = by_default ? "devices.deny" : "devices.allow", .value = to_text(exception)});
  return writes;
}

}  // namespace brig::cgroups
