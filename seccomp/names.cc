#include "seccomp/names.h"

#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <span>

#include "base/sys.h"
#include "base/text.h"

// Linux 5.19
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace brig::seccomp {
namespace {

template <typename Value>
struct Word {
  std::string_view name;
  Value value;
};

template <typename Value>
std::optional<Value> value_of(std::span<const Word<Value>> words, std::string_view name) {
  const auto found = std::ranges::find(words, name, &Word<Value>::name);
  if (found == words.end()) return std::nullopt;
  return found->value;
}

template <typename Value>
std::vector<std::string_view> names_of(std::span<const Word<Value>> words) {
  std::vector<std::string_view> names;
  names.reserve(words.size());
  for (const Word<Value>& word : words) names.push_back(word.name);
  return names;
}

constexpr Word<ActionWord> kActions[] = {
    {"SCMP_ACT_KILL", {SECCOMP_RET_KILL_THREAD, false}},
    {"SCMP_ACT_KILL_PROCESS", {SECCOMP_RET_KILL_PROCESS, false}},
    {"SCMP_ACT_KILL_THREAD", {SECCOMP_RET_KILL_THREAD, false}},
    {"SCMP_ACT_TRAP", {SECCOMP_RET_TRAP, false}},
    {"SCMP_ACT_ERRNO", {SECCOMP_RET_ERRNO, true}},
    {"SCMP_ACT_TRACE", {SECCOMP_RET_TRACE, true}},
    {"SCMP_ACT_ALLOW", {SECCOMP_RET_ALLOW, false}},
    {"SCMP_ACT_LOG", {SECCOMP_RET_LOG, false}},
    {"SCMP_ACT_NOTIFY", {SECCOMP_RET_USER_NOTIF, false}},
};

constexpr Word<Operator> kOperators[] = {
    {"SCMP_CMP_NE", Operator::kNotEqual},           {"SCMP_CMP_LT", Operator::kLess},
    {"SCMP_CMP_LE", Operator::kLessOrEqual},        {"SCMP_CMP_EQ", Operator::kEqual},
    {"SCMP_CMP_GE", Operator::kGreaterOrEqual},     {"SCMP_CMP_GT", Operator::kGreater},
    {"SCMP_CMP_MASKED_EQ", Operator::kMaskedEqual},
};

constexpr Word<unsigned> kFlags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

constexpr std::string_view kArchitectures[] = {
    "SCMP_ARCH_X86",         "SCMP_ARCH_X86_64", "SCMP_ARCH_X32",       "SCMP_ARCH_ARM",     "SCMP_ARCH_AARCH64",
    "SCMP_ARCH_MIPS",        "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64",
    "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",    "SCMP_ARCH_PPC64",     "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390",
    "SCMP_ARCH_S390X",       "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64",  "SCMP_ARCH_RISCV64", "SCMP_ARCH_LOONGARCH64",
    "SCMP_ARCH_M68K",        "SCMP_ARCH_SH",     "SCMP_ARCH_SHEB"};

// The kernel takes WAIT_KILLABLE_RECV only with a listener.
unsigned with_what_it_needs(unsigned flag) {
  return flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ? flag | SECCOMP_FILTER_FLAG_NEW_LISTENER : flag;
}

}  // namespace

std::optional<ActionWord> action_from(std::string_view name) { return value_of<ActionWord>(kActions, name); }
std::vector<std::string_view> action_names() { return names_of<ActionWord>(kActions); }

std::optional<Operator> operator_from(std::string_view name) { return value_of<Operator>(kOperators, name); }
std::vector<std::string_view> operator_names() { return names_of<Operator>(kOperators); }

std::optional<unsigned> flag_from(std::string_view name) { return value_of<unsigned>(kFlags, name); }
std::vector<std::string_view> flag_names() { return names_of<unsigned>(kFlags); }

std::vector<std::string_view> supported_flag_names() {
  std::vector<std::string_view> names;
  for (const Word<unsigned>& word : kFlags)
    if (sys::seccomp_flags_available(with_what_it_needs(word.value))) names.push_back(word.name);
  return names;
}

std::vector<std::string_view> architecture_names() { return {std::begin(kArchitectures), std::end(kArchitectures)}; }
bool is_architecture_name(std::string_view name) {
  return std::ranges::find(kArchitectures, name) != std::end(kArchitectures);
}

std::string library_version() {
  const scmp_version* version = seccomp_version();
  return text::cat(version->major, '.', version->minor, '.', version->micro);
}

}  // namespace brig::seccomp
