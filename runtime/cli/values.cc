// Runs in: runtime.
#include "runtime/cli/values.h"

#include <optional>
#include <span>

#include "base/text.h"
#include "runtime/cli/duration.h"

namespace brig::cli {
namespace {

template <typename Enum>
struct Choice {
  std::string_view word;
  Enum value;
};

template <typename Enum, std::size_t N>
Result<void> choose(Enum& to, std::string_view value, const Choice<Enum> (&choices)[N]) {
  std::string words;
  for (const Choice<Enum>& choice : choices) {
    if (choice.word == value) {
      to = choice.value;
      return {};
    }
    words += text::cat(words.empty() ? "" : ", ", choice.word);
  }
  return Error::make(Error::Kind::kUsage, text::cat("must be one of ", words));
}

constexpr Choice<log::Level> kLevels[] = {{"debug", log::Level::kDebug},
                                          {"info", log::Level::kInfo},
                                          {"warning", log::Level::kWarning},
                                          {"warn", log::Level::kWarning},
                                          {"error", log::Level::kError}};
constexpr Choice<log::Format> kLogFormats[] = {{"text", log::Format::kText}, {"json", log::Format::kJson}};
constexpr Choice<ListFormat> kListFormats[] = {{"table", ListFormat::kTable}, {"json", ListFormat::kJson}};
constexpr Choice<CgroupManager> kCgroupManagers[] = {{"cgroupfs", CgroupManager::kCgroupfs},
                                                     {"disabled", CgroupManager::kDisabled},
                                                     {"systemd", CgroupManager::kSystemd}};
constexpr Choice<RootlessChoice> kRootlessChoices[] = {
    {"true", RootlessChoice::kTrue}, {"false", RootlessChoice::kFalse}, {"auto", RootlessChoice::kAuto}};
constexpr Choice<bool> kBooleans[] = {{"true", true}, {"false", false}, {"1", true}, {"0", false}};

}  // namespace

Result<void> assign(std::string& to, std::string_view value) {
  to = value;
  return {};
}

Result<void> assign(bool& to, std::string_view value) {
  to = true;
  return value.empty() ? Result<void>() : choose(to, value, kBooleans);
}

Result<void> assign(unsigned& to, std::string_view value) {
  const std::optional<unsigned> number = text::parse_int<unsigned>(value);
  if (!number) return Error::make(Error::Kind::kUsage, "must be a whole number that is not negative");
  to = *number;
  return {};
}

Result<void> assign(std::chrono::nanoseconds& to, std::string_view value) {
  const std::optional<std::chrono::nanoseconds> duration = parse_duration(value);
  if (!duration || duration->count() <= 0)
    return Error::make(Error::Kind::kUsage, "must be a length of time, such as 5s, 500ms or 1m30s, and more than zero");
  to = *duration;
  return {};
}

Result<void> assign(log::Level& to, std::string_view value) { return choose(to, value, kLevels); }
Result<void> assign(log::Format& to, std::string_view value) { return choose(to, value, kLogFormats); }
Result<void> assign(ListFormat& to, std::string_view value) { return choose(to, value, kListFormats); }
Result<void> assign(CgroupManager& to, std::string_view value) { return choose(to, value, kCgroupManagers); }
Result<void> assign(RootlessChoice& to, std::string_view value) { return choose(to, value, kRootlessChoices); }

}  // namespace brig::cli
