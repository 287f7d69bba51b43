// Maps of real user namespaces, read back; and what a process is in there.
#include "runtime/namespaces/id_maps.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/sys.h"
#include "runtime/namespaces/enter.h"
#include "tests/support/file_content.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"

namespace brig::namespaces {
namespace {

using brig::testing::content_of;
using brig::testing::in_namespaces;
using brig::testing::TemporaryDirectory;

// The numbers of a map, one blank between them.
std::string squeezed(const std::string& map) {
  std::istringstream words(map);
  std::string out;
  for (std::string word; words >> word;) out += out.empty() ? word : " " + word;
  return out;
}

// A child in a new user namespace that waits; ended by the destructor.
class Sleeper {
 public:
  Sleeper() {
    int ready[2];
    if (::pipe(ready) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      (void)!::write(ready[1], ::unshare(CLONE_NEWUSER) == 0 ? "y" : "n", 1);
      for (;;) ::pause();
    }
    char answer = 'n';
    (void)!::read(ready[0], &answer, 1);
    made_ = answer == 'y';
    ::close(ready[0]);
    ::close(ready[1]);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  bool made() const { return made_; }
  pid_t pid() const { return pid_; }
  std::string read(const std::string& file) const {
    return squeezed(content_of("/proc/" + std::to_string(pid_) + "/" + file));
  }

 private:
  pid_t pid_ = -1;
  bool made_ = false;
};

using Maps = std::vector<oci::IdMapping>;
Maps one(std::uint32_t host) { return {{.container_id = 0, .host_id = host, .size = 1}}; }

std::string write_and_read(const Maps& uids, const Maps& gids) {
  const Sleeper sleeper;
  if (!sleeper.made()) return "no user namespace";
  Result<ProcDir> proc = ProcDir::open();
  Result<void> written = write_id_maps(proc.value(), sleeper.pid(), uids, gids);
  if (!written.ok()) return written.error().to_string();
  return sleeper.read("uid_map") + "; " + sleeper.read("gid_map") + "; " + sleeper.read("setgroups");
}

// As user and group 1000 of the machine, without any capability.
std::string as_user(const std::function<std::string()>& body) {
  return in_namespaces(CLONE_NEWNS, [&]() -> std::string {
    if (::setgroups(0, nullptr) != 0 || ::setresgid(1000, 1000, 1000) != 0 || ::setresuid(1000, 1000, 1000) != 0)
      return "can't become user 1000";
    ::prctl(PR_SET_DUMPABLE, 1);
    return body();
  });
}

TEST(IdMapsKernel, RootWritesThemItself) {
  EXPECT_EQ(write_and_read({{.container_id = 0, .host_id = 100000, .size = 65536},
                            {.container_id = 70000, .host_id = 5, .size = 3}},
                           {{.container_id = 0, .host_id = 200000, .size = 10}}),
            "0 100000 65536 70000 5 3; 0 200000 10; allow");
}

TEST(IdMapsKernel, TheKernelsRefusalIsTold) {
  const Maps overlapping = {{.container_id = 0, .host_id = 1, .size = 5},
                            {.container_id = 3, .host_id = 100, .size = 5}};
  const std::string told = write_and_read(overlapping, overlapping);
  EXPECT_NE(told.find("map groups"), std::string::npos) << told;
  EXPECT_NE(told.find("invalid argument"), std::string::npos) << told;
}

TEST(IdMapsKernel, AUserMapsItsOwnIdWithoutAnybodysHelp) {
  EXPECT_EQ(as_user([] {
              const std::string maps = write_and_read(one(1000), one(1000));
              return maps == "0 1000 1; 0 1000 1; deny" ? "" : maps;
            }),
            "");
}

TEST(IdMapsKernel, ForAnybodyElsesIdAUserNeedsTheHelper) {
  EXPECT_EQ(as_user([]() -> std::string {
              const std::string told = write_and_read(one(0), one(0));
              return told.find("newgidmap") != std::string::npos ? "" : told;
            }),
            "");
}

TEST(IdMapsKernel, RangesOfAUserAreMappedByNewuidmap) {
  if (::access("/usr/bin/newuidmap", X_OK) != 0) GTEST_SKIP() << "newuidmap is not installed";
  const TemporaryDirectory dir;
  // Files of our own in place of the machine's, for this test's mount namespace alone.
  const auto cover = [&](const char* path, const std::string& text) {
    const std::string own = dir / (std::string(path).substr(5));
    std::ofstream(own) << text;
    ::chmod(own.c_str(), 0644);
    return ::mount(own.c_str(), path, "", MS_BIND, "") == 0;
  };
  ASSERT_EQ(::chmod(dir.path().c_str(), 0755), 0);
  for (const char* path : {"/etc/passwd", "/etc/subuid", "/etc/subgid"})
    if (::access(path, F_OK) != 0) GTEST_SKIP() << path << " is not there to be covered";
  EXPECT_EQ(in_namespaces(CLONE_NEWNS,
                          [&]() -> std::string {
                            if (!cover("/etc/passwd", "tester:x:1000:1000::/:/bin/sh\n") ||
                                !cover("/etc/subuid", "tester:300000:1000\n") ||
                                !cover("/etc/subgid", "tester:400000:1000\n"))
                              return "can't cover files of /etc";
                            return as_user([] {
                              const Maps uids = {{.container_id = 0, .host_id = 1000, .size = 1},
                                                 {.container_id = 1, .host_id = 300000, .size = 1000}};
                              const Maps gids = {{.container_id = 0, .host_id = 1000, .size = 1},
                                                 {.container_id = 1, .host_id = 400000, .size = 1000}};
                              const std::string maps = write_and_read(uids, gids);
                              return maps == "0 1000 1 1 300000 1000; 0 1000 1 1 400000 1000; allow" ? "" : maps;
                            });
                          }),
            "");
}

TEST(EnterKernel, RootOfAUserNamespaceIsRootThereOnly) {
  int mapped[2], asked[2];
  ASSERT_EQ(::pipe(mapped) | ::pipe(asked), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char go = 'n';
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(2);
    (void)!::write(asked[1], "?", 1);
    (void)!::read(mapped[0], &go, 1);
    if (!become_root_of_user_namespace().ok()) ::_exit(3);
    for (;;) {
      (void)!::write(asked[1], "!", 1);
      ::pause();
    }
  }
  char answer = 0;
  ASSERT_EQ(::read(asked[0], &answer, 1), 1);
  Result<ProcDir> proc = ProcDir::open();
  EXPECT_TRUE(write_id_maps(proc.value(), child, {{.container_id = 0, .host_id = 100000, .size = 10}},
                            {{.container_id = 0, .host_id = 200000, .size = 10}})
                  .ok());
  ASSERT_EQ(::write(mapped[1], "y", 1), 1);
  EXPECT_EQ(::read(asked[0], &answer, 1), 1);
  const std::string status = content_of("/proc/" + std::to_string(child) + "/status");
  EXPECT_NE(status.find("Uid:\t100000\t100000\t100000\t100000"), std::string::npos) << status;
  EXPECT_NE(status.find("Gid:\t200000\t200000\t200000\t200000"), std::string::npos) << status;
  EXPECT_NE(status.find("Groups:\t \n"), std::string::npos) << status;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (const int fd : {mapped[0], mapped[1], asked[0], asked[1]}) ::close(fd);
}

TEST(EnterKernel, OffsetsAreThoseOfTheChildren) {
  EXPECT_EQ(in_namespaces(0,
                          []() -> std::string {
                            Plan plan;
                            plan.time_offsets = "boottime 100000 0\n";
                            Result<ProcDir> proc = ProcDir::open();
                            Result<void> made = make_time_namespace(plan, proc.value());
                            if (!made.ok()) return made.error().to_string();
                            const double before = std::stod(content_of("/proc/uptime"));
                            int told[2];
                            if (::pipe(told) != 0) return "no pipe";
                            const pid_t child = ::fork();
                            if (child == 0) {
                              const double inside = std::stod(content_of("/proc/uptime"));
                              (void)!::write(told[1], &inside, sizeof inside);
                              ::_exit(0);
                            }
                            double inside = 0;
                            (void)!::read(told[0], &inside, sizeof inside);
                            ::waitpid(child, nullptr, 0);
                            return inside - before >= 100000 && inside - before < 100060 ? ""
                                                                                         : "the clock is not moved";
                          }),
            "");
}

}  // namespace
}  // namespace brig::namespaces
