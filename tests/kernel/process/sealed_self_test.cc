// The copy that a program goes on in, where memfds can be executed and where they can't.
#include "runtime/process/sealed_self.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/sys.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"

namespace brig::process {
namespace {

using brig::testing::in_namespaces;
using brig::testing::TemporaryDirectory;

// This very test program, run again with words of its own: main() of GoogleTest knows nothing of them, so the one that
// is to be copied is found by its environment and looked at before GoogleTest begins.
constexpr const char* kAsked = "BRIG_TEST_SEALED_SELF";

// Prints what the program then is; called once for each process of the chain.
[[gnu::constructor]] void act_if_asked(int, char** argv, char**) {
  const char* asked = ::getenv(kAsked);
  if (asked == nullptr) return;
  ::alarm(20);  // a copy that copies itself again and again
  const std::string how = asked;
  Result<void> copied;
  if (how == "sealed") {
    copied = run_from_sealed_copy(argv);
  } else {
    Result<UniqueFd> dir = sys::openat(FdRef::cwd(), how, O_RDONLY | O_DIRECTORY);
    copied = run_from_sealed_copy(argv);
    if (!copied.ok() && copied.error().code() == EACCES) copied = run_from_unlinked_copy(argv, dir.value());
  }
  Result<UniqueFd> self = sys::openat(FdRef::cwd(), "/proc/self/exe", O_RDONLY);
  Result<int> seals = sys::fcntl_get_seals(self.value());
  Result<struct stat> info = sys::fstat(self.value());
  Result<UniqueFd> writable = sys::openat(FdRef::cwd(), "/proc/self/exe", O_WRONLY);
  const std::string answer = copied.ok() ? "ok" : copied.error().to_string();
  ::dprintf(1, "%s seals=%x links=%u write=%d\n", answer.c_str(), seals.ok() ? unsigned(seals.value()) : 0,
            unsigned(info.value().st_nlink), writable.ok() ? 0 : writable.error().code());
  ::_exit(0);
}

std::string output_of(const std::string& how) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 1);
    ::setenv(kAsked, how.c_str(), 1);
    ::execl("/proc/self/exe", "sealed_self_test", nullptr);
    ::_exit(1);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[512];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return text;
}

TEST(SealedSelfKernel, IsAMemfdThatNobodyCanWrite) {
  EXPECT_EQ(output_of("sealed"), "ok seals=f links=0 write=" + std::to_string(ETXTBSY) + "\n");
}

// Every file of a tmpfs answers the question for its seals: the copy must know itself all the same.
TEST(SealedSelfKernel, WithoutExecutableMemfdsItIsAFileWithoutAName) {
  const TemporaryDirectory dir;
  const std::string answer = in_namespaces(CLONE_NEWNS | CLONE_NEWPID, [&]() -> std::string {
    if (::mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "") != 0) return "no tmpfs";
    if (::mount("proc", "/proc", "proc", 0, "") != 0) return "no proc";
    const int policy = ::open("/proc/sys/vm/memfd_noexec", O_WRONLY | O_CLOEXEC);
    if (policy == -1 || ::write(policy, "2", 1) != 1) return "no memfd_noexec";
    return output_of(dir.path());
  });
  if (answer == "no memfd_noexec") GTEST_SKIP() << "this kernel has no vm.memfd_noexec for pid namespaces (Linux 6.3)";
  EXPECT_EQ(answer, "ok seals=1 links=0 write=" + std::to_string(ETXTBSY) + "\n");
}

}  // namespace
}  // namespace brig::process
