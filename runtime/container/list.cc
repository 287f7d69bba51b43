// Runs in: runtime.
#include <dirent.h>
#include <fcntl.h>

#include <algorithm>

#include "base/sys.h"
#include "base/text.h"
#include "oci/container_id.h"
#include "runtime/container/directory.h"
#include "runtime/container/operations.h"
#include "runtime/container/status.h"

namespace brig::container {
namespace {

// The name of a user by the host's /etc/passwd, or its number. Not getpwuid(3): a static program has no NSS.
std::string user_name(uid_t uid) {
  if (uid == 0) return "root";
  constexpr std::size_t kMost = 1024 * 1024;
  auto file = sys::openat(FdRef::cwd(), "/etc/passwd", O_RDONLY);
  if (!file.ok()) return std::to_string(uid);
  auto passwd = sys::read_all(file.value(), kMost);
  if (!passwd.ok()) return std::to_string(uid);
  for (const std::string& line : text::split(passwd.value(), '\n')) {
    const std::vector<std::string> fields = text::split(line, ':');
    if (fields.size() > 2 && text::parse_int<uid_t>(fields[2]) == uid) return fields[0];
  }
  return std::to_string(uid);
}

Result<oci::ListEntry> entry_of(const Directory& directory, const ProcDir& proc) {
  const Record record = TRY(directory.load());
  const oci::Status status = TRY(status_of(directory, record, proc));
  const struct stat info = TRY(sys::fstat(directory.fd()));
  return oci::ListEntry{.state = state_document(record, status),
                        .extra = {.rootfs = record.rootfs, .created = record.created, .owner = user_name(info.st_uid)}};
}

}  // namespace

Result<oci::ListEntry> state(const Globals& globals, const std::string& id) {
  const ProcDir proc = TRY(ProcDir::open());
  const Directory directory = TRY(Directory::open(globals, id));
  return entry_of(directory, proc);
}

Result<Listing> list(const Globals& globals) {
  Listing listing;
  auto root = open_root(globals, Missing::kFail);
  if (!root.ok() && root.error().code() == ENOENT && !globals.root_given) return listing;
  const UniqueFd root_dir = TRY(std::move(root));
  const ProcDir proc = TRY(ProcDir::open());
  for (const sys::DirEntry& file : TRY(sys::getdents(root_dir))) {
    // DT_UNKNOWN: a file system that does not tell (readdir(3)); opening does.
    if ((file.type != DT_DIR && file.type != DT_UNKNOWN) || !oci::valid_container_id(file.name)) continue;
    auto directory = Directory::open(globals, file.name);
    if (!directory.ok()) continue;  // deleted meanwhile
    auto entry = entry_of(directory.value(), proc);
    if (entry.ok()) {
      listing.containers.push_back(std::move(entry).value());
    } else if (entry.error().kind() != Error::Kind::kNotFound) {
      listing.unreadable.push_back(std::move(entry).error());
      listing.unreadable.back().add_frame("left out: container", file.name);
    }
  }
  std::sort(listing.containers.begin(), listing.containers.end(),
            [](const oci::ListEntry& a, const oci::ListEntry& b) { return a.state.id < b.state.id; });
  return listing;
}

}  // namespace brig::container
