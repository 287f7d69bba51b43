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

struct Terminal {
  UniqueFd master, peer;
};

Result<Terminal> make_terminal(const RootDir& root, const ProcDir& proc, const ConsoleRequest& request) {
  Terminal terminal;
  terminal.master = TRY(open_multiplexer(root, proc));
  TRY(sys::unlock_pty(terminal.master));
  terminal.peer = TRY(sys::pty_peer(terminal.master));
  if (request.size)
    TRY(sys::set_window_size(terminal.master, {.rows = request.size->height, .columns = request.size->width}));
  TRY(sys::fchown(terminal.peer, request.uid, static_cast<gid_t>(-1)), "give the terminal to the user");
  return terminal;
}

// The payload is for people: engines look only at the descriptor (one message, less than 4096 bytes).
Result<void> send_master(const ConsoleRequest& request, FdRef master) {
  constexpr std::string_view kName = "/dev/ptmx";
  TRY(sys::send_message(request.socket, std::as_bytes(std::span(kName)), master), "send the terminal");
  return {};
}

Result<void> use_as_stdio(FdRef peer) {
  for (int n = 0; n <= 2; ++n) TRY(sys::dup_onto(peer, n));
  return {};
}

}  // namespace

Result<void> open_console(const RootDir& root, const ProcDir& proc, const ConsoleRequest& request) {
  const Terminal terminal = TRY(make_terminal(root, proc, request));
  TRY(bind_on_console(root, terminal.peer), "mount /dev/console");
  TRY(send_master(request, terminal.master));
  TRY(sys::set_controlling_terminal(terminal.peer));
  return use_as_stdio(terminal.peer);
}

Result<void> open_terminal(const RootDir& root, const ProcDir& proc, const ConsoleRequest& request) {
  const Terminal terminal = TRY(make_terminal(root, proc, request));
  TRY(send_master(request, terminal.master));
  return use_as_stdio(terminal.peer);
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
