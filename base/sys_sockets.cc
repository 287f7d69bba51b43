// The system calls on signals, sockets and terminals. See sys.h.
#include <linux/netlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <cstring>

#include "base/sys.h"
#include "base/sys_retry.h"

namespace brig::sys {

void reset_signals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  // Ignored: SIGKILL, SIGSTOP and the C library's own two refuse, and are at their default anyway.
  for (int signal = 1; signal < NSIG; ++signal) (void)::sigaction(signal, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);  // Ignored: can't fail with these arguments.
}

void adopt_signals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  (void)::sigaction(SIGCHLD, &action, nullptr);  // Ignored: can't fail with these arguments.
  action.sa_handler = SIG_IGN;
  (void)::sigaction(SIGXFSZ, &action, nullptr);  // Ignored: as above.
}

IgnoredSigpipe::IgnoredSigpipe() {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  (void)::sigaction(SIGPIPE, &ignore, &before_);  // Ignored: can't fail with these arguments.
}
IgnoredSigpipe::~IgnoredSigpipe() { (void)::sigaction(SIGPIPE, &before_, nullptr); }  // Ignored: as above.

BlockedSignals::BlockedSignals() {
  sigset_t all;
  ::sigfillset(&all);
  (void)::sigprocmask(SIG_BLOCK, &all, &before_);  // Ignored: can't fail with these arguments.
}
BlockedSignals::~BlockedSignals() { (void)::sigprocmask(SIG_SETMASK, &before_, nullptr); }  // Ignored: as above.

Result<void> block_signals(const sigset_t& set) {
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) == -1) return Error::system("sigprocmask", "");
  return {};
}

Result<UniqueFd> signalfd(const sigset_t& set) {
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd == -1) return Error::system("signalfd", "");
  return UniqueFd(fd);
}

Result<SignalInfo> read_signalfd(FdRef fd) {
  signalfd_siginfo info = {};
  const ssize_t n = retry([&] { return ::read(fd.raw(), &info, sizeof info); });
  if (n == -1) return Error::system("read", "signalfd");
  return SignalInfo{.signal = static_cast<int>(info.ssi_signo)};
}

Result<int> poll(std::span<pollfd> fds, int timeout_ms) {
  const int n = retry([&] { return ::poll(fds.data(), fds.size(), timeout_ms); });
  if (n == -1) return Error::system("poll", "");
  return n;
}

pollfd poll_entry(FdRef fd, short events) { return {.fd = fd.raw(), .events = events, .revents = 0}; }

Result<SocketPair> seqpacket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1) return Error::system("socketpair", "");
  return SocketPair{.a = UniqueFd(fds[0]), .b = UniqueFd(fds[1])};
}

Result<SocketPair> pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) == -1) return Error::system("pipe2", "");
  return SocketPair{.a = UniqueFd(fds[0]), .b = UniqueFd(fds[1])};
}

Result<UniqueFd> unix_socket(int type) {
  const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd == -1) return Error::system("socket", "AF_UNIX");
  return UniqueFd(fd);
}

