// Runs in: both.
#include "runtime/init/joined_user_namespace.h"

#include <sched.h>
#include <sys/prctl.h>

#include <array>

#include "base/sys.h"
#include "base/text.h"
#include "runtime/namespaces/id_maps.h"
#include "runtime/process/child.h"

namespace brig::init {
namespace {

// What the child has to say: that it is in there, or why not.
constexpr std::string_view kJoined = "0";

// In the child. It may be seen by those who live there, so it can't be traced and dies with the runtime (B-31).
[[noreturn]] void wait_in_user_namespace(FdRef user_namespace, FdRef answer) {
  auto hardened = sys::prctl(PR_SET_DUMPABLE, 0);
  auto joined = hardened.ok() ? sys::setns(user_namespace, CLONE_NEWUSER) : std::move(hardened);
  // After the change of credentials, which takes it away (prctl(2)).
  if (joined.ok()) joined = sys::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Ignored: without an answer the runtime knows that this has failed.
  (void)sys::write(answer, joined.ok() ? std::string(kJoined) : std::to_string(joined.error().code()));
  while (joined.ok()) (void)sys::poll({}, -1);
  sys::exit_now(1);
}

// A process that is in the user namespace for as long as the Child lives.
Result<process::Child> enter(FdRef user_namespace) {
  sys::SocketPair pipe = TRY(sys::pipe());
  sys::Cloned cloned = TRY(sys::clone3(0, std::nullopt), "clone");
  if (cloned.pid == 0) wait_in_user_namespace(user_namespace, pipe.b);
  process::Child child(cloned.pid, std::move(cloned.pidfd));
  pipe.b.reset();
  std::array<char, 16> buffer;
  const std::size_t size = TRY(sys::read(pipe.a, buffer));
  const std::string_view answer(buffer.data(), size);
  if (answer != kJoined) return Error::system("setns", "", text::parse_int<int>(answer).value_or(ECHILD));
  return child;
}

Result<void> compare(const ProcDir& proc, const process::Child& member, const char* file, const char* pointer,
                     const std::vector<oci::IdMapping>& wanted) {
  if (wanted.empty()) return {};
  const std::string map = TRY(proc.read(text::cat(member.pid(), '/', file)));
  if (namespaces::same_id_map(wanted, map)) return {};
  return Error::config(pointer, "is not the mapping of the user namespace to join");
}

}  // namespace

Result<void> check_joined_mappings(const oci::Linux& config, const namespaces::Plan& plan, const ProcDir& proc) {
  if (config.uid_mappings.empty() && config.gid_mappings.empty()) return {};
  for (const namespaces::Join& join : plan.joins) {
    if (join.type != CLONE_NEWUSER) continue;
    const process::Child member = TRY(enter(join.fd), "enter user namespace", join.path);
    TRY(compare(proc, member, "uid_map", "/linux/uidMappings", config.uid_mappings));
    TRY(compare(proc, member, "gid_map", "/linux/gidMappings", config.gid_mappings));
  }
  return {};
}

}  // namespace brig::init
