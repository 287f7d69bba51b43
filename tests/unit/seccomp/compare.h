// Runs our filter for a profile and libseccomp's against each other and against what the profile says.
#pragma once

#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "seccomp/filter.h"
#include "tests/unit/seccomp/interpreter.h"
#include "tests/unit/seccomp/oracle.h"
#include "tests/unit/seccomp/profiles.h"

namespace brig::testing {

inline const std::vector<std::string> kX86Family = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};

// ---- what to compare

inline std::vector<std::uint32_t> architectures_to_try(const oci::Seccomp& profile) {
  std::set<std::uint32_t> result = {0,
                                    1,
                                    0xdeadbeef,
                                    AUDIT_ARCH_X86_64,
                                    AUDIT_ARCH_I386,
                                    AUDIT_ARCH_AARCH64,
                                    AUDIT_ARCH_ARM,
                                    AUDIT_ARCH_X86_64 - 1,
                                    AUDIT_ARCH_I386 + 1};
  for (const std::string& name : profile.architectures)
    if (name != "SCMP_ARCH_X32") result.insert(reference_architecture(name));
  return {result.begin(), result.end()};
}

inline std::vector<std::uint32_t> numbers_to_try(const oci::Seccomp& profile) {
  std::vector<std::uint32_t> result;
  const bool mips = std::ranges::any_of(profile.architectures,
                                        [](const std::string& name) { return name.find("MIPS") != name.npos; });
  for (const std::uint32_t base : {0U, 0x40000000U})
    for (std::uint32_t n = 0; n < 1024; ++n) result.push_back(base + n);
  for (std::uint32_t n = 0; n < 16; ++n) result.push_back(0x0f0000 + n);  // arm's own
  for (std::uint32_t n = 4000; n < 7000 && mips; ++n) result.push_back(n);
  for (const std::uint32_t edge : {0x3fffffffU, 0x40000400U, 0x7fffffffU, 0x80000000U, 0xbfffffffU, 0xc0000000U,
                                   0xffffff00U, 0xffffff9bU, 0xfffffffeU, 0xffffffffU})
    result.push_back(edge);
  return result;
}

// The numbers, on any architecture of the profile, of calls with rules about arguments.
inline std::set<std::uint32_t> numbers_with_conditions(const oci::Seccomp& profile) {
  std::set<std::uint32_t> result = {102, 117, 4102, 4117};
  std::vector<std::string> architectures = profile.architectures;
  architectures.insert(architectures.end(), kX86Family.begin(), kX86Family.end());
  for (const oci::SeccompRule& rule : profile.syscalls)
    for (const std::string& name : rule.names)
      for (const std::string& architecture : architectures)
        if (!rule.args.empty())
          result.insert(static_cast<std::uint32_t>(
              seccomp_syscall_resolve_name_arch(reference_architecture(architecture), name.c_str())));
  // The direct numbers of i386's socket and ipc calls.
  for (std::uint32_t n = 337; n < 403; ++n) result.insert(n);
  return result;
}

// Values on both sides of everything that a profile compares with.
inline std::vector<std::uint64_t> values_to_try(const oci::Seccomp& profile) {
  std::set<std::uint64_t> result = {0, 1, ~std::uint64_t{0}, 0xffffffff, 0x100000000, 0x80000000, 0x8000000000000000};
  for (const oci::SeccompRule& rule : profile.syscalls)
    for (const oci::SeccompArg& a : rule.args)
      for (const std::uint64_t v : {a.value, a.value_two, a.value & a.value_two, a.value_two | ~a.value})
        for (const std::uint64_t near : {v, v + 1, v - 1, v ^ 0x100000000, v & 0xffffffff, v << 32, ~v})
          result.insert(near);
  return {result.begin(), result.end()};
}

