// Every system call that brig makes: one thin wrapper each, named after the call.
//
// Descriptors before paths; close-on-exec is not a choice; EINTR is retried (never for close); the error names the
// call and its object. No policy, no fallback, no logging here: whether a missing call may be replaced is decided
// one level up, by the code that knows if the replacement is as safe.
#pragma once

#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cstr.h"
#include "base/fd.h"
#include "base/result.h"

struct clone_args;
struct sock_filter;
union bpf_attr;

namespace brig::sys {

// ---- files (sys_files.cc)

Result<UniqueFd> openat(FdRef dir, CStr path, int flags, mode_t mode = 0);
Result<UniqueFd> openat2(FdRef dir, CStr path, open_how how);
// Fills `buffer` as far as one read(2) goes; 0 is end of file.
Result<std::size_t> read(FdRef fd, std::span<char> buffer);
// Writes all of it, in as many calls as it takes.
Result<void> write(FdRef fd, std::string_view data);
// Writes as much as one write(2) takes.
Result<std::size_t> write_some(FdRef fd, std::string_view data);
// Writes all of it in exactly one call: files of procfs and cgroupfs take a value whole or not at all.
Result<void> write_once(FdRef fd, std::string_view data);
// Reads to the end of the file; more than `most` bytes is an error (EFBIG).
Result<std::string> read_all(FdRef fd, std::size_t most);
Result<void> mkdirat(FdRef dir, CStr path, mode_t mode);
Result<void> mknodat(FdRef dir, CStr path, mode_t mode, dev_t device);
Result<void> symlinkat(CStr target, FdRef dir, CStr path);
Result<void> unlinkat(FdRef dir, CStr path, int flags);
Result<void> renameat(FdRef from_dir, CStr from, FdRef to_dir, CStr to);
// `path` may be "" for a link opened with O_PATH|O_NOFOLLOW.
Result<std::string> readlinkat(FdRef dir, CStr path);
Result<struct stat> fstat(FdRef fd);
Result<struct stat> fstatat(FdRef dir, CStr path, int flags);
// Inode and mount identity; STATX_MNT_ID needs Linux 5.8.
Result<struct statx> statx(FdRef dir, CStr path, int flags, unsigned mask);
Result<struct statfs> fstatfs(FdRef fd);
Result<void> fchmod(FdRef fd, mode_t mode);
Result<void> fchmodat(FdRef dir, CStr path, mode_t mode);
// uid or gid -1: leave.
Result<void> fchown(FdRef fd, uid_t uid, gid_t gid);
Result<void> fchownat(FdRef dir, CStr path, uid_t uid, gid_t gid, int flags);
// xattr(7), of a file opened for reading or writing (not O_PATH). Names; a value; sets or replaces one.
Result<std::vector<std::string>> flistxattr(FdRef fd);
Result<std::string> fgetxattr(FdRef fd, CStr name);
Result<void> fsetxattr(FdRef fd, CStr name, std::string_view value);
Result<void> faccessat(FdRef dir, CStr path, int mode, int flags);
Result<void> flock(FdRef fd, int operation);
Result<void> fchdir(FdRef fd);
Result<void> chdir(CStr path);
Result<void> chroot(CStr path);
// The raw system call, which says "(unreachable)…" or fails if the directory is outside of the root.
Result<std::string> getcwd();
mode_t umask(mode_t mask);

struct DirEntry {
  std::string name;
  unsigned char type;  // DT_*
};
// All entries but "." and "..", from the directory's current offset on.
Result<std::vector<DirEntry>> getdents(FdRef dir);

Result<UniqueFd> memfd_create(CStr name, unsigned flags);
Result<std::size_t> sendfile(FdRef to, FdRef from, std::size_t count);
Result<int> fcntl_get_seals(FdRef fd);
Result<void> fcntl_add_seals(FdRef fd, int seals);
Result<int> fcntl_get_fd_flags(FdRef fd);
Result<void> fcntl_set_status_flags(FdRef fd, int flags);
// Ends close-on-exec for a descriptor that the container is to have.
Result<void> keep_on_exec(FdRef fd);
// A copy at the lowest free number >= `least`, close-on-exec.
Result<UniqueFd> dup_above(FdRef fd, int least);
// eventfd(2), non-blocking: what the kernel adds to is read as 8 bytes.
Result<UniqueFd> eventfd();
// The descriptor's number as text, for files of the kernel that take one (cgroup.event_control).
std::string fd_number(FdRef fd);
// "self/fd/N": the descriptor as a path below /proc.
std::string self_fd_path(FdRef fd);
// Makes `number` refer to what fd does, kept on exec: for 0, 1, 2.
Result<void> dup_onto(FdRef fd, int number);
// flags: 0 closes first..last, CLOSE_RANGE_CLOEXEC (Linux 5.11) marks them.
Result<void> close_range(unsigned first, unsigned last, unsigned flags);
// Closes every descriptor >= first but those in `keep`.
Result<void> close_all_but(unsigned first, std::vector<FdRef> keep);
// Sets close-on-exec for every open descriptor >= first, found in /proc/self/fd. Until Linux 5.11 is the minimum.
Result<void> mark_close_on_exec_one_by_one(unsigned first);
// `size` bytes that this process and its children share, zeroed.
Result<void*> mmap_shared(std::size_t size);

// ---- mounts (sys_mounts.cc)

Result<UniqueFd> fsopen(CStr type);
Result<void> fsconfig_flag(FdRef fs, CStr key);
Result<void> fsconfig_string(FdRef fs, CStr key, CStr value);
Result<void> fsconfig_create(FdRef fs);
// What the kernel has to say about the last failure on a file system context; empty if nothing.
std::string fs_message(FdRef fs);
Result<UniqueFd> fsmount(FdRef fs, unsigned attributes);
Result<UniqueFd> open_tree(FdRef dir, CStr path, unsigned flags);
// Attaches the mount `from` refers to onto the object `to` refers to, by descriptor alone.
Result<void> move_mount(FdRef from, FdRef to);
// Linux 5.12. attr_set/attr_clr: MOUNT_ATTR_*; propagation: MS_* or 0; userns: for MOUNT_ATTR_IDMAP.
struct MountAttributes {
  std::uint64_t set = 0, clear = 0, propagation = 0;
  std::optional<FdRef> user_namespace = std::nullopt;
};
Result<void> mount_setattr(FdRef mount, CStr path, unsigned flags, const MountAttributes& attributes);
Result<void> mount(CStr source, CStr target, const char* type, unsigned long flags, const char* data);
Result<void> umount2(CStr target, int flags);
Result<void> pivot_root(CStr new_root, CStr put_old);

// ---- processes, namespaces, credentials (sys_process.cc)

// The child shares nothing (CLONE_VM is refused: the child runs C++ on a copy). The pid is 0 in the child.
struct Cloned {
  pid_t pid = -1;
  UniqueFd pidfd;  // in the parent
};
// flags: CLONE_NEW*, CLONE_PARENT; cgroup: a cgroup2 directory for CLONE_INTO_CGROUP, or nullopt.
Result<Cloned> clone3(std::uint64_t flags, std::optional<FdRef> cgroup);
// clone(2) with CLONE_PIDFD, SIGCHLD and `flags`: where a filter of the container's is in force, which may not know
// clone3.
Result<Cloned> fork_with_pidfd(std::uint64_t flags = 0);
// Whether the kernel may not know the call, or a seccomp filter that is in force may forbid it: ENOSYS, EPERM.
bool may_be_filtered(const Error& error);
Result<void> setns(FdRef ns, int type);
Result<void> unshare(int flags);
// NS_GET_NSTYPE (ioctl_ns(2)): CLONE_NEW* of a namespace's descriptor.
Result<int> namespace_type(FdRef ns);
Result<UniqueFd> pidfd_open(pid_t pid);
Result<void> pidfd_send_signal(FdRef pidfd, int signal);
Result<void> kill(pid_t pid, int signal);
struct Exit {
  bool exited = false;  // false: killed by `status`
  int status = 0;
};
// Waits for a child held by pidfd and reaps it.
Result<Exit> wait_pidfd(FdRef pidfd);
// Reaps any child that has ended, without waiting: its pid and how, or nullopt.
struct Reaped {
  pid_t pid;
  Exit exit;
};
Result<std::optional<Reaped>> reap_any();
// Returns only if it failed.
Error execve(CStr path, const std::vector<char*>& argv, const std::vector<char*>& envp);
Error fexecve(FdRef program, const std::vector<char*>& argv, const std::vector<char*>& envp);
[[noreturn]] void exit_now(int status);  // _exit(2)
pid_t getpid();
uid_t geteuid();
gid_t getegid();
Result<void> setsid();
Result<void> setpgid_self();
Result<void> prctl(int option, unsigned long a2 = 0, unsigned long a3 = 0, unsigned long a4 = 0, unsigned long a5 = 0);
// For options whose answer is the return value (PR_CAPBSET_READ, PR_GET_DUMPABLE …).
Result<int> prctl_get(int option, unsigned long a2 = 0, unsigned long a3 = 0);
Result<void> setresuid(uid_t uid);
Result<void> setresgid(gid_t gid);
Result<void> setgroups(const std::vector<gid_t>& groups);
struct CapabilitySets {
  std::uint64_t effective = 0, permitted = 0, inheritable = 0;
};
Result<CapabilitySets> capget();
Result<void> capset(const CapabilitySets& sets);
Result<void> setrlimit(int resource, std::uint64_t soft, std::uint64_t hard);
struct ResourceLimit {
  std::uint64_t soft = 0, hard = 0;
};
Result<ResourceLimit> getrlimit(int resource);
// sched_setattr(2); pid 0: the caller.
struct SchedulingAttributes {
  std::uint32_t policy = 0;  // SCHED_*
  std::uint64_t flags = 0;   // SCHED_FLAG_*
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;  // nanoseconds
};
Result<void> sched_setattr(pid_t pid, const SchedulingAttributes& attributes);
// Bit N of the words: CPU N. The mask may be of any size (sched_setaffinity(2)).
Result<void> sched_setaffinity(pid_t pid, std::span<const unsigned long> mask);
// IOPRIO_WHO_PROCESS; io_class: IOPRIO_CLASS_*.
Result<void> ioprio_set(pid_t pid, int io_class, int priority);
// Sets PER_* and its flags; what was in force before.
Result<unsigned long> personality(unsigned long wanted);
// mode: MPOL_* and MPOL_F_*; bit N of the words: memory node N.
Result<void> set_mempolicy(int mode, std::span<const unsigned long> nodes);
// The caller's MPOL_* and MPOL_F_*.
Result<int> get_mempolicy();
Result<void> sethostname(std::string_view name);
Result<void> setdomainname(std::string_view name);
// keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL or name); the serial number.
Result<int> join_session_keyring(const char* name);
// seccomp(2) SECCOMP_SET_MODE_FILTER; the listener's descriptor if flags ask for one, otherwise empty.
Result<UniqueFd> seccomp_set_filter(unsigned flags, std::span<const sock_filter> program);
// Whether this kernel takes these flags (together) for SECCOMP_SET_MODE_FILTER. Loads nothing.
bool seccomp_flags_available(unsigned flags);
// A second thread of this process, which shares memory and descriptors with the caller and ends when `run` returns. The
// C library does not know of it: the two must take turns in using it (malloc, errno). Its stack is never unmapped, so
// this is for a process that is about to end or to execute a program.
Result<void> clone_thread(void (*run)(void*), void* argument);
void yield();  // sched_yield(2)
// bpf(2), for commands that make a descriptor.
Result<UniqueFd> bpf_fd(int command, bpf_attr& attributes);
// BPF_PROG_ATTACH: hooks a loaded program to `target`, e.g. a cgroup2 directory for BPF_CGROUP_DEVICE.
Result<void> bpf_prog_attach(FdRef target, FdRef program, std::uint32_t type, std::uint32_t flags);
// With BPF_F_ALLOW_MULTI: `program` takes the place of `old`, at once (BPF_F_REPLACE, Linux 5.6).
Result<void> bpf_prog_replace(FdRef target, FdRef program, FdRef old, std::uint32_t type);
Result<void> bpf_prog_detach(FdRef target, FdRef program, std::uint32_t type);
// The programs that are attached to `target` itself, as descriptors, in their order (BPF_PROG_QUERY). Some that are
// gone before they could be opened are left out.
Result<std::vector<UniqueFd>> bpf_prog_query(FdRef target, std::uint32_t type);
// The name that it was loaded with; at most 15 characters.
Result<std::string> bpf_prog_name(FdRef program);
timespec clock_gettime(clockid_t clock);
std::uint64_t monotonic_ns();
unsigned long auxiliary_value(unsigned long type);             // getauxval(3)
char** environment();                                          // environ(7)
std::optional<std::string_view> environment_value(CStr name);  // getenv(3)
// From here on /proc/PID/cmdline of this process shows `name`, and /proc/PID/environ nothing. Arguments and environment
// are gone from its memory too: what is needed of them was copied.
void hide_command_line(std::string_view name);

// ---- signals, sockets, terminals (sys_sockets.cc)

// All dispositions to default and an empty mask: conmon leaves SIGPIPE ignored, and execve(2) keeps that.
void reset_signals();
// What execve(2) keeps of the caller's that a runtime can't do with: SIGCHLD goes back to its default, or children that
// end would be reaped by nobody (wait(2), "ignored"); SIGXFSZ is ignored, so that a write beyond RLIMIT_FSIZE fails
// with EFBIG, and what was made can be undone.
void adopt_signals();
// While it lives, a write to a pipe that nobody reads fails with EPIPE, and SIGPIPE ends nobody.
class IgnoredSigpipe {
 public:
  IgnoredSigpipe();
  IgnoredSigpipe(const IgnoredSigpipe&) = delete;
  IgnoredSigpipe& operator=(const IgnoredSigpipe&) = delete;
  ~IgnoredSigpipe();

