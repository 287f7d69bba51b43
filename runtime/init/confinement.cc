// Runs in: init.
#include "runtime/init/confinement.h"

#include "base/sys.h"
#include "runtime/init/labels.h"
#include "seccomp/notify.h"

namespace brig::init {
namespace {

template <typename Filter>
Result<void> load(const Filter& filter, bool notifies, const process::Channel& runtime) {
  if (!notifies) return seccomp::load(filter);
  return seccomp::load_and_give(filter, [&runtime](FdRef listener) { return runtime.give_listener(listener); });
}

}  // namespace

Result<void> make_session_keyring(std::string_view selinux_label, const ProcDir& proc) {
  const bool labelled = !selinux_label.empty();
  if (labelled) TRY(set_key_label(selinux_label, proc));
  auto joined = sys::join_session_keyring(nullptr);
  if (labelled) TRY(set_key_label("", proc));
  if (!joined.ok() && joined.error().code() != ENOSYS) TRY(std::move(joined), "make session keyring");
  return {};
}

Result<void> load_filter(const seccomp::SharedFilter& filter, bool notifies, const process::Channel& runtime) {
  return load(filter, notifies, runtime);
}

Result<void> load_filter(const seccomp::Filter& filter, bool notifies, const process::Channel& runtime) {
  return load(filter, notifies, runtime);
}

}  // namespace brig::init
