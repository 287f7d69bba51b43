// Runs in: runtime.
#include "runtime/cli/write_spec.h"

#include <optional>

#include "base/sys.h"
#include "oci/documents.h"

namespace brig::cli {

Result<void> write_spec(const std::string& bundle, SpecKind kind) {
  const std::optional<oci::Rootless> rootless =
      kind == SpecKind::kRootless ? std::optional(oci::Rootless{.uid = sys::geteuid(), .gid = sys::getegid()})
                                  : std::nullopt;
  const std::string config = oci::new_config(rootless);
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
