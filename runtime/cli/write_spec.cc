// Runs in: runtime.
#include "runtime/cli/write_spec.h"

#include <algorithm>
#include <optional>

#include "base/sys.h"
#include "base/text.h"
#include "oci/documents.h"

namespace brig::cli {
namespace {

// Each processor's count of thermal events tells of what the others compute; docker and containerd mask those there
// are.
std::vector<std::string> thermal_paths() {
  const std::string processors = "/sys/devices/system/cpu";
  Result<UniqueFd> dir = sys::openat(FdRef::cwd(), processors, O_RDONLY | O_DIRECTORY);
  if (!dir.ok()) return {};
  Result<std::vector<sys::DirEntry>> entries = sys::getdents(dir.value());
  if (!entries.ok()) return {};
  std::vector<unsigned> numbers;
  for (const sys::DirEntry& entry : entries.value()) {
    if (!entry.name.starts_with("cpu") || !sys::fstatat(dir.value(), entry.name + "/thermal_throttle", 0).ok())
      continue;
    if (const auto number = text::parse_int<unsigned>(entry.name.substr(3))) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::string> paths;
  paths.reserve(numbers.size());
  for (const unsigned number : numbers) paths.push_back(text::cat(processors, "/cpu", number, "/thermal_throttle"));
  return paths;
}

}  // namespace

Result<void> write_spec(const std::string& bundle, SpecKind kind) {
  const std::optional<oci::Rootless> rootless =
      kind == SpecKind::kRootless ? std::optional(oci::Rootless{.uid = sys::geteuid(), .gid = sys::getegid()})
                                  : std::nullopt;
  const std::string config = oci::new_config(rootless, thermal_paths());
  const std::string path = bundle.empty() ? "." : bundle;
  const UniqueFd dir = TRY(sys::openat(FdRef::cwd(), path, O_PATH | O_DIRECTORY), "open bundle");
  Result<UniqueFd> file = sys::openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (!file.ok() && file.error().code() == EEXIST)
    return std::move(file).error().with_text("File config.json exists. Remove it first");
  if (!file.ok()) return std::move(file).error();
  Result<void> written = sys::write(file.value(), config);
  if (written.ok()) return {};
  (void)sys::unlinkat(dir, "config.json", 0);  // Ignored: the failed write is what counts.
  written.error().add_frame("write config.json");
  return written;
}

}  // namespace brig::cli
