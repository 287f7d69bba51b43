// Runs in: both.
//
// The flight recorder of a start: each step's name and time in a fixed array that runtime and init share. Kept with the
// container's state (`brig trace`), and told with --debug when a start fails.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sys.h"

namespace brig::process {

// One stamp. Names are kept as text, so that another version of brig can read what this one wrote.
struct StepRecord {
  std::uint64_t at_ns = 0;  // CLOCK_MONOTONIC, when the step was done
  char process[8] = {};     // "runtime", "between", "init", "start"; "exec", "join", "process"
  char step[32] = {};
};
static_assert(sizeof(StepRecord) == 48);

class Steps {
 public:
  static constexpr std::uint32_t kMost = 84;  // 4 KiB with the counter

  // A page shared with the children of this process.
  static Result<Steps> make();

  // Notes that `step` is done. Beyond kMost stamps it does nothing. Safe in two processes at once.
  void stamp(std::string_view step);
  // Who stamps from now on in this process.
  void set_process(std::string_view name) { process_ = name; }
  // What was noted so far, in the order of time.
  std::vector<StepRecord> records() const;

 private:
  struct Page {
    std::atomic<std::uint32_t> used;
    StepRecord records[kMost];
  };
  explicit Steps(Page* page) : page_(page) {}
  Page* page_;
  std::string_view process_ = "runtime";
};

// The records as bytes of the state's trace file, to which later commands append theirs, and back; a file that is no
// such thing gives none.
std::string encode_records(const std::vector<StepRecord>& records);
std::vector<StepRecord> decode_records(std::string_view bytes);

}  // namespace brig::process

// TRY that also notes the step; the step's name becomes a frame of the error. `steps` must be in scope.
#define STEP(name, expression)                                      \
  __extension__({                                                   \
    auto brig_step = (expression);                                  \
    if (!brig_step.ok()) [[unlikely]] {                             \
      ::brig::Error brig_step_error = std::move(brig_step).error(); \
      brig_step_error.add_frame(name);                              \
      return brig_step_error;                                       \
    }                                                               \
    steps.stamp(name);                                              \
    std::move(brig_step).value();                                   \
  })
