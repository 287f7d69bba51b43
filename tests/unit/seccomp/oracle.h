// What a profile says, evaluated rule by rule without any filter: for one system call, the actions of all the rules
// that match it.
#pragma once

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/seccomp/profiles.h"

namespace brig::testing {

class Oracle {
 public:
  explicit Oracle(const oci::Seccomp& profile)
      : default_(reference_action(profile.default_action, profile.default_errno_ret)) {
    add_architecture(profile, seccomp_arch_native());
    for (const std::string& name : profile.architectures) add_architecture(profile, reference_architecture(name));
  }

  // One action, unless rules with different actions match.
  std::set<std::uint32_t> actions(const seccomp_data& data) const {
    const bool skipped = data.nr == -1;
    const bool x32 = data.arch == AUDIT_ARCH_X86_64 && static_cast<std::uint32_t>(data.nr) >= 0x40000000 && !skipped;
    if (!architectures_.contains(x32 ? SCMP_ARCH_X32 : data.arch)) return {SCMP_ACT_KILL_THREAD};
    if (newer(data, x32 ? SCMP_ARCH_X32 : data.arch)) return {SCMP_ACT_ERRNO(ENOSYS)};
    const auto entries = entries_.find({data.arch, data.nr});
    if (entries == entries_.end()) return {default_};
    std::set<std::uint32_t> result;
    for (const Entry& entry : entries->second) {
      if (!matches(entry, data)) continue;
      // A rule without conditions rules out all others.
      if (entry.args.empty()) return {entry.action};
      result.insert(entry.action);
    }
    if (result.empty()) result.insert(default_);
    return result;
  }

  // Whether the call is newer than the profile, which says nothing of it then: its number is above all that the profile
  // names on its architecture, and of those that system calls are counted by.
  bool newer(const seccomp_data& data) const {
    const bool skipped = data.nr == -1;
    const bool x32 = data.arch == AUDIT_ARCH_X86_64 && static_cast<std::uint32_t>(data.nr) >= 0x40000000 && !skipped;
    return !skipped && newer(data, x32 ? SCMP_ARCH_X32 : data.arch);
  }

 private:
  bool newer(const seccomp_data& data, std::uint32_t token) const {
    const std::uint32_t number = static_cast<std::uint32_t>(data.nr);
    const auto newest = newest_.find(token);
    if (newest == newest_.end() || number == 0xffffffff) return false;
    for (const std::uint32_t through : {SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_TRACE(0)})
      if ((default_ & 0xffff0000) == through) return false;
    if (token == SCMP_ARCH_ARM && number >= 0x0f0000) return false;
    return number > newest->second;
  }

  struct Entry {
    std::uint32_t arch = 0;
    int number = 0;
    bool narrow = false;
    std::vector<oci::SeccompArg> args;
    std::uint32_t action = 0;
  };

  static bool matches(const Entry& entry, const seccomp_data& data) {
    return std::ranges::all_of(entry.args, [&](const oci::SeccompArg& a) {
      const std::uint64_t bits = entry.narrow ? 0xffffffff : ~std::uint64_t{0};
      const std::uint64_t x = data.args[a.index] & bits, v = a.value & bits;
      if (a.op == "SCMP_CMP_EQ") return x == v;
      if (a.op == "SCMP_CMP_NE") return x != v;
      if (a.op == "SCMP_CMP_LT") return x < v;
      if (a.op == "SCMP_CMP_LE") return x <= v;
      if (a.op == "SCMP_CMP_GT") return x > v;
      if (a.op == "SCMP_CMP_GE") return x >= v;
      return (x & a.value) == (a.value_two & a.value & bits);
    });
  }

