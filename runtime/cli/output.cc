// Runs in: runtime.
#include "runtime/cli/output.h"

#include <algorithm>

#include "base/sys.h"
#include "base/text.h"

namespace brig::cli {
namespace {

constexpr std::size_t kLeastColumn = 12;
constexpr std::size_t kPadding = 3;

// Characters, not bytes: all but the continuation bytes of UTF-8.
std::size_t width(std::string_view cell) {
  return static_cast<std::size_t>(
      std::count_if(cell.begin(), cell.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// "1234.5", of nanoseconds.
std::string microseconds(std::uint64_t ns) { return text::cat(ns / 1000, '.', ns % 1000 / 100); }

// When the step before steps[at] was done, of the same process if it has one; never later than steps[at] itself.
std::uint64_t time_before(const std::vector<container::TraceStep>& steps, std::size_t at) {
  std::uint64_t before = at == 0 ? 0 : steps[at - 1].at_ns;
  for (std::size_t i = at; i-- > 0;) {
    if (steps[i].process != steps[at].process) continue;
    before = steps[i].at_ns;
    break;
  }
  return std::min(before, steps[at].at_ns);
}

}  // namespace

Result<void> print(std::string_view text) {
  TRY(sys::write(FdRef::number(1), text), "write to standard output");
  return {};
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> columns;
  for (const std::vector<std::string>& row : rows) {
    columns.resize(std::max(columns.size(), row.size()), kLeastColumn);
    for (std::size_t i = 0; i < row.size(); ++i) columns[i] = std::max(columns[i], width(row[i]) + kPadding);
  }
  std::string out;
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += text::without_controls(row[i]);
      if (i + 1 < row.size()) out.append(columns[i] - width(row[i]), ' ');
    }
    out += '\n';
  }
  return out;
}

std::string list_table(const std::vector<oci::ListEntry>& entries) {
  std::vector<std::vector<std::string>> rows = {{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
  for (const oci::ListEntry& entry : entries)
    rows.push_back({entry.state.id, std::to_string(entry.state.pid), std::string(oci::status_name(entry.state.status)),
                    entry.state.bundle, entry.extra.created, entry.extra.owner});
  return table(rows);
}

std::string list_ids(const std::vector<oci::ListEntry>& entries) {
  std::string out;
  for (const oci::ListEntry& entry : entries) out += text::cat(entry.state.id, '\n');
  return out;
}

std::string trace_table(const std::vector<container::TraceStep>& steps) {
  std::vector<std::vector<std::string>> rows = {{"AT", "TOOK", "PROCESS", "STEP"}};
  for (std::size_t i = 0; i < steps.size(); ++i)
    rows.push_back({microseconds(steps[i].at_ns), microseconds(steps[i].at_ns - time_before(steps, i)),
                    steps[i].process, steps[i].step});
  return table(rows);
}

std::string trace_json(const std::vector<container::TraceStep>& steps) {
  std::string out = "[";
  for (const container::TraceStep& step : steps)
    out += text::cat(out.size() == 1 ? "" : ",", "{\"process\":", text::json_quote(step.process),
                     ",\"step\":", text::json_quote(step.step), ",\"atNanoseconds\":", step.at_ns, '}');
  return out + "]\n";
}

}  // namespace brig::cli
