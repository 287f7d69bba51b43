// Runs in: init.
#include "runtime/process/console.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include <string>

#include "base/sys.h"

namespace brig::process {
namespace {

// The multiplexer of the container's devpts, shown to be one before it is opened: an image may have put anything there.
Result<UniqueFd> open_multiplexer(const RootDir& root, const ProcDir& proc) {
  const UniqueFd handle = TRY(root.open_no_follow("dev/pts/ptmx", O_PATH), "a terminal needs a devpts on /dev/pts");
  const struct stat info = TRY(sys::fstat(handle));
  const struct statfs fs = TRY(sys::fstatfs(handle));
  if (fs.f_type != DEVPTS_SUPER_MAGIC || !S_ISCHR(info.st_mode) || info.st_rdev != makedev(5, 2))
    return Error::make(Error::Kind::kUnsafe, "/dev/pts/ptmx is not the multiplexer of a devpts");
  return proc.open_magic_link(sys::self_fd_path(handle), O_RDWR | O_NOCTTY);
}

// A handle of /dev/console, made if it is missing; a link or a directory there is refused.
Result<UniqueFd> console_place(const RootDir& root) {
  const RootDir::Place place = TRY(root.parent_of("dev/console", RootDir::Parents::kMake));
  auto made = sys::openat(place.dir, place.name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0620);
  // EROFS: a read-only image must have the file.
  if (!made.ok() && made.error().code() != EEXIST && made.error().code() != EROFS) return std::move(made).error();
  UniqueFd handle = TRY(sys::openat(place.dir, place.name, O_PATH | O_NOFOLLOW));
  const struct stat info = TRY(sys::fstat(handle));
  if (S_ISLNK(info.st_mode)) return Error::make(Error::Kind::kUnsafe, "/dev/console is a link");
  return handle;
}

Result<void> bind_on_console(const RootDir& root, FdRef peer) {
  const UniqueFd place = TRY(console_place(root));
  const UniqueFd mount = TRY(sys::open_tree(peer, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
  return sys::move_mount(mount, place);
}

}  // namespace

Result<void> open_console(const RootDir& root, const ProcDir& proc, const ConsoleRequest& request) {
  const UniqueFd master = TRY(open_multiplexer(root, proc));
  TRY(sys::unlock_pty(master));
  const UniqueFd peer = TRY(sys::pty_peer(master));
  if (request.size) TRY(sys::set_window_size(master, {.rows = request.size->height, .columns = request.size->width}));
  TRY(sys::fchown(peer, request.uid, static_cast<gid_t>(-1)), "give the terminal to the user");
  TRY(bind_on_console(root, peer), "mount /dev/console");

  // The payload is for people: engines look only at the descriptor (one message, less than 4096 bytes).
  constexpr std::string_view kName = "/dev/ptmx";
  TRY(sys::send_message(request.socket, std::as_bytes(std::span(kName)), master), "send the terminal");
  TRY(sys::set_controlling_terminal(peer));
  for (int n = 0; n <= 2; ++n) TRY(sys::dup_onto(peer, n));
  return {};
}

void own_stdio(uid_t uid) {
  for (int n = 0; n <= 2; ++n) {
    auto info = sys::fstat(FdRef::number(n));
    if (!info.ok() || info.value().st_uid == uid) continue;
    const mode_t type = info.value().st_mode & S_IFMT;
    const bool ours_to_give =
        type == S_IFIFO || type == S_IFSOCK || type == S_IFREG || (type == S_IFCHR && sys::isatty(FdRef::number(n)));
    // Ignored: EPERM, EINVAL or EROFS of a descriptor that can't be given away; the container can live with it.
    if (ours_to_give) (void)sys::fchown(FdRef::number(n), uid, static_cast<gid_t>(-1));
  }
}

}  // namespace brig::process
