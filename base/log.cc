#include "base/log.h"

#include <string>
#include <utility>

#include "base/sys.h"
#include "base/text.h"

namespace brig::log {
namespace {

// The one global of the program: every record goes to one place.
struct Sink {
  int file = -1;  // not a UniqueFd: no destructor may run in a forked child
  Format format = Format::kText;
  Level level = Level::kError;
};
constinit Sink g_sink;
// Where a Recorder, if there is one, keeps what the sink does not get.
constinit std::vector<Record>* g_recorded = nullptr;

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "error";
}

// Whoever reads us may be gone. That must not end us in the middle of what we do.
void write_line(int to, std::string_view line) {
  const sys::IgnoredSigpipe ignored;
  (void)sys::write(FdRef::number(to), line);  // Ignored: nowhere to say so.
}

void write_record(Level level, std::string_view message, std::string_view id) {
  const timespec now = sys::clock_gettime(CLOCK_REALTIME);
  write_line(g_sink.file >= 0 ? g_sink.file : 2,
             format_record(g_sink.format, level, message, id, text::rfc3339(now.tv_sec, now.tv_nsec)));
}

}  // namespace

Result<void> open(const Settings& settings) {
  g_sink.format = settings.format;
  g_sink.level = settings.level;
  if (settings.path.empty()) return {};
  UniqueFd file = TRY(sys::openat(FdRef::cwd(), settings.path, O_WRONLY | O_APPEND | O_CREAT, 0644), "open log");
  g_sink.file = TRY(sys::dup_above(file, 10)).release();
  return {};
}

void stop() { g_sink = {.file = -1, .format = Format::kText, .level = Level::kError}; }

bool debug_enabled() { return g_recorded != nullptr || g_sink.level == Level::kDebug; }

void debug(std::string_view message) {
  if (g_recorded != nullptr) return g_recorded->push_back({Level::kDebug, std::string(message)});
  if (debug_enabled()) write_record(Level::kDebug, message, {});
}

void warn(std::string_view message) {
  if (g_recorded != nullptr) return g_recorded->push_back({Level::kWarning, std::string(message)});
  if (g_sink.level <= Level::kWarning) write_record(Level::kWarning, message, {});
}

void error(const Error& error) {
  constexpr std::size_t kMostThatConmonReads = 8000;
  std::string message = error.to_string();
  if (message.size() > kMostThatConmonReads) message.resize(kMostThatConmonReads);
  if (g_sink.file >= 0) write_record(Level::kError, message, error.id());
  write_line(2, text::cat("brig: ", message, '\n'));
}

Recorder::Recorder() { g_recorded = &records_; }

Recorder::~Recorder() { g_recorded = nullptr; }

std::vector<Record> Recorder::take() { return std::exchange(records_, {}); }

std::string format_record(Format format, Level level, std::string_view message, std::string_view id,
                          std::string_view time) {
  if (format == Format::kText)
    return text::cat("time=\"", time, "\" level=", level_name(level), " msg=", text::json_quote(message), '\n');
  const std::string id_member = id.empty() ? "" : text::cat(",\"id\":", text::json_quote(id));
  return text::cat("{\"level\":\"", level_name(level), "\",\"msg\":", text::json_quote(message), ",\"time\":\"", time,
                   '"', id_member, "}\n");
}

}  // namespace brig::log
