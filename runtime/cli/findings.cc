// Runs in: runtime.
#include "runtime/cli/findings.h"

#include <algorithm>

#include "base/text.h"
#include "oci/json.h"

namespace brig::cli {
namespace {

using container::Finding;

std::string_view level_name(Finding::Level level) {
  switch (level) {
    case Finding::Level::kNote: return "note";
    case Finding::Level::kWarning: return "warning";
    case Finding::Level::kError: return "error";
  }
  return "error";
}

std::int64_t count(const std::vector<Finding>& findings, Finding::Level level) {
  return std::count_if(findings.begin(), findings.end(),
                       [level](const Finding& finding) { return finding.level == level; });
}

std::string counted(std::int64_t number, std::string_view what) {
  return text::cat(number, ' ', what, number == 1 ? "" : "s");
}

std::string line(const Finding& finding) {
  const std::string where = finding.pointer.empty() ? "" : finding.pointer + ": ";
  const std::string section = finding.section.empty() ? "" : ", " + finding.section;
  return text::without_controls(
      text::cat(level_name(finding.level), ": ", where, finding.text, " (", finding.rule, section, ')'));
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) out += line(finding) + "\n";
  return text::cat(out, counted(count(findings, Finding::Level::kError), "error"), ", ",
                   counted(count(findings, Finding::Level::kWarning), "warning"), ", ",
                   counted(count(findings, Finding::Level::kNote), "note"), '\n');
}

std::string findings_json(const std::vector<Finding>& findings) {
  constexpr int kIndent = 2;
  json::Writer writer(kIndent);
  writer.begin_object();
  writer.key("findings").begin_array();
  for (const Finding& finding : findings) {
    writer.begin_object();
    writer.key("level").string(level_name(finding.level));
    writer.key("rule").string(finding.rule);
    writer.key("pointer").string(finding.pointer);
    writer.key("section").string(finding.section);
    writer.key("text").string(finding.text);
    writer.end_object();
  }
  writer.end_array();
  writer.key("errors").number(count(findings, Finding::Level::kError));
  writer.key("warnings").number(count(findings, Finding::Level::kWarning));
  writer.key("notes").number(count(findings, Finding::Level::kNote));
  writer.end_object();
  return std::move(writer).take() + "\n";
}

int exit_status_of(const std::vector<Finding>& findings) {
  if (count(findings, Finding::Level::kError) != 0) return 2;
  return count(findings, Finding::Level::kWarning) != 0 ? 1 : 0;
}

}  // namespace brig::cli