// Calls of `number`. If arguments matter: mixtures, and each argument alone with (some of) the values.
inline std::vector<seccomp_data> calls_of(std::uint32_t number, const std::vector<std::uint64_t>& values,
                                          bool conditional, std::size_t values_for_one, std::mt19937_64& random) {
  std::vector<seccomp_data> result(2, {.nr = static_cast<int>(number)});
  std::ranges::fill(result[1].args, ~std::uint64_t{0});
  if (!conditional) return result;
  const auto pick = [&] { return values[random() % values.size()]; };
  for (int i = 0; i < 100; ++i) {
    seccomp_data data = {.nr = static_cast<int>(number)};
    for (auto& value : data.args) value = pick();
    if (i % 3 == 0) data.args[0] = random() % 26;  // socketcall(2) and ipc(2)
    result.push_back(data);
  }
  for (auto index : {0, 1, 2, 3, 4, 5})
    for (std::size_t i = 0; i < std::min(values_for_one, values.size()); ++i) {
      seccomp_data data = {.nr = static_cast<int>(number)};
      data.args[index] = values_for_one < values.size() ? pick() : values[i];
      result.push_back(data);
    }
  return result;
}

inline std::string describe(const seccomp_data& data, std::uint32_t ours, std::uint32_t theirs) {
  char text[256];
  std::snprintf(text, sizeof text, "nr %x arch %x args %llx %llx %llx %llx %llx %llx: ours %x, libseccomp's %x",
                static_cast<unsigned>(data.nr), data.arch, data.args[0], data.args[1], data.args[2], data.args[3],
                data.args[4], data.args[5], ours, theirs);
  return text;
}

struct Comparison {
  bool libseccomp_refuses = false;
  std::size_t calls = 0, size = 0;
  // Calls where we, or libseccomp, do something that no matching rule says; and where both do something else.
  std::size_t ours_wrong = 0, theirs_wrong = 0, differences = 0;
  std::string first;  // of our wrongs or else of the differences
};

inline void compare_call(const std::vector<sock_filter>& ours, const std::vector<sock_filter>& theirs,
                         const Oracle& oracle, const seccomp_data& data, Comparison& result) {
  const std::uint32_t a = run_filter(ours, data).action;
  // libseccomp does not know of newer calls: runc puts a filter for them before its.
  const std::uint32_t b = oracle.newer(data) ? SCMP_ACT_ERRNO(ENOSYS)
                          : theirs.empty()   ? a
                                             : run_filter(theirs, data).action;
  const std::set<std::uint32_t> right = oracle.actions(data);
  ++result.calls;
  result.theirs_wrong += !right.contains(b);
  const bool wrong = !right.contains(a);
  if (wrong ? result.ours_wrong == 0 : a != b && result.ours_wrong + result.differences == 0)
    result.first = describe(data, a, b);
  result.ours_wrong += wrong;
  result.differences += a != b;
}

// Compiles `profile` both ways and runs both programs.
inline Comparison compare(const oci::Seccomp& profile, std::size_t values_for_one = 1000) {
  Comparison result;
  const auto theirs = reference_filter(profile);
  const auto ours = seccomp::compile(profile);
  if (!ours.ok()) give_up(ours.error().to_string());
  result.libseccomp_refuses = !theirs;
  result.size = ours.value().program.size();
  const Oracle oracle(profile);
  std::mt19937_64 random(1);
  const std::vector<std::uint64_t> values = values_to_try(profile);
  const std::set<std::uint32_t> conditional = numbers_with_conditions(profile);
  const std::vector<std::uint32_t> architectures = architectures_to_try(profile);
  for (const std::uint32_t number : numbers_to_try(profile))
    for (seccomp_data& data : calls_of(number, values, conditional.contains(number), values_for_one, random))
      for (const std::uint32_t architecture : architectures) {
        data.arch = architecture;
        compare_call(ours.value().program, theirs.value_or(std::vector<sock_filter>{}), oracle, data, result);
      }
  return result;
}

inline void expect_equal(const oci::Seccomp& profile) {
  const Comparison result = compare(profile);
  EXPECT_FALSE(result.libseccomp_refuses);
  EXPECT_EQ(result.ours_wrong, 0U) << result.first;
  EXPECT_EQ(result.differences, 0U) << result.first << " (of " << result.calls << " calls)";
}

}  // namespace brig::testing