 private:
  struct sigaction before_ = {};
};
// While it lives, no signal but SIGKILL and SIGSTOP disturbs this thread: for what must not be left half done.
class BlockedSignals {
 public:
  BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals();

 private:
  sigset_t before_ = {};
};
Result<void> block_signals(const sigset_t& set);
Result<UniqueFd> signalfd(const sigset_t& set);
struct SignalInfo {
  int signal = 0;
};
Result<SignalInfo> read_signalfd(FdRef fd);
// timeout in milliseconds, -1 for ever; the number of entries with revents, 0 on time-out. EINTR is retried.
Result<int> poll(std::span<pollfd> fds, int timeout_ms);
pollfd poll_entry(FdRef fd, short events);

struct SocketPair {
  UniqueFd a, b;
};
Result<SocketPair> seqpacket_pair();
Result<SocketPair> pipe();  // a: read end, b: write end
// type: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM, of AF_UNIX.
Result<UniqueFd> unix_socket(int type);
// `name` below `dir`, reached as /proc/self/fd/N/name: a path of any length (sun_path has 108 bytes).
Result<void> bind_unix(FdRef socket, FdRef dir, CStr name);
Result<void> connect_unix(FdRef socket, FdRef dir, CStr name);
Result<void> listen(FdRef socket, int backlog);
Result<UniqueFd> accept(FdRef socket);
// One message, no SIGPIPE, with at most one descriptor.
Result<void> send_message(FdRef socket, std::span<const std::byte> data, std::optional<FdRef> fd = std::nullopt);
// As much of `data` as a stream takes in one call, with the descriptor; how much that was.
Result<std::size_t> send_some(FdRef socket, std::span<const std::byte> data, std::optional<FdRef> fd = std::nullopt);
// SO_SNDTIMEO: connect(2) and sending fail with EAGAIN after this time.
Result<void> set_send_timeout(FdRef socket, int seconds);
struct Received {
  std::size_t size = 0;  // 0: end of file
  UniqueFd fd;
  bool truncated = false;
};
Result<Received> receive_message(FdRef socket, std::span<std::byte> buffer);

struct WindowSize {
  std::uint16_t rows = 0, columns = 0;
};
bool isatty(FdRef fd);
Result<WindowSize> window_size(FdRef tty);
Result<void> set_window_size(FdRef tty, WindowSize size);
Result<void> unlock_pty(FdRef master);             // TIOCSPTLCK
Result<UniqueFd> pty_peer(FdRef master);           // TIOCGPTPEER, O_RDWR|O_NOCTTY
Result<void> set_controlling_terminal(FdRef tty);  // TIOCSCTTY
// Saves the terminal's settings, sets raw mode, and gives the settings back as bytes for restore_terminal.
Result<std::string> make_terminal_raw(FdRef tty);
Result<void> restore_terminal(FdRef tty, const std::string& settings);
// SIOCSIFFLAGS: brings a network interface of this network namespace up.
Result<void> bring_interface_up(CStr name);
// A NETLINK_ROUTE socket (rtnetlink(7)) of the network namespace that this process is in now; it stays there. Its
// errors come with the kernel's own words where it has some (NETLINK_EXT_ACK, Linux 4.12).
Result<UniqueFd> rtnetlink_socket();
Result<void> send_to_kernel(FdRef netlink, std::string_view data);
// The next datagram that the kernel itself sent: another process of the namespace may send some too, which are dropped.
// EMSGSIZE if it is larger than the buffer.
Result<std::size_t> receive_from_kernel(FdRef netlink, std::span<char> buffer);

}  // namespace brig::sys