namespace {

Result<sockaddr_un> address_of(FdRef dir, CStr name) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = dir.raw() == AT_FDCWD ? std::string(name.c_str())
                                                 : "/proc/self/fd/" + std::to_string(dir.raw()) + "/" + name.c_str();
  if (path.size() >= sizeof address.sun_path) return Error::system("connect", name.c_str(), ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace

Result<void> bind_unix(FdRef socket, FdRef dir, CStr name) {
  const sockaddr_un address = TRY(address_of(dir, name));
  if (::bind(socket.raw(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == -1)
    return Error::system("bind", name.c_str());
  return {};
}

Result<void> connect_unix(FdRef socket, FdRef dir, CStr name) {
  const sockaddr_un address = TRY(address_of(dir, name));
  if (retry([&] { return ::connect(socket.raw(), reinterpret_cast<const sockaddr*>(&address), sizeof address); }) == -1)
    return Error::system("connect", name.c_str());
  return {};
}

Result<void> listen(FdRef socket, int backlog) {
  if (::listen(socket.raw(), backlog) == -1) return Error::system("listen", "");
  return {};
}

Result<UniqueFd> accept(FdRef socket) {
  const int fd = retry([&] { return ::accept4(socket.raw(), nullptr, nullptr, SOCK_CLOEXEC); });
  if (fd == -1) return Error::system("accept", "");
  return UniqueFd(fd);
}

Result<std::size_t> send_some(FdRef socket, std::span<const std::byte> data, std::optional<FdRef> fd) {
  iovec part = {.iov_base = const_cast<std::byte*>(data.data()), .iov_len = data.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = fd->raw();
    std::memcpy(CMSG_DATA(header), &number, sizeof number);
  }
  const ssize_t n = retry([&] { return ::sendmsg(socket.raw(), &message, MSG_NOSIGNAL); });
  if (n == -1) return Error::system("sendmsg", "");
  return static_cast<std::size_t>(n);
}

Result<void> send_message(FdRef socket, std::span<const std::byte> data, std::optional<FdRef> fd) {
  if (TRY(send_some(socket, data, fd)) != data.size()) return Error::system("sendmsg", "", EMSGSIZE);
  return {};
}

Result<void> set_send_timeout(FdRef socket, int seconds) {
  const timeval limit = {.tv_sec = seconds, .tv_usec = 0};
  if (::setsockopt(socket.raw(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == -1)
    return Error::system("setsockopt", "SO_SNDTIMEO");
  return {};
}

Result<Received> receive_message(FdRef socket, std::span<std::byte> buffer) {
  iovec part = {.iov_base = buffer.data(), .iov_len = buffer.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = retry([&] { return ::recvmsg(socket.raw(), &message, MSG_CMSG_CLOEXEC); });
  if (n == -1) return Error::system("recvmsg", "");
  Received received;
  received.size = static_cast<std::size_t>(n);
  received.truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof number);
      received.fd = UniqueFd(number);  // of several, the last is kept and the others are closed
    }
  }
  return received;
}

bool isatty(FdRef fd) { return ::isatty(fd.raw()) == 1; }

Result<WindowSize> window_size(FdRef tty) {
  winsize size = {};
  if (::ioctl(tty.raw(), TIOCGWINSZ, &size) == -1) return Error::system("ioctl", "TIOCGWINSZ");
  return WindowSize{.rows = size.ws_row, .columns = size.ws_col};
}

Result<void> set_window_size(FdRef tty, WindowSize size) {
  const winsize value = {.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(tty.raw(), TIOCSWINSZ, &value) == -1) return Error::system("ioctl", "TIOCSWINSZ");
  return {};
}

Result<void> unlock_pty(FdRef master) {
  const int unlock = 0;
  if (::ioctl(master.raw(), TIOCSPTLCK, &unlock) == -1) return Error::system("ioctl", "TIOCSPTLCK");
  return {};
}

Result<UniqueFd> pty_peer(FdRef master) {
  const int fd = ::ioctl(master.raw(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd == -1) return Error::system("ioctl", "TIOCGPTPEER");
  return UniqueFd(fd);
}

Result<void> set_controlling_terminal(FdRef tty) {
  if (::ioctl(tty.raw(), TIOCSCTTY, 0) == -1) return Error::system("ioctl", "TIOCSCTTY");
  return {};
}

Result<std::string> make_terminal_raw(FdRef tty) {
  termios settings = {};
  if (::tcgetattr(tty.raw(), &settings) == -1) return Error::system("tcgetattr", "");
  const std::string saved(reinterpret_cast<const char*>(&settings), sizeof settings);
  ::cfmakeraw(&settings);
  if (::tcsetattr(tty.raw(), TCSANOW, &settings) == -1) return Error::system("tcsetattr", "");
  return saved;
}

Result<void> restore_terminal(FdRef tty, const std::string& settings) {
  termios value = {};
  if (settings.size() != sizeof value) return Error::make(Error::Kind::kInternal, "restore_terminal: not settings");
  std::memcpy(&value, settings.data(), sizeof value);
  if (::tcsetattr(tty.raw(), TCSANOW, &value) == -1) return Error::system("tcsetattr", "");
  return {};
}

Result<void> bring_interface_up(CStr name) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return Error::system("socket", "AF_INET");
  ifreq request = {};
  std::strncpy(request.ifr_name, name.c_str(), sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.raw(), SIOCSIFFLAGS, &request) == -1) return Error::system("ioctl", name.c_str());
  return {};
}

Result<UniqueFd> rtnetlink_socket() {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return Error::system("socket", "NETLINK_ROUTE");
  const int on = 1;
  for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK})
    if (::setsockopt(socket.raw(), SOL_NETLINK, option, &on, sizeof on) == -1)
      return Error::system("setsockopt", "NETLINK_ROUTE");
  return socket;
}

Result<void> send_to_kernel(FdRef netlink, std::string_view data) {
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  const auto* address = reinterpret_cast<const sockaddr*>(&kernel);
  const ssize_t n = retry([&] { return ::sendto(netlink.raw(), data.data(), data.size(), 0, address, sizeof kernel); });
  if (n == -1) return Error::system("sendto", "NETLINK_ROUTE");
  if (static_cast<std::size_t>(n) != data.size()) return Error::system("sendto", "NETLINK_ROUTE", EMSGSIZE);
  return {};
}

Result<std::size_t> receive_from_kernel(FdRef netlink, std::span<char> buffer) {
  for (;;) {
    sockaddr_nl sender = {};
    socklen_t size = sizeof sender;
    auto* address = reinterpret_cast<sockaddr*>(&sender);
    const ssize_t n =
        retry([&] { return ::recvfrom(netlink.raw(), buffer.data(), buffer.size(), MSG_TRUNC, address, &size); });
    if (n == -1) return Error::system("recvfrom", "NETLINK_ROUTE");
    if (size != sizeof sender || sender.nl_pid != 0) continue;
    if (static_cast<std::size_t>(n) > buffer.size()) return Error::system("recvfrom", "NETLINK_ROUTE", EMSGSIZE);
    return static_cast<std::size_t>(n);
  }
}

}  // namespace brig::sys
