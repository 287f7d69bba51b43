#include "cgroups/devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace brig::cgroups {
namespace {

using oci::DeviceRule;
using ::testing::HasSubstr;

struct Request {
  char type;
  std::uint32_t major, minor;
  unsigned access;
};

DeviceRule rule(bool allow, char type, std::optional<std::int64_t> major, std::optional<std::int64_t> minor,
                unsigned access) {
  return {.allow = allow,
          .type = type,
          .major = major,
          .minor = minor,
          .read = (access & kRead) != 0,
          .write = (access & kWrite) != 0,
          .mknod = (access & kMknod) != 0};
}

// The meaning of a list of rules, said as plainly as possible: for each bit the last rule about it decides.
bool allowed(const std::vector<DeviceRule>& rules, const Request& request) {
  for (const unsigned bit : {kMknod, kRead, kWrite}) {
    if ((request.access & bit) == 0) continue;
    bool allow = false;
    for (const DeviceRule& r : rules) {
      const bool has = (bit == kMknod && r.mknod) || (bit == kRead && r.read) || (bit == kWrite && r.write);
      const bool about = (r.type == 'a' || r.type == request.type) && (!r.major || *r.major == request.major) &&
                         (!r.minor || *r.minor == request.minor);
      if (has && about) allow = r.allow;
    }
    if (!allow) return false;
  }
  return true;
}

// Runs the instructions that device programs are made of; -1 for anything the kernel's verifier would refuse.
int run(const std::vector<bpf_insn>& program, const Request& request) {
  const std::uint32_t context[] = {
      request.access << 16 | (request.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR), request.major,
      request.minor};
  std::uint32_t r[11] = {};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& in = program[at];
    const std::uint32_t value = (in.code & BPF_X) != 0 ? r[in.src_reg] : static_cast<std::uint32_t>(in.imm);
    std::uint32_t& to = r[in.dst_reg];
    bool jump = false;
    switch (in.code) {
      case BPF_LDX | BPF_W | BPF_MEM:
        if (in.src_reg != 1 || in.off < 0 || in.off > 8 || in.off % 4 != 0) return -1;
        to = context[in.off / 4];
        break;
      case BPF_ALU | BPF_MOV | BPF_K:
      case BPF_ALU | BPF_MOV | BPF_X: to = value; break;
      case BPF_ALU | BPF_AND | BPF_K: to &= value; break;
      case BPF_ALU | BPF_OR | BPF_X: to |= value; break;
      case BPF_ALU | BPF_RSH | BPF_K: to >>= value; break;
      case BPF_ALU | BPF_LSH | BPF_K: to <<= value; break;
      case BPF_JMP32 | BPF_JEQ | BPF_K: jump = to == value; break;
      case BPF_JMP32 | BPF_JNE | BPF_K: jump = to != value; break;
      case BPF_JMP32 | BPF_JSET | BPF_K: jump = (to & value) != 0; break;
      case BPF_JMP | BPF_JA: jump = true; break;
      case BPF_JMP | BPF_EXIT: return static_cast<int>(r[0]);
      default: return -1;
    }
    if (in.off < 0 && jump) return -1;
    if (jump) at += static_cast<std::size_t>(in.off);
  }
  return -1;
}

// The kernel's cgroup v1 device list (security/device_cgroup.c), for what device_writes() sends to it.
class V1 {
 public:
  void write(const DeviceWrite& write) {
    const bool allow = write.file == "devices.allow";
    if (write.value == "a") {
      by_default_ = allow;
      list_.clear();
      return;
    }
    char type = 0, major[16], minor[16], access[8];
    ASSERT_EQ(std::sscanf(write.value.c_str(), "%c %15[^:]:%15s %7s", &type, major, minor, access), 4) << write.value;
    ASSERT_NE(allow, by_default_) << "a write that strikes out: " << write.value;
    unsigned bits = 0;
    for (const char c : std::string(access)) bits |= c == 'r' ? kRead : c == 'w' ? kWrite : kMknod;
    list_.push_back({type, number(major), number(minor), bits});
  }
  bool allows(const Request& q) const {
    for (const Entry& e : list_) {
      if (e.type != q.type || (e.major && *e.major != q.major) || (e.minor && *e.minor != q.minor)) continue;
      if (by_default_ ? (q.access & e.access) != 0 : (q.access & ~e.access) == 0) return !by_default_;
    }
    return by_default_;
  }
  // Whether nodes of all devices of this type can be made by an entry that gives nothing else.
  bool makes_all(char type) const {
    return !by_default_ && std::any_of(list_.begin(), list_.end(), [type](const Entry& e) {
      return e.type == type && !e.major && !e.minor && e.access == kMknod;
    });
  }

 private:
  struct Entry {
    char type;
    std::optional<std::uint32_t> major, minor;
    unsigned access;
  };
  static std::optional<std::uint32_t> number(const std::string& s) {
    return s == "*" ? std::nullopt : std::optional(static_cast<std::uint32_t>(std::stoul(s)));
  }
  bool by_default_ = true;
  std::vector<Entry> list_;
};

