// A terminal from a devpts of its own, on a tmpfs that plays the container's root.
#include "runtime/process/console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>

#include "base/sys.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"

#define MUST(condition) \
  if (errno = 0; !(condition)) return std::string("not so: " #condition ": ") + std::strerror(errno)

namespace brig::process {
namespace {

using brig::testing::in_namespaces;
using brig::testing::TemporaryDirectory;

struct World {
  std::string root;
  std::string at(const char* path) const { return root + path; }
};

std::string make_world(const World& world) {
  MUST(::mount("tmpfs", world.root.c_str(), "tmpfs", 0, "") == 0);
  MUST(::mkdir(world.at("/dev").c_str(), 0755) == 0 && ::mkdir(world.at("/dev/pts").c_str(), 0755) == 0);
  MUST(::mount("devpts", world.at("/dev/pts").c_str(), "devpts", 0, "newinstance,ptmxmode=0666,mode=0620") == 0);
  return {};
}

struct Opened {
  Result<void> result;
  sys::Received received;
};

Opened open_in(const World& world, const std::optional<oci::ConsoleSize>& size = std::nullopt) {
  Result<RootDir> root = RootDir::open(world.root);
  Result<ProcDir> proc = ProcDir::open();
  Result<sys::SocketPair> pair = sys::seqpacket_pair();
  ::setsid();
  ::signal(SIGHUP, SIG_IGN);  // the master's end is the terminal's, of which this process leads the session
  Opened opened{
      .result = open_console(root.value(), proc.value(), {.socket = pair.value().a, .size = size, .uid = 1234}),
      .received = {}};
  if (!opened.result.ok()) return opened;
  std::array<std::byte, 4096> buffer;
  opened.received = std::move(sys::receive_message(pair.value().b, buffer)).value();
  return opened;
}

// What a body finds wrong with a console in a world that `prepare` has changed.
std::string in_world(const std::function<std::string(const World&)>& body) {
  const TemporaryDirectory dir;
  const World world{dir.path()};
  return in_namespaces(CLONE_NEWNS, [&] {
    const std::string made = make_world(world);
    return made.empty() ? body(world) : made;
  });
}

std::string refused(const World& world, std::string_view why) {
  const Opened opened = open_in(world);
  if (opened.result.ok()) return "was not refused";
  const std::string text = opened.result.error().to_string();
  return text.find(why) == std::string::npos ? "refused with other words: " + text : "";
}

TEST(ConsoleKernel, TheMasterWorksAndTheTerminalIsTheUsers) {
  EXPECT_EQ(in_world([](const World& world) -> std::string {
              Opened opened = open_in(world, oci::ConsoleSize{.height = 33, .width = 99});
              if (!opened.result.ok()) return opened.result.error().to_string();
              MUST(opened.received.size > 0 && opened.received.size < 4096 && opened.received.fd);
              MUST(::isatty(0) && ::isatty(1) && ::isatty(2));
              winsize size = {};
              MUST(::ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_row == 33 && size.ws_col == 99);
              struct stat terminal = {}, console = {};
              MUST(::fstat(0, &terminal) == 0 && terminal.st_uid == 1234);
              MUST(::stat(world.at("/dev/console").c_str(), &console) == 0 && console.st_rdev == terminal.st_rdev);
              MUST(::open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0);  // it is the controlling terminal
              MUST(::write(1, "x", 1) == 1);
              std::array<char, 8> text;
              Result<std::size_t> n = sys::read(opened.received.fd, text);
              MUST(n.ok() && n.value() == 1 && text[0] == 'x');
              return {};
            }),
            "");
}

TEST(ConsoleKernel, AnExistingFileIsCovered) {
  EXPECT_EQ(in_world([](const World& world) -> std::string {
              MUST(::mknod(world.at("/dev/console").c_str(), S_IFREG | 0600, 0) == 0);
              const Opened opened = open_in(world);
              if (!opened.result.ok()) return opened.result.error().to_string();
              struct stat console = {};
              MUST(::stat(world.at("/dev/console").c_str(), &console) == 0 && S_ISCHR(console.st_mode));
              return {};
            }),
            "");
}

TEST(ConsoleKernel, ALinkAtTheConsoleIsRefused) {
  const TemporaryDirectory elsewhere;
  const std::string target = elsewhere / "victim";
  const int fd = ::open(target.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_NE(fd, -1);
  ::close(fd);
  EXPECT_EQ(in_world([&](const World& world) -> std::string {
              MUST(::symlink(target.c_str(), world.at("/dev/console").c_str()) == 0);
              const std::string wrong = refused(world, "is a link");
              struct stat victim = {};
              MUST(::stat(target.c_str(), &victim) == 0 && S_ISREG(victim.st_mode));
              return wrong;
            }),
            "");
}

TEST(ConsoleKernel, ADirectoryAtTheConsoleIsRefused) {
  EXPECT_EQ(in_world([](const World& world) -> std::string {
              MUST(::mkdir(world.at("/dev/console").c_str(), 0755) == 0);
              return refused(world, "mount /dev/console");
            }),
            "");
}

TEST(ConsoleKernel, ALinkAtTheMultiplexerIsRefused) {
  EXPECT_EQ(in_world([](const World& world) -> std::string {
              MUST(::umount2(world.at("/dev/pts").c_str(), 0) == 0);
              MUST(::symlink("/dev/ptmx", world.at("/dev/pts/ptmx").c_str()) == 0);
              return refused(world, "symbolic links");
            }),
            "");
}

TEST(ConsoleKernel, AnotherDeviceAtTheMultiplexerIsRefused) {
  for (const dev_t device : {makedev(1, 3), makedev(5, 2)}) {
    EXPECT_EQ(in_world([&](const World& world) -> std::string {
                MUST(::umount2(world.at("/dev/pts").c_str(), 0) == 0);
                MUST(::mknod(world.at("/dev/pts/ptmx").c_str(), S_IFCHR | 0666, device) == 0);
                return refused(world, "not the multiplexer of a devpts");
              }),
              "");
  }
}

TEST(ConsoleKernel, APseudoterminalAtTheMultiplexerIsRefused) {
  EXPECT_EQ(in_world([](const World& world) -> std::string {
              const int master = ::open(world.at("/dev/pts/ptmx").c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
              const int unlock = 0;
              MUST(master >= 0 && ::ioctl(master, TIOCSPTLCK, &unlock) == 0);
              MUST(::mount(world.at("/dev/pts/0").c_str(), world.at("/dev/pts/ptmx").c_str(), "", MS_BIND, "") == 0);
              return refused(world, "not the multiplexer of a devpts");
            }),
            "");
}

TEST(ConsoleKernel, WithoutADevptsThereIsNoTerminal) {
  EXPECT_EQ(in_world([](const World& world) -> std::string {
              MUST(::umount2(world.at("/dev/pts").c_str(), 0) == 0);
              return refused(world, "needs a devpts on /dev/pts");
            }),
            "");
}

// Who owns descriptor 0 after own_stdio, in a child whose descriptor 0 that is.
uid_t owner_after(int descriptor) {
  int told[2];
  if (::pipe(told) != 0) return static_cast<uid_t>(-1);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(descriptor, 0);
    own_stdio(4321);
    struct stat info = {};
    ::fstat(0, &info);
    (void)!::write(told[1], &info.st_uid, sizeof info.st_uid);
    ::_exit(0);
  }
  uid_t uid = static_cast<uid_t>(-1);
  (void)!::read(told[0], &uid, sizeof uid);
  ::close(told[0]);
  ::close(told[1]);
  ::waitpid(child, nullptr, 0);
  return uid;
}

TEST(OwnStdioKernel, PipesAndFilesAreGivenAwayAndDevicesAreNot) {
  // own_stdio looks at 0 to 2; the test's own output may be a pipe of somebody who would mind.
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ASSERT_NE(null, -1);
  const int kept_out = ::dup(1), kept_err = ::dup(2);
  ::dup2(null, 1);
  ::dup2(null, 2);
  int ends[2];
  const bool piped = ::pipe(ends) == 0;
  const uid_t of_pipe = owner_after(ends[0]);
  const TemporaryDirectory dir;
  const int file = ::open((dir / "file").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  const uid_t of_file = owner_after(file);
  const uid_t of_null = owner_after(null);
  ::dup2(kept_out, 1);
  ::dup2(kept_err, 2);
  for (const int fd : {null, kept_out, kept_err, ends[0], ends[1], file}) ::close(fd);
  ASSERT_TRUE(piped);
  EXPECT_EQ(of_pipe, 4321u);
  EXPECT_EQ(of_file, 4321u);
  EXPECT_EQ(of_null, 0u);
  struct stat device = {};
  ASSERT_EQ(::stat("/dev/null", &device), 0);
  EXPECT_EQ(device.st_uid, 0u);
  EXPECT_EQ(device.st_mode & 07777, 0666u);
}

}  // namespace
}  // namespace brig::process
