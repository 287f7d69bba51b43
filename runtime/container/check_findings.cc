// Runs in: runtime.
#include "runtime/container/check_findings.h"

#include <algorithm>

#include "base/text.h"
#include "oci/sections.h"

namespace brig::container {
namespace {

constexpr std::string_view kUnknownProperty = "unknown-property";
constexpr std::string_view kDocument = "config.json: ";

// A path of the host can begin like these, but not with what follows the first part: "/root/.ssh" is no property.
constexpr std::string_view kPlaces[] = {"/process", "/root/path", "/root/readonly", "/mounts/", "/hooks/", "/linux/"};

bool is_end(char c) { return c == ' ' || c == ')' || c == ':' || c == '`' || c == ','; }

}  // namespace

std::string_view pointer_in(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '/' || (i > 0 && text[i - 1] != ' ' && text[i - 1] != '(')) continue;
    const std::string_view rest = text.substr(i);
    const auto begins = [rest](std::string_view place) { return rest.starts_with(place); };
    if (std::none_of(std::begin(kPlaces), std::end(kPlaces), begins)) continue;
    return rest.substr(0, static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_end) - rest.begin()));
  }
  return {};
}

void Collector::add(Finding::Level level, std::string_view rule, std::string_view pointer, std::string_view text) {
  const std::string_view section = rule == kUnknownProperty ? "config.md#extensibility"
                                   : pointer.empty()        ? ""
                                                            : oci::section_of(pointer);
  Finding finding{.level = level,
                  .rule = std::string(rule),
                  .pointer = std::string(pointer),
                  .section = std::string(section),
                  .text = std::string(text)};
  const auto same = [&finding](const Finding& other) {
    return other.level == finding.level && other.pointer == finding.pointer && other.text == finding.text;
  };
  if (std::none_of(findings_.begin(), findings_.end(), same)) findings_.push_back(std::move(finding));
}

void Collector::add_error(std::string_view rule, const Error& error) {
  std::string text = error.to_string();
  const bool placed = error.kind() == Error::Kind::kConfig;
  const std::string pointer = placed ? error.subject() : std::string(pointer_in(text));
  const std::string told = text::cat(kDocument, pointer.empty() ? "/" : pointer, ": ");
  if (const std::size_t at = text.find(told); at != std::string::npos) text.erase(at, told.size());
  if (text.starts_with(text::cat(pointer, ": ")) && !pointer.empty()) text.erase(0, pointer.size() + 2);
  add_error(rule, pointer, text);
}

void Collector::add_records(const std::vector<log::Record>& records) {
  for (const log::Record& record : records) {
    std::string_view message = record.message;
    if (message.starts_with(kDocument)) message.remove_prefix(kDocument.size());
    const std::size_t colon = message.starts_with('/') ? message.find(": ") : std::string_view::npos;
    const std::string_view pointer = colon == std::string_view::npos ? "" : message.substr(0, colon);
    if (colon != std::string_view::npos) message.remove_prefix(colon + 2);
    if (record.level == log::Level::kWarning) {
      add(Finding::Level::kWarning, "ignored", pointer, message);
    } else if (!pointer.empty()) {
      const bool unknown = message.find("no such property") != std::string_view::npos;
      add(Finding::Level::kNote, unknown ? kUnknownProperty : "no-effect", pointer, message);
    }
  }
}

bool Collector::has_error_at(std::string_view pointer) const {
  return std::any_of(findings_.begin(), findings_.end(), [pointer](const Finding& finding) {
    return finding.level == Finding::Level::kError && finding.pointer == pointer;
  });
}

}  // namespace brig::container
