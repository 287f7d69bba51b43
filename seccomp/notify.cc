#include "seccomp/notify.h"

#include <atomic>
#include <cerrno>
#include <optional>
#include <span>

#include "base/sys.h"

namespace brig::seccomp {
namespace {

// What the two threads share. Each touches it only when it is its turn; the atomics pass the turn on.
struct Handover {
  const GiveListener& give;
  std::optional<UniqueFd> listener;  // empty: the filter was not loaded
  Result<void> given = {};
  std::atomic<bool> loaded = false;  // the giver's turn
  std::atomic<bool> done = false;    // the loader's turn; the giver is never seen again
};

void give_away(void* shared) {
  Handover& handover = *static_cast<Handover*>(shared);
  while (!handover.loaded.load(std::memory_order_acquire)) sys::yield();
  if (handover.listener) handover.given = handover.give(*handover.listener);
  // Closed before anything can notify: nobody but the agent may hold the listener, whose last close ends all waiting.
  handover.listener.reset();
  handover.done.store(true, std::memory_order_release);
}

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// Under the filter, hence without a system call. But after tens of milliseconds with one: two threads of SCHED_FIFO on
// one CPU get on only if this one yields. Should that notify, then the giver is free to run, and the agent to answer.
void wait_for(const std::atomic<bool>& done) {
  constexpr unsigned kPatience = 1U << 20;
  for (unsigned turns = 0; !done.load(std::memory_order_acquire); ++turns)
    if (turns < kPatience) {
      relax();
    } else {
      sys::yield();
    }
}

Result<void> load(unsigned flags, std::span<const sock_filter> program, Handover& handover) {
  handover.listener = TRY(sys::seccomp_set_filter(flags, program), "load the seccomp filter");
  return {};
}

Result<void> load_and_give(unsigned flags, std::span<const sock_filter> program, const GiveListener& give) {
  Handover handover = {.give = give};
  TRY(sys::clone_thread(&give_away, &handover), "prepare to give the seccomp listener away");
  Result<void> loaded = load(flags, program, handover);
  handover.loaded.store(true, std::memory_order_release);
  wait_for(handover.done);
  if (loaded.ok()) return std::move(handover.given);
  Error error = std::move(loaded).error();
  if (error.code() == EBUSY) return std::move(error).with_hint("brig itself runs under a filter with a listener");
  return error;
}

}  // namespace

Result<void> load_and_give(const SharedFilter& filter, const GiveListener& give) {
  return load_and_give(filter.flags(), filter.program(), give);
}

Result<void> load_and_give(const Filter& filter, const GiveListener& give) {
  return load_and_give(filter.flags, filter.program, give);
}

}  // namespace brig::seccomp