constexpr std::uint32_t kMajors[] = {0, 1, 5, 8, 136, 4095};
constexpr std::uint32_t kMinors[] = {0, 1, 3, 5, 1048575};

std::vector<Request> grid() {
  std::vector<Request> all;
  for (const char type : {'b', 'c'})
    for (const std::uint32_t major : kMajors)
      for (const std::uint32_t minor : kMinors)
        for (unsigned access = 1; access <= kAnyAccess; ++access) all.push_back({type, major, minor, access});
  return all;
}

std::string show(const std::vector<DeviceRule>& rules, const Request& q) {
  const auto access = [](unsigned bits) {
    return std::string((bits & kRead) != 0 ? "r" : "") + ((bits & kWrite) != 0 ? "w" : "") +
           ((bits & kMknod) != 0 ? "m" : "");
  };
  std::string out;
  for (const DeviceRule& r : rules)
    out += std::string(r.allow ? "allow " : "deny ") + r.type + " " + (r.major ? std::to_string(*r.major) : "*") + ":" +
           (r.minor ? std::to_string(*r.minor) : "*") + " " +
           access((r.read ? kRead : 0U) | (r.write ? kWrite : 0U) | (r.mknod ? kMknod : 0U)) + "; ";
  return out + "asked: " + q.type + " " + std::to_string(q.major) + ":" + std::to_string(q.minor) + " " +
         access(q.access);
}

// true if v1 can say it.
bool check(const std::vector<DeviceRule>& rules) {
  const Result<std::vector<bpf_insn>> program = device_program(rules);
  EXPECT_TRUE(program.ok());
  const Result<std::vector<DeviceWrite>> writes = device_writes(rules);
  V1 v1;
  if (writes.ok())
    for (const DeviceWrite& write : writes.value()) v1.write(write);
  else
    EXPECT_EQ(writes.error().kind(), Error::Kind::kUnsupported);
  for (const Request& q : grid()) {
    const bool expected = allowed(rules, q);
    EXPECT_EQ(run(program.value(), q), expected ? 1 : 0) << show(rules, q);
    if (!writes.ok()) continue;
    // Nothing is asked together with mknod, and v1 may be stricter than the rules for reading and writing at once.
    const bool single = q.access == kMknod || q.access == kRead || q.access == kWrite;
    // Making a node gives no access.
    const bool harmless = q.access == kMknod && !expected && v1.makes_all(q.type);
    if ((single || !expected) && !harmless) {
      EXPECT_EQ(v1.allows(q), expected) << show(rules, q);
    }
    if (::testing::Test::HasFailure()) return false;
  }
  return writes.ok();
}

TEST(Devices, NoRuleAllowsNothing) {
  for (const Request& q : grid()) EXPECT_EQ(run(device_program({}).value(), q), 0);
  EXPECT_EQ(device_writes({}).value(), (std::vector<DeviceWrite>{{"devices.deny", "a"}}));
}

TEST(Devices, DefaultsAllowWhatEveryContainerHas) {
  // As engines send it: nothing, an empty deny-all, a deny-all and more.
  for (const std::vector<DeviceRule>& configured :
       {std::vector<DeviceRule>{},
        {rule(false, 'a', {}, {}, kAnyAccess)},
        {rule(false, 'a', {}, {}, kAnyAccess), rule(true, 'b', 8, 0, kRead)}}) {
    const std::vector<DeviceRule> rules = effective_rules(configured);
    const std::vector<bpf_insn> program = device_program(rules).value();
    for (const auto& [major, minor] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
             {1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}, {136, 0}, {136, 77}, {10, 200}})
      EXPECT_EQ(run(program, {'c', major, minor, kRead | kWrite}), 1) << major << ":" << minor;
    EXPECT_EQ(run(program, {'c', 1, 1, kMknod}), 1);
    EXPECT_EQ(run(program, {'c', 1, 1, kRead}), 0) << "/dev/mem";
    EXPECT_EQ(run(program, {'b', 7, 0, kWrite}), 0);
    EXPECT_EQ(run(program, {'b', 1, 3, kRead}), 0) << "a block device is not /dev/null";
    EXPECT_TRUE(check(rules));
  }
}

TEST(Devices, WhatTheConfigDeniesByNameStaysDenied) {
  const std::vector<DeviceRule> rules =
      effective_rules({rule(false, 'a', {}, {}, kAnyAccess), rule(false, 'c', 10, 200, kAnyAccess)});
  EXPECT_EQ(run(device_program(rules).value(), {'c', 10, 200, kRead}), 0);
  EXPECT_EQ(run(device_program(rules).value(), {'c', 1, 3, kRead}), 1);
}

