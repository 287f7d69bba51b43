// Who keeps a cgroup from freezing. For cgroups/ itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "cgroups/manager.h"

namespace brig::cgroups {

// A thread as /proc/PID/task/TID tells of it.
struct ThreadState {
  pid_t pid = 0;         // of its process
  std::string name;      // field 2 of stat, without the parentheses
  char state = '?';      // field 3: R, S, D, T …
  std::string waits_in;  // wchan: the kernel's function that it sleeps in; "" or "0" if that is not told
};
// Name and state from the text of a stat file. Pure.
ThreadState parse_thread(std::string_view stat);
// Whether it stands in the way of a freezer: neither in it, nor stopped, nor at its end. Pure.
bool holds_up_freezing(const ThreadState& thread);
// "process 12 (dd, state D, in folio_wait_bit), process 13 …"; a process with several threads once. Pure.
std::string describe(const std::vector<ThreadState>& threads);

// kState: "not frozen within 10000 ms, and thawed again: ", and who is to blame.
Error not_frozen(const Hierarchy& hierarchy, FdRef directory, int timeout_ms);

}  // namespace brig::cgroups
