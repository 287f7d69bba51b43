// Runs in: both.
#include "runtime/process/steps.h"

#include <algorithm>

namespace brig::process {
namespace {

template <std::size_t N>
void copy_name(char (&to)[N], std::string_view from) {
  const std::size_t n = std::min(from.size(), N - 1);
  std::memcpy(to, from.data(), n);
  to[n] = '\0';
}

}  // namespace

Result<Steps> Steps::make() {
  static_assert(sizeof(Page) <= 4096);
  // Zeroed memory is a Page with nothing used.
  return Steps(static_cast<Page*>(TRY(sys::mmap_shared(sizeof(Page)), "make step recorder")));
}

void Steps::stamp(std::string_view step) {
  const std::uint32_t at = page_->used.fetch_add(1, std::memory_order_relaxed);
  if (at >= kMost) return;
  StepRecord& record = page_->records[at];
  copy_name(record.process, process_);
  copy_name(record.step, step);
  record.at_ns = sys::monotonic_ns();
}

std::vector<StepRecord> Steps::records() const {
  const std::uint32_t used = std::min(page_->used.load(std::memory_order_relaxed), kMost);
  std::vector<StepRecord> out(page_->records, page_->records + used);
  // A slot that its writer did not get to fill (it was killed) has no time.
  std::erase_if(out, [](const StepRecord& r) { return r.at_ns == 0; });
  std::stable_sort(out.begin(), out.end(), [](const StepRecord& a, const StepRecord& b) { return a.at_ns < b.at_ns; });
  return out;
}

std::string encode_records(const std::vector<StepRecord>& records) {
  std::string bytes;
  for (const StepRecord& record : records) bytes.append(reinterpret_cast<const char*>(&record), sizeof record);
  return bytes;
}

std::vector<StepRecord> decode_records(std::string_view bytes) {
  std::vector<StepRecord> records;
  if (bytes.size() % sizeof(StepRecord) != 0) return records;
  for (; !bytes.empty(); bytes.remove_prefix(sizeof(StepRecord))) {
    StepRecord record;
    std::memcpy(&record, bytes.data(), sizeof record);
    record.process[sizeof record.process - 1] = '\0';
    record.step[sizeof record.step - 1] = '\0';
    records.push_back(record);
  }
  return records;
}

}  // namespace brig::process
