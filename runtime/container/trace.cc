// Runs in: runtime.
#include "base/log.h"
#include "base/text.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"
#include "runtime/container/tell_trace.h"

namespace brig::container {

void keep_trace(const Directory& directory, const process::Steps& steps) {
  auto kept = directory.append(kTraceFile, process::encode_records(steps.records()));
  if (!kept.ok()) log::warn(text::cat("the trace is not kept: ", kept.error().to_string()));
}

void tell_trace(const process::Steps& steps) {
  if (!log::debug_enabled()) return;
  const std::vector<process::StepRecord> records = steps.records();
  for (const process::StepRecord& record : records)
    log::debug(text::cat("step `", record.step, "` of ", record.process, " done after ",
                         (record.at_ns - records.front().at_ns) / 1000, " us"));
}

Result<std::vector<TraceStep>> trace(const Globals& globals, const std::string& id) {
  const Directory directory = TRY(Directory::open(globals, id));
  const std::string bytes = TRY(directory.read(kTraceFile), "read trace");
  const std::vector<process::StepRecord> records = process::decode_records(bytes);
  std::vector<TraceStep> steps;
  steps.reserve(records.size());
  for (const process::StepRecord& record : records)
    steps.push_back({.process = record.process, .step = record.step, .at_ns = record.at_ns - records.front().at_ns});
  return steps;
}

}  // namespace brig::container
