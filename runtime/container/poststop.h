// Runs in: runtime.
#pragma once

#include <optional>

#include "runtime/container/record.h"

namespace brig::container {

// Runs the poststop hooks of a container that is gone, one after the other. One that fails is a warning, and the others
// still run. Spec: runtime.md#lifecycle, step 13.
void run_poststop_hooks(const Record& record);

// The poststop hooks that a create owes once hooks of its have begun: if it fails then, what these made for the
// container is theirs to undo. Runs them when it is destroyed, unless kept; so it is to be destroyed last. Spec:
// runtime.md#lifecycle, steps 3 to 5: "stop the container, and continue the lifecycle at step 12".
class PoststopDraft {
 public:
  PoststopDraft() = default;
  PoststopDraft(PoststopDraft&& other) noexcept;
  PoststopDraft& operator=(PoststopDraft&&) = delete;
  ~PoststopDraft();

  void owe(const Record& record) { owed_ = record; }
  void keep() { owed_.reset(); }

 private:
  std::optional<Record> owed_;
};

}  // namespace brig::container
