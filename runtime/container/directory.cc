// Runs in: runtime.
#include "runtime/container/directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include "base/no_umask.h"
#include "base/sys.h"
#include "base/text.h"

namespace brig::container {
namespace {

constexpr const char* kRecordFile = "state.json";
constexpr const char* kStagedFile = "state.json.new";
constexpr std::size_t kMostRecordBytes = 4 * 1024 * 1024;

Error does_not_exist() { return Error::make(Error::Kind::kNotFound, "container does not exist"); }

// Of another user, or made with another --root, it is somewhere else.
Error does_not_exist_in(const std::string& root, const std::string& id) {
  return does_not_exist().with_hint(text::cat("there is no ", id, " in ", root));
}

// O_NOFOLLOW is about the last part of a path, which an end of "/" or "/." makes another one.
std::string without_trailing_slashes(std::string_view path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with("/."))) path.remove_suffix(1);
  return std::string(path);
}

bool is_link(const std::string& path) {
  auto info = sys::fstatat(FdRef::cwd(), path, AT_SYMLINK_NOFOLLOW);
  return info.ok() && S_ISLNK(info.value().st_mode);
}

Result<void> make_root(const std::string& path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    auto made = sys::mkdirat(FdRef::cwd(), path.substr(0, end), 0755);
    if (!made.ok() && made.error().code() != EEXIST) return made;
  }
  auto made = sys::mkdirat(FdRef::cwd(), path, 0700);
  if (!made.ok() && made.error().code() != EEXIST) return made;
  return {};
}

Result<void> check_root(FdRef root, const std::string& path) {
  const struct stat info = TRY(sys::fstat(root));
  if (info.st_uid != sys::geteuid())
    return Error::make(Error::Kind::kUnsafe, text::cat("state directory `", path, "` belongs to another user"));
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Error::make(Error::Kind::kUnsafe, text::cat("state directory `", path, "` is writable by others"))
        .with_hint("who can write there could have containers of others signalled and deleted");
  return {};
}

}  // namespace

Result<UniqueFd> open_root(const Globals& globals, Missing missing) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  const std::string path = without_trailing_slashes(globals.root);
  auto opened = sys::openat(FdRef::cwd(), path, kFlags);
  if (!opened.ok() && opened.error().code() == ENOENT && missing == Missing::kMake) {
    TRY(make_root(path), "make state directory", path);
    opened = sys::openat(FdRef::cwd(), path, kFlags);
  }
  if (!opened.ok() && is_link(path))
    return Error::make(Error::Kind::kUnsafe, text::cat("state directory `", path, "` is a link"));
  UniqueFd root = TRY(std::move(opened), "open state directory");
  TRY(check_root(root, path));
  return root;
}

Result<Directory> Directory::claim(const Globals& globals, const std::string& id) {
  UniqueFd root = TRY(open_root(globals, Missing::kMake));
  const NoUmask as_given;
  auto made = sys::mkdirat(root, id, 0711);
  if (!made.ok() && made.error().code() == EEXIST)
    return Error::make(Error::Kind::kState, text::cat("container with given ID already exists: ", id));
  TRY(std::move(made), "make the container's directory", text::cat(globals.root, '/', id));
  auto dir = sys::openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  // Nobody else knows it yet. Ignored: the error that we are about to return says more.
  if (!dir.ok()) (void)sys::unlinkat(root, id, AT_REMOVEDIR);
  UniqueFd opened = TRY(std::move(dir), "open the container's directory");
  Directory directory(std::move(root), std::move(opened), id, true);
  TRY(sys::flock(directory.dir_, LOCK_EX));
  return directory;
}

Result<Directory> Directory::open(const Globals& globals, const std::string& id) {
  auto root = open_root(globals, Missing::kFail);
  if (!root.ok() && root.error().code() == ENOENT) return does_not_exist_in(globals.root, id);
  UniqueFd root_dir = TRY(std::move(root));
  auto dir = sys::openat(root_dir, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!dir.ok() && dir.error().code() == ENOENT) return does_not_exist_in(globals.root, id);
  return Directory(std::move(root_dir), TRY(std::move(dir), "open the container's directory"), id, false);
}

Directory::Directory(Directory&& other) noexcept
    : root_(std::move(other.root_)),
      dir_(std::move(other.dir_)),
      id_(std::move(other.id_)),
      draft_(std::exchange(other.draft_, false)),
      left_(std::move(other.left_)) {}

Directory::~Directory() {
  if (draft_ && !*left_) (void)remove();  // Ignored: a destructor can tell nobody; `delete --force` finds what is left.
}

