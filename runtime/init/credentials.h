// Runs in: init.
#pragma once

#include "base/result.h"
#include "oci/config.h"

namespace brig::init {

// This process has no more rights than the program it will become. Made by drop_privileges only.
class Unprivileged {
  Unprivileged() = default;
  friend Result<Unprivileged> drop_privileges(const oci::Process& process, bool groups_may_stay);
};

// Ensures: this process dies with its parent, and can't be traced or looked into (CVE-2016-9962). A change of
// credentials takes both away (prctl(2)).
Result<void> die_unseen();

// What of `wanted` can be had by a process whose permitted set is `have`: the kernel refuses more (capabilities(7)). A
// container is not to fail for it (config.md#linux-process); the plan has warned. Pure.
oci::Capabilities grantable(const oci::Capabilities& wanted, std::uint64_t have);

// Groups, ids, the five capability sets (read back: a set that differs is fatal), no_new_privs. Leaves the parent-death
// signal on, which a change of credentials takes away. Not dumpable afterwards.
// Spec: config.md#process; capabilities(7). groups_may_stay: this user namespace may deny setgroups(2)
// (user_namespaces(7)), which is fine if no group but the process's own is asked for: nobody in there can lose a group.
Result<Unprivileged> drop_privileges(const oci::Process& process, bool groups_may_stay);

}  // namespace brig::init
