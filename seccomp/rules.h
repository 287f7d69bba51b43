// linux.seccomp with its words turned into numbers, but for the names of system calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/config.h"
#include "seccomp/architectures.h"
#include "seccomp/conditions.h"

namespace brig::seccomp {

// One element of `syscalls`.
struct Rule {
  std::size_t index = 0;                             // in `syscalls`, for messages
  const std::vector<std::string>* names = nullptr;   // in the oci::Seccomp it was made from
  std::uint32_t action = 0;                          // SECCOMP_RET_*, with its data
  std::vector<std::vector<Condition>> alternatives;  // any of them; all conditions of it. An empty one always matches
};

struct Rules {
  std::uint32_t default_action = 0;
  unsigned flags = 0;                       // SECCOMP_FILTER_FLAG_*
  std::vector<Architecture> architectures;  // the native one first, each once
  std::vector<Rule> rules;                  // without those that do what is done anyway
  // The calls of those that were left out: the profile knows them too.
  std::vector<const std::vector<std::string>*> done_anyway;

  // Whether some rule is SCMP_ACT_NOTIFY: loading gives a listener, which is for the agent at listenerPath.
  bool notify() const;
};

// Errors are kConfig with a pointer into `seccomp`'s place in config.json. The result refers to `seccomp`.
//
// As runc and crun do: a rule whose action is the default one is left out; one that names the same argument twice
// stands for as many rules with one condition each; flags that are not given are SPEC_ALLOW, an empty list is none.
// SCMP_ACT_NOTIFY is neither a default action nor one for write(2): a profile that one runtime takes and the others
// refuse would be a trap. An architecture that can't run here is left out with a debug record.
Result<Rules> read_rules(const oci::Seccomp& seccomp);

}  // namespace brig::seccomp