  // The numbers that libseccomp has for the calls it reports as multiplexed.
  static int direct_number(std::uint32_t token, const std::string& name) {
    static std::map<std::uint32_t, std::map<std::string, int>> tables;
    std::map<std::string, int>& table = tables[token];
    const bool filled = !table.empty();
    for (int n = 0; !filled && n < 4500; ++n) {
      if (n == 600) n = 4000;  // mips; nothing is between
      char* found = seccomp_syscall_resolve_num_arch(token, n);
      // libseccomp takes mips numbers without their base, 4000, too: the last one counts.
      if (found != nullptr) table[found] = n;
      free(found);
    }
    const auto at = table.find(name);
    return at == table.end() ? -1 : at->second;
  }

  void add_architecture(const oci::Seccomp& profile, std::uint32_t token) {
    if (!architectures_.insert(token).second) return;
    for (const oci::SeccompRule& rule : profile.syscalls)
      for (const std::string& name : rule.names) {
        add_rule(rule, name, token);
        see(name, token);
      }
  }

  void see(const std::string& name, std::uint32_t token) {
    int number = seccomp_syscall_resolve_name_arch(token, name.c_str());
    if (number == __NR_SCMP_ERROR) return;
    if (number < 0) number = direct_number(token, name);
    const bool own = token == SCMP_ARCH_ARM && number >= 0x0f0000;
    if (number < 0 || own) return;
    std::uint32_t& newest = newest_[token];
    newest = std::max(newest, static_cast<std::uint32_t>(number));
  }

  void add_rule(const oci::SeccompRule& rule, const std::string& name, std::uint32_t token) {
    const int number = seccomp_syscall_resolve_name_arch(token, name.c_str());
    Entry entry = {.arch = token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token,
                   .number = number,
                   .narrow = (token & __AUDIT_ARCH_64BIT) == 0 || token == SCMP_ARCH_MIPSEL64N32,
                   .action = reference_action(rule.action, rule.errno_ret)};
    if (number == __NR_SCMP_ERROR || entry.action == default_) return;
    std::vector<std::vector<oci::SeccompArg>> alternatives = {rule.args};
    std::set<std::uint32_t> indices;
    for (const oci::SeccompArg& a : rule.args) indices.insert(a.index);
    if (indices.size() != rule.args.size()) {
      alternatives.clear();
      for (const oci::SeccompArg& a : rule.args) alternatives.push_back({a});
    }
    for (std::vector<oci::SeccompArg>& args : alternatives) {
      entry.args = args;
      add_entry(entry, name, token);
    }
  }

  void add_entry(Entry entry, const std::string& name, std::uint32_t token) {
    const int pseudo = entry.number;
    const bool multiplexes = token == SCMP_ARCH_X86 || token == SCMP_ARCH_PPC64LE || token == SCMP_ARCH_MIPSEL;
    const bool socket = pseudo <= -100 && pseudo >= -120, ipc = pseudo <= -200 && pseudo >= -224;
    if (multiplexes && (socket || ipc)) {
      Entry shared = entry;
      std::erase_if(shared.args, [](const oci::SeccompArg& a) { return a.index == 0; });
      shared.args.push_back(arg(0, "SCMP_CMP_EQ", static_cast<std::uint64_t>(-pseudo % (ipc ? 200 : 100))));
      shared.number = (ipc ? 117 : 102) + (token == SCMP_ARCH_MIPSEL ? 4000 : 0);
      entries_[{shared.arch, shared.number}].push_back(shared);
      entry.number = direct_number(token, name);
    }
    // Conditions that are true of everything are none.
    std::erase_if(entry.args, [&](const oci::SeccompArg& a) {
      return a.op == "SCMP_CMP_MASKED_EQ" && (entry.narrow ? a.value & 0xffffffff : a.value) == 0;
    });
    if (entry.number >= 0) entries_[{entry.arch, entry.number}].push_back(entry);
  }

  std::uint32_t default_;
  std::set<std::uint32_t> architectures_;
  std::map<std::uint32_t, std::uint32_t> newest_;
  std::map<std::pair<std::uint32_t, int>, std::vector<Entry>> entries_;
};

}  // namespace brig::testing
