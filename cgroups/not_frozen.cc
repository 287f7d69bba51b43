#include "cgroups/not_frozen.h"

#include <algorithm>

#include "base/proc_dir.h"
#include "base/sys.h"
#include "base/text.h"
#include "cgroups/tree.h"

namespace brig::cgroups {
namespace {

// Those of one process that hold up the freezing. What vanishes meanwhile holds up nothing.
Result<std::vector<ThreadState>> slow_threads(const ProcDir& proc, pid_t pid) {
  const std::string tasks = text::cat(pid, "/task");
  std::vector<ThreadState> slow;
  const UniqueFd directory = TRY(proc.open_at(tasks, O_RDONLY | O_DIRECTORY));
  for (const sys::DirEntry& task : TRY(sys::getdents(directory))) {
    const Result<std::string> stat = proc.read(text::cat(tasks, '/', task.name, "/stat"));
    if (!stat.ok()) continue;
    ThreadState thread = parse_thread(stat.value());
    thread.pid = pid;
    Result<std::string> function = proc.read(text::cat(tasks, '/', task.name, "/wchan"));
    if (function.ok()) thread.waits_in = std::move(function).value();
    if (holds_up_freezing(thread)) slow.push_back(std::move(thread));
  }
  return slow;
}

Result<std::vector<ThreadState>> slow_threads_below(FdRef directory) {
  const ProcDir proc = TRY(ProcDir::open());
  std::vector<ThreadState> all;
  for (const pid_t pid : TRY(processes_below(directory))) {
    Result<std::vector<ThreadState>> slow = slow_threads(proc, pid);
    if (!slow.ok()) continue;
    all.insert(all.end(), slow.value().begin(), slow.value().end());
  }
  return all;
}

}  // namespace

ThreadState parse_thread(std::string_view stat) {
  ThreadState thread;
  // The name may have any characters, parentheses too (proc_pid_stat(5)).
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return thread;
  thread.name = stat.substr(open + 1, close - open - 1);
  if (close + 2 < stat.size()) thread.state = stat[close + 2];
  return thread;
}

// A frozen thread is in D in v1's freezer and in S in v2's, which wakes all others that sleep in S. Stopped and traced
// ones are as good as frozen.
bool holds_up_freezing(const ThreadState& thread) {
  return (thread.state == 'R' || thread.state == 'D') && thread.waits_in != "__refrigerator";
}

std::string describe(const std::vector<ThreadState>& threads) {
  constexpr std::size_t kMost = 8;
  std::string text;
  std::size_t told = 0;
  pid_t last = 0;
  for (const ThreadState& thread : threads) {
    if (thread.pid == last) continue;
    last = thread.pid;
    if (told++ == kMost) return text + " …";
    text += text::cat(told == 1 ? "" : ", ", "process ", thread.pid, " (", thread.name, ", state ", thread.state);
    if (!thread.waits_in.empty() && thread.waits_in != "0") text += text::cat(", in ", thread.waits_in);
    text += ')';
  }
  return text;
}

Error not_frozen(const Hierarchy& hierarchy, FdRef directory, int timeout_ms) {
  // A thread that the freezer wakes again and again to no avail may be asleep at the moment of a look.
  constexpr int kLooks = 20;
  std::string who;
  for (int look = 0; look < kLooks && who.empty(); ++look)
    if (auto threads = slow_threads_below(directory); threads.ok()) who = describe(threads.value());
  return Error::make(Error::Kind::kState, text::cat(hierarchy.directory(), " did not freeze within ", timeout_ms,
                                                    " ms, and is thawed again", who.empty() ? "" : ": ", who));
}

}  // namespace brig::cgroups
