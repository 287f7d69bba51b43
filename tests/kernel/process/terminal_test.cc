// The proxy between the caller's stdin and stdout and a container's terminal.
#include "runtime/process/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/sys.h"
#include "tests/support/in_namespaces.h"

namespace brig::process {
namespace {

using brig::testing::in_namespaces;

struct Pty {
  int master = -1, peer = -1;
};

Pty open_pty() {
  Pty pty;
  (void)!::openpty(&pty.master, &pty.peer, nullptr, nullptr, nullptr);
  return pty;
}

termios settings_of(int fd) {
  termios settings = {};
  ::tcgetattr(fd, &settings);
  return settings;
}

TEST(TerminalKernel, TheCallersTerminalIsRawUntilTheEndAndGivesItsSize) {
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            const Pty caller = open_pty(), container = open_pty();
                            const winsize size = {.ws_row = 12, .ws_col = 34, .ws_xpixel = 0, .ws_ypixel = 0};
                            ::ioctl(caller.peer, TIOCSWINSZ, &size);
                            ::dup2(caller.peer, 0);
                            const termios before = settings_of(0);
                            {
                              Result<TerminalProxy> proxy = TerminalProxy::open(UniqueFd(container.master));
                              if (!proxy.ok()) return proxy.error().to_string();
                              const TerminalProxy moved = std::move(proxy).value();
                              if ((settings_of(0).c_lflag & (ICANON | ECHO)) != 0) return "not raw";
                              winsize given = {};
                              ::ioctl(container.peer, TIOCGWINSZ, &given);
                              if (given.ws_row != 12 || given.ws_col != 34) return "another size";
                            }
                            return settings_of(0).c_lflag == before.c_lflag ? "" : "not restored";
                          }),
            "");
}

// The container writes back what it reads, and reads no more until that is taken: `cat` and a long paste.
TEST(TerminalKernel, InputThatTheContainerDoesNotReadIsNotWaitedFor) {
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            int input[2];
                            const Pty container = open_pty();
                            termios raw = settings_of(container.peer);
                            ::cfmakeraw(&raw);
                            ::tcsetattr(container.peer, TCSANOW, &raw);
                            if (::pipe(input) != 0 || ::fcntl(input[1], F_SETPIPE_SZ, 1 << 18) < 0) return "no pipe";
                            const std::string paste(200'000, 'x');
                            if (::write(input[1], paste.data(), paste.size()) != 200'000) return "no paste";
                            ::close(input[1]);
                            ::dup2(input[0], 0);
                            Result<TerminalProxy> opened = TerminalProxy::open(UniqueFd(container.master));
                            if (!opened.ok()) return opened.error().to_string();
                            TerminalProxy proxy = std::move(opened).value();
                            ::alarm(10);
                            for (int i = 0; i < 100 && proxy.wants_input(); ++i) proxy.copy_input();
                            if (!proxy.has_unsent()) return "the terminal takes everything";
                            std::size_t read = 0;
                            char buffer[8192];
                            ::fcntl(container.peer, F_SETFL, O_NONBLOCK);
                            for (int i = 0; i < 2000 && read < paste.size(); ++i) {
                              const ssize_t n = ::read(container.peer, buffer, sizeof buffer);
                              if (n > 0) read += static_cast<std::size_t>(n);
                              if (n <= 0) ::usleep(1000);
                              proxy.send_unsent();
                              if (proxy.wants_input()) proxy.copy_input();
                            }
                            return read == paste.size() ? "" : "only " + std::to_string(read) + " bytes arrive";
                          }),
            "");
}

}  // namespace
}  // namespace brig::process