Result<void> Directory::lock(int timeout_ms) const {
  constexpr int kStepMs = 5;
  for (int waited = 0;; waited += kStepMs) {
    auto locked = sys::flock(dir_, LOCK_EX | LOCK_NB);
    if (locked.ok()) break;
    if (locked.error().code() != EWOULDBLOCK) return locked;
    if (waited >= timeout_ms)
      return Error::make(Error::Kind::kState, "another command holds the container; it may hang in a hook");
    TRY(sys::poll({}, kStepMs));
  }
  if (TRY(sys::fstat(dir_)).st_nlink == 0) return does_not_exist();
  return {};
}

void Directory::unlock() const { (void)sys::flock(dir_, LOCK_UN).ok(); }  // Ignored: nothing can be done about it.

Result<Record> Directory::load() const {
  auto file = sys::openat(dir_, kRecordFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file.ok() && file.error().code() == ENOENT)
    return does_not_exist().with_hint(
        "a create was interrupted, or is on its way; `brig delete --force` removes its directory");
  const UniqueFd opened = TRY(std::move(file), "open state.json");
  const std::string text = TRY(sys::read_all(opened, kMostRecordBytes), "read state.json");
  Record record = TRY(decode(text), "read", path_of(kRecordFile));
  if (record.id != id_) return Error::make(Error::Kind::kState, "state.json is another container's");
  return record;
}

std::string Directory::path_of(const char* file) const {
  const auto path = sys::readlinkat(FdRef::cwd(), "/proc/" + sys::self_fd_path(dir_));
  return text::cat(path.ok() ? path.value() : id_, '/', file);
}

// No fsync: the state describes processes, and those don't outlive what a sync would protect from.
Result<void> Directory::write(const char* file, int flag, std::string_view data) const {
  const auto attempt = [&]() -> Result<void> {
    const UniqueFd out = TRY(sys::openat(dir_, file, O_WRONLY | O_CREAT | O_NOFOLLOW | flag, 0600));
    return sys::write(out, data);
  };
  TRY(attempt(), "write", path_of(file));
  return {};
}

Result<void> Directory::stage(const Record& record) const { return write(kStagedFile, O_TRUNC, encode(record)); }

Result<void> Directory::publish() const { return sys::renameat(dir_, kStagedFile, dir_, kRecordFile); }

Result<void> Directory::save(const Record& record) const {
  TRY(stage(record));
  return publish();
}

Result<void> Directory::append(const char* file, std::string_view data) const { return write(file, O_APPEND, data); }

Result<std::string> Directory::read(const char* file) const {
  auto in = sys::openat(dir_, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!in.ok() && in.error().code() == ENOENT) return std::string();
  return sys::read_all(TRY(std::move(in)), kMostRecordBytes);
}

Result<void> Directory::remove() {
  draft_ = false;
  // The files that are usually there, without a look at the directory.
  for (const char* file : {kRecordFile, kTraceFile, kSeccompFile})
    (void)sys::unlinkat(dir_, file, 0);  // Ignored: told by rmdir.
  auto removed = sys::unlinkat(root_, id_, AT_REMOVEDIR);
  if (removed.ok() || removed.error().code() == ENOENT) return {};
  if (removed.error().code() != ENOTEMPTY) return removed;
  // What a create leaves that fails: without a descriptor, as it may have failed for want of one. Ignored: told by
  // rmdir.
  for (const char* file : {kStagedFile, kStartSocket}) (void)sys::unlinkat(dir_, file, 0);
  removed = sys::unlinkat(root_, id_, AT_REMOVEDIR);
  if (removed.ok() || removed.error().code() == ENOENT) return {};
  const UniqueFd listing = TRY(sys::openat(dir_, ".", O_RDONLY | O_DIRECTORY));
  for (const sys::DirEntry& entry : TRY(sys::getdents(listing))) {
    auto unlinked = sys::unlinkat(dir_, entry.name, 0);
    if (!unlinked.ok() && unlinked.error().code() != ENOENT) return unlinked;
  }
  removed = sys::unlinkat(root_, id_, AT_REMOVEDIR);
  if (!removed.ok() && removed.error().code() != ENOENT) return removed;
  return {};
}

Result<std::optional<Record>> find_other(const Globals& globals, std::string_view id,
                                         const std::function<bool(const Record&)>& matches) {
  const UniqueFd root = TRY(open_root(globals, Missing::kFail));
  for (const sys::DirEntry& entry : TRY(sys::getdents(root))) {
    if (entry.name == id) continue;
    auto directory = Directory::open(globals, entry.name);
    if (!directory.ok()) continue;
    auto record = directory.value().load();
    if (record.ok() && matches(record.value())) return std::optional(std::move(record).value());
  }
  return std::optional<Record>();
}

}  // namespace brig::container
