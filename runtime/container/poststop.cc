// Runs in: runtime.
#include "runtime/container/poststop.h"

#include <utility>

#include "runtime/container/status.h"
#include "runtime/process/hooks.h"

namespace brig::container {

void run_poststop_hooks(const Record& record) {
  if (record.poststop.empty()) return;
  process::run_hooks_warning(
      "poststop", record.poststop,
      {.state = oci::state_for_hooks(state_document(record, oci::Status::kStopped)), .directory = record.bundle});
}

PoststopDraft::PoststopDraft(PoststopDraft&& other) noexcept : owed_(std::exchange(other.owed_, std::nullopt)) {}

PoststopDraft::~PoststopDraft() {
  if (owed_) run_poststop_hooks(*owed_);
}

}  // namespace brig::container