TEST(Devices, WhatDockerDeniesBehindTheDefaultsIsSayable) {
  const std::vector<DeviceRule> rules =
      effective_rules({rule(false, 'a', {}, {}, kAnyAccess), rule(false, 'c', 10, 229, kAnyAccess)});
  EXPECT_EQ(device_writes(rules).value(), device_writes(effective_rules({})).value());
  EXPECT_TRUE(check(rules));
  // Not where the device could be opened nevertheless.
  EXPECT_FALSE(device_writes({rule(true, 'c', {}, {}, kMknod), rule(false, 'c', 1, 1, kMknod)}).ok());
}

TEST(Devices, WritesOfTheDefaults) {
  std::vector<DeviceWrite> expected = {{"devices.deny", "a"}};
  for (const char* value : {"c *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm",
                            "c 5:2 rwm", "c 136:* rwm", "c 10:200 rwm", "b *:* m"})
    expected.push_back({"devices.allow", value});
  EXPECT_EQ(device_writes(effective_rules({})).value(), expected);
  // Repeated by the config: not written twice.
  EXPECT_EQ(device_writes(effective_rules({rule(true, 'c', 1, 3, kAnyAccess)})).value().size(), expected.size());
}

TEST(Devices, EverythingAllowedIsOneWrite) {
  const std::vector<DeviceRule> rules = effective_rules({rule(true, 'a', {}, {}, kAnyAccess)});
  EXPECT_EQ(device_writes(rules).value(), (std::vector<DeviceWrite>{{"devices.allow", "a"}}));
  EXPECT_TRUE(check(rules));
}

TEST(Devices, AllButSomeIsADenyList) {
  const std::vector<DeviceRule> rules = {rule(true, 'a', {}, {}, kAnyAccess), rule(false, 'c', 1, 1, kWrite)};
  EXPECT_EQ(device_writes(rules).value(),
            (std::vector<DeviceWrite>{{"devices.allow", "a"}, {"devices.deny", "c 1:1 w"}}));
  EXPECT_TRUE(check(rules));
}

TEST(Devices, TypeAWithNumbersIsNotEverything) {
  // Written as it stands, v1 would take "a 1:3 r" for "allow all".
  const std::vector<DeviceRule> rules = {rule(true, 'a', 1, 3, kRead)};
  EXPECT_EQ(
      device_writes(rules).value(),
      (std::vector<DeviceWrite>{{"devices.deny", "a"}, {"devices.allow", "c 1:3 r"}, {"devices.allow", "b 1:3 r"}}));
  EXPECT_TRUE(check(rules));
}

TEST(Devices, AHoleInAWildcardIsBeyondV1) {
  const Result<std::vector<DeviceWrite>> writes =
      device_writes({rule(true, 'c', {}, {}, kAnyAccess), rule(false, 'c', 1, 1, kAnyAccess)});
  ASSERT_FALSE(writes.ok());
  EXPECT_EQ(writes.error().kind(), Error::Kind::kUnsupported);
  EXPECT_THAT(writes.error().to_string(), HasSubstr("c 1:1 rwm out of c *:* rwm"));
}

TEST(Devices, NumbersNoDeviceHasMatchNothing) {
  EXPECT_EQ(device_writes({rule(true, 'c', 4096, 3, kAnyAccess), rule(true, 'c', -1, 3, kAnyAccess),
                           rule(true, 'c', 1, 1 << 20, kAnyAccess)})
                .value()
                .size(),
            1U);
  // 4096 << 20 would be 0 in 32 bits.
  EXPECT_EQ(run(device_program({rule(true, 'c', 4096, 3, kAnyAccess)}).value(), {'c', 0, 3, kRead}), 0);
}

TEST(Devices, OneInstructionForAnExactRule) {
  std::vector<DeviceRule> rules;
  const std::size_t empty = device_program(rules).value().size();
  for (int minor = 0; minor < 40; ++minor) rules.push_back(rule(true, 'c', 10, minor, kAnyAccess));
  EXPECT_EQ(device_program(rules).value().size(), empty + 40);
}

TEST(Devices, TooManyForAJump) {
  std::vector<DeviceRule> rules;
  for (int n = 0; n < 33'000; ++n) rules.push_back(rule(true, 'c', n >> 10, n & 1023, kAnyAccess));
  const Result<std::vector<bpf_insn>> program = device_program(rules);
  ASSERT_FALSE(program.ok());
  EXPECT_EQ(program.error().kind(), Error::Kind::kUnsupported);
}

TEST(Devices, RandomListsMeanTheSameEverywhere) {
  std::mt19937 random(20240607);
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  int sayable = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<DeviceRule> rules;
    const unsigned count = pick(9);
    for (unsigned i = 0; i < count; ++i) {
      std::optional<std::int64_t> major, minor;
      if (pick(3) != 0) major = kMajors[pick(std::size(kMajors))];
      if (pick(3) != 0) minor = kMinors[pick(std::size(kMinors))];
      rules.push_back(rule(pick(3) != 0, "abc"[pick(3)], major, minor, pick(2) != 0 ? kAnyAccess : 1 + pick(7)));
    }
    if (check(rules)) ++sayable;
    if (HasFailure()) return;
  }
  EXPECT_GT(sayable, 500);
}

}  // namespace
}  // namespace brig::cgroups
