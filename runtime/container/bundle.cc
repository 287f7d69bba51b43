// Runs in: runtime.
#include "runtime/container/bundle.h"

#include <fcntl.h>
#include <linux/close_range.h>

#include "base/sys.h"
#include "base/text.h"
#include "oci/read_config.h"

namespace brig::container {
namespace {

constexpr unsigned kMostDescriptors = 1024;
constexpr std::size_t kMostConfigBytes = 4 * 1024 * 1024;

unsigned listen_descriptors() {
  const auto pid = text::parse_int<pid_t>(sys::environment_value("LISTEN_PID").value_or(""));
  if (pid != sys::getpid()) return 0;
  return text::parse_int<unsigned>(sys::environment_value("LISTEN_FDS").value_or("")).value_or(0);
}

// Before Linux 5.11 close_range(2) can't mark; then each open descriptor is marked by itself.
Result<void> mark_close_on_exec(unsigned first) {
  auto marked = sys::close_range(first, ~0U, CLOSE_RANGE_CLOEXEC);
  if (marked.ok() || (marked.error().code() != EINVAL && marked.error().code() != ENOSYS)) return marked;
  return sys::mark_close_on_exec_one_by_one(first);
}

Result<UniqueFd> open_config(FdRef bundle, AccessTime access_time) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;  // whatever has the name
  if (access_time == AccessTime::kStays) {
    auto opened = sys::openat(bundle, "config.json", kFlags | O_NOATIME);
    if (opened.ok() || opened.error().code() != EPERM) return opened;
  }
  return sys::openat(bundle, "config.json", kFlags);
}

Error too_many_descriptors() {
  return Error::make(Error::Kind::kUsage, text::cat("more than ", kMostDescriptors, " descriptors to preserve"));
}

}  // namespace

Result<ConfigFile> read_config_file(const std::string& bundle, AccessTime access_time) {
  const UniqueFd dir = TRY(sys::openat(FdRef::cwd(), bundle, O_PATH | O_DIRECTORY), "open bundle");
  auto opened = open_config(dir, access_time);
  if (!opened.ok() && opened.error().code() == ENOENT)
    opened = std::move(opened).error().with_hint("--bundle names the directory that has it; `brig spec` writes one");
  const UniqueFd file = TRY(std::move(opened), "open bundle", bundle);
  if (!S_ISREG(TRY(sys::fstat(file)).st_mode)) return Error::config("", "is not a regular file");
  std::string text = TRY(sys::read_all(file, kMostConfigBytes), "read config.json", bundle);
  std::string absolute = TRY(sys::readlinkat(FdRef::cwd(), "/proc/" + sys::self_fd_path(dir)));
  return ConfigFile{.bundle = std::move(absolute), .text = std::move(text)};
}

oci::Process no_process() { return {.cwd = "/"}; }

Result<Bundle> read_bundle(const std::string& path) {
  ConfigFile file = TRY(read_config_file(path, AccessTime::kMoves));
  oci::Config read = TRY(oci::read_config(file.text));
  const bool has_process = read.process.has_value();
  if (!has_process) read.process = no_process();
  oci::ValidConfig config = TRY(oci::validate(std::move(read)));
  return Bundle{.path = std::move(file.bundle), .config = std::move(config), .has_process = has_process};
}

Result<Inherited> take_inherited_descriptors(const CreateRequest& request) {
  Inherited inherited;
  inherited.listen = listen_descriptors();
  if (inherited.listen > kMostDescriptors || request.preserve_fds > kMostDescriptors) return too_many_descriptors();
  inherited.preserved = inherited.listen + request.preserve_fds;
  TRY(preserve_descriptors(inherited.preserved));
  return inherited;
}

Result<void> preserve_descriptors(unsigned count) {
  if (count > 2 * kMostDescriptors) return too_many_descriptors();
  for (unsigned n = 3; n < 3 + count; ++n) {
    // What is open with close-on-exec is ours (the log), not the caller's.
    auto flags = sys::fcntl_get_fd_flags(FdRef::number(static_cast<int>(n)));
    if (!flags.ok() || (flags.value() & FD_CLOEXEC) != 0)
      return Error::make(Error::Kind::kUsage, text::cat("unable to preserve fd ", n, ": it is not open"));
  }
  TRY(mark_close_on_exec(3 + count), "mark inherited descriptors");
  return {};
}

}  // namespace brig::container
