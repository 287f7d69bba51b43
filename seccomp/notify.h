// Loading a filter with rules that notify (SCMP_ACT_NOTIFY, seccomp_unotify(2)).
//
// The kernel gives the listener to the process that loads the filter. A call that notifies then waits for an agent, who
// has no listener as long as that process did not give it away, and to give it away takes calls, which may notify. So a
// second thread gives it away: it was there before the filter and is not under it. Until it is done the first thread
// makes no system call. Whatever a profile says of sendmsg(2), close(2) or futex(2), a start can't wait for itself.
#pragma once

#include <functional>

#include "base/fd.h"
#include "base/result.h"
#include "seccomp/load.h"

namespace brig::seccomp {

// Gives the listener to somebody, for good: it is closed here afterwards. While it runs nothing else does.
using GiveListener = std::function<Result<void>(FdRef listener)>;

// Confines the calling process by a filter of Rules::notify(). `give` is called once, in another thread, and has
// returned when this returns; if it fails, its error is returned, by a process that is confined and whose calls that
// notify fail with ENOSYS. Its own errors are load's, and those of clone(2) for the thread: EAGAIN at a limit of one
// process.
Result<void> load_and_give(const SharedFilter& filter, const GiveListener& give);
Result<void> load_and_give(const Filter& filter, const GiveListener& give);

}  // namespace brig::seccomp
