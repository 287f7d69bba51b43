// Records to stderr or to the --log file, as text or JSON (engines read them: containerd takes the last record of
// level "error", podman parses the whole file as one object).
//
// Functions return errors, they don't log them; cli prints the one error. debug() is allowed anywhere, warn()
// where something is deliberately ignored: both only reach the sink with --debug or a lower --log-level, since a
// warning before the error would break podman's reading.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/cstr.h"
#include "base/error.h"
#include "base/result.h"

namespace brig::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

struct Settings {
  // Empty: debug() and warn() go to stderr; error() prints its line there, and no record.
  std::string path;
  Format format = Format::kText;
  Level level = Level::kError;
};

// Opens the sink (append, created 0644, close-on-exec) before anything can fail. Inherited by init.
Result<void> open(const Settings& settings);

// Forgets the sink: its descriptor is about to be closed, and its number may soon be another file's.
void stop();

bool debug_enabled();
void debug(std::string_view message);
void warn(std::string_view message);
// Writes the one error of this command: a record to --log if given, and a line to stderr, each with one write(2)
// (conmon reads stderr once, 8 KiB at most). On stderr "brig: " comes before the error's text.
void error(const Error& error);

// While one lives, debug() and warn() are kept by it instead of going to the sink, whatever the level: for who shows
// them in a form of its own (`check`). One at a time.
struct Record {
  Level level = Level::kDebug;
  std::string message;
};
class Recorder {
 public:
  Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  ~Recorder();
  // Those since the last call.
  std::vector<Record> take();

 private:
  std::vector<Record> records_;
};

// A record as it goes to the sink, with its newline. Pure; `time` is RFC 3339.
std::string format_record(Format format, Level level, std::string_view message, std::string_view id,
                          std::string_view time);

}  // namespace brig::log
