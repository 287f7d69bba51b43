// Finding the program, its home and its directory in a root file system that may be hostile.
#include "runtime/init/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>

#include "base/sys.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"

namespace brig::init {
namespace {

using brig::testing::in_namespaces;
using brig::testing::TemporaryDirectory;

// A root with an empty /etc, and HOME as add_home finds it there for user 5.
class Root {
 public:
  Root() { ::mkdir((dir_ / "etc").c_str(), 0755); }
  std::string passwd() const { return dir_ / "etc/passwd"; }
  const std::string& path() const { return dir_.path(); }
  void write(const std::string& text) const { std::ofstream(passwd()) << text; }

  std::string home(std::vector<std::string> env = {}) const {
    oci::Process process;
    process.user.uid = 5;
    process.env = std::move(env);
    Result<RootDir> root = RootDir::open(path());
    Result<ProcDir> proc = ProcDir::open();
    ::alarm(10);  // a lookup that blocks ends the test
    add_home(process, root.value(), proc.value());
    ::alarm(0);
    return process.env.empty() ? "" : process.env.back();
  }

 private:
  TemporaryDirectory dir_;
};

TEST(AddHomeKernel, TakesItFromTheContainersPasswd) {
  const Root root;
  root.write("a:x:5:5::/home/a:/bin/sh\n");
  EXPECT_EQ(root.home(), "HOME=/home/a");
  EXPECT_EQ(root.home({"HOMER=x"}), "HOME=/home/a");
}

TEST(AddHomeKernel, LeavesWhatConfigJsonSays) {
  const Root root;
  root.write("a:x:5:5::/home/a:/bin/sh\n");
  EXPECT_EQ(root.home({"HOME=/elsewhere"}), "HOME=/elsewhere");
  EXPECT_EQ(root.home({"HOME="}), "HOME=");
}

TEST(AddHomeKernel, WithoutPasswdOrUserItIsTheRoot) {
  const Root root;
  EXPECT_EQ(root.home(), "HOME=/");
  root.write("b:x:6:6::/home/b:/bin/sh\n");
  EXPECT_EQ(root.home(), "HOME=/");
}

TEST(AddHomeKernel, AFifoDoesNotBlock) {
  const Root root;
  ASSERT_EQ(::mkfifo(root.passwd().c_str(), 0644), 0);
  EXPECT_EQ(root.home(), "HOME=/");
}

TEST(AddHomeKernel, ADirectoryIsNone) {
  const Root root;
  ASSERT_EQ(::mkdir(root.passwd().c_str(), 0755), 0);
  EXPECT_EQ(root.home(), "HOME=/");
}

// The multiplexer of terminals makes one for each open: a device acts on it.
TEST(AddHomeKernel, ADeviceIsNotOpened) {
  const Root root;
  ASSERT_EQ(::mknod(root.passwd().c_str(), S_IFCHR | 0666, makedev(1, 5)), 0);
  EXPECT_EQ(root.home(), "HOME=/");
}

TEST(AddHomeKernel, ALinkStaysInsideTheRoot) {
  const Root root;
  const TemporaryDirectory outside;
  std::ofstream(outside / "passwd") << "a:x:5:5::/outside:/bin/sh\n";
  ASSERT_EQ(::symlink((outside / "passwd").c_str(), root.passwd().c_str()), 0);
  EXPECT_EQ(root.home(), "HOME=/");
  ASSERT_EQ(::unlink(root.passwd().c_str()), 0);
  ASSERT_EQ(::symlink("../../../../../../real", root.passwd().c_str()), 0);
  std::ofstream(root.path() + "/real") << "a:x:5:5::/inside:/bin/sh\n";
  EXPECT_EQ(root.home(), "HOME=/inside");
}

TEST(AddHomeKernel, AHugeFileIsNotRead) {
  const Root root;
  root.write("a:x:5:5::/home/a:/bin/sh\n");
  ASSERT_EQ(::truncate(root.passwd().c_str(), off_t{6} << 30), 0);
  EXPECT_EQ(root.home(), "HOME=/");
}

TEST(AddHomeKernel, AHomeNoProgramCouldBeGivenIsNone) {
  const Root root;
  root.write("a:x:5:5::/" + std::string(200'000, 'h') + ":/bin/sh\n");
  EXPECT_EQ(root.home(), "HOME=/");
  root.write("a:x:5:5::/\xff\xfe:/bin/sh\n");
  EXPECT_EQ(root.home(), "HOME=/");
}

// What find_program says in a root of its own: "path", or the text of the error with its errno.
std::string found(const std::string& name, const std::string& path, uid_t uid = 0) {
  const TemporaryDirectory dir;
  return in_namespaces(CLONE_NEWNS, [&]() -> std::string {
    ::chmod(dir.path().c_str(), 0755);
    for (const char* made : {"/bin", "/other", "/secret", "/other/directory"})
      ::mkdir((dir.path() + made).c_str(), 0755);
    for (const char* made : {"/bin/plain", "/bin/program", "/other/program", "/other/plain", "/secret/hidden"})
      std::ofstream(dir.path() + made) << "#!/bin/sh\n";
    for (const char* made : {"/bin/program", "/other/program", "/other/plain", "/secret/hidden"})
      ::chmod((dir.path() + made).c_str(), 0755);
    ::chmod((dir.path() + "/secret").c_str(), 0700);
    if (::symlink("/nowhere", (dir.path() + "/bin/dangling").c_str()) != 0) return "no link";
    if (::chroot(dir.path().c_str()) != 0 || ::chdir("/") != 0 || ::setresuid(uid, uid, uid) != 0) return "no root";
    oci::Process process;
    process.args = {name};
    if (path != "-") process.env = {"PATH=" + path};
    Result<std::string> program = find_program(process);
    if (program.ok()) return program.value();
    return std::to_string(program.error().code()) + " " + program.error().to_string();
  });
}

std::string error(int code, const std::string& text) { return std::to_string(code) + " " + text; }

TEST(FindProgramKernel, ABareNameIsLookedUpInPath) {
  EXPECT_EQ(found("program", "/nonexistent:/bin:/other"), "/bin/program");
  EXPECT_EQ(found("program", "/other:/bin"), "/other/program");
  EXPECT_EQ(found("plain", "/bin:/other"), "/other/plain");   // the first can't be executed
  EXPECT_EQ(found("program", "::/other"), "/other/program");  // an empty part is not the working directory
  EXPECT_EQ(found("directory", "/other"), error(ENOENT, "exec: \"directory\": executable file not found in $PATH"));
}

TEST(FindProgramKernel, WhatIsNotThereIsToldInTheWordsThatEnginesKnow) {
  const std::string not_found = error(ENOENT, "exec: \"nothing\": executable file not found in $PATH");
  EXPECT_EQ(found("nothing", "/bin:/other"), not_found);
  EXPECT_EQ(found("nothing", ""), not_found);
  EXPECT_EQ(found("nothing", "-"), not_found);
  EXPECT_EQ(found("program", "-"), error(ENOENT, "exec: \"program\": executable file not found in $PATH"));
  EXPECT_EQ(found("/nothing", "/bin"), error(ENOENT, "exec: \"/nothing\": stat /nothing: no such file or directory"));
  EXPECT_EQ(found("/bin/plain/x", "/bin"),
            error(ENOTDIR, "exec: \"/bin/plain/x\": stat /bin/plain/x: not a directory"));
  EXPECT_EQ(found("/bin/dangling", "/bin"),
            error(ENOENT, "exec: \"/bin/dangling\": stat /bin/dangling: no such file or directory"));
}

TEST(FindProgramKernel, APathIsTakenAsItIs) {
  EXPECT_EQ(found("/bin/program", ""), "/bin/program");
  EXPECT_EQ(found("./bin/program", ""), "./bin/program");
  EXPECT_EQ(found("bin/program", "/other"), "bin/program");
}

TEST(FindProgramKernel, WhatCannotBeExecutedIsDenied) {
  EXPECT_EQ(found("/bin/plain", ""), error(EACCES, "exec: \"/bin/plain\": permission denied"));
  EXPECT_EQ(found("plain", "/bin"), error(EACCES, "exec: \"plain\": permission denied"));
  EXPECT_EQ(found("/bin", ""), error(EISDIR, "exec: \"/bin\": is a directory"));
}

TEST(FindProgramKernel, TheContainersUserCountsNotRoot) {
  EXPECT_EQ(found("hidden", "/secret"), "/secret/hidden");
  EXPECT_EQ(found("/secret/hidden", "", 1000), error(EACCES, "exec: \"/secret/hidden\": permission denied"));
  EXPECT_EQ(found("hidden", "/secret", 1000), error(EACCES, "exec: \"hidden\": permission denied"));
}

TEST(EnterCwdKernel, ADirectoryOutsideOfTheRootIsRefused) {
  const TemporaryDirectory root;
  EXPECT_EQ(in_namespaces(CLONE_NEWNS,
                          [&]() -> std::string {
                            // Left open as a leaked descriptor would be (CVE-2024-21626).
                            const int outside = ::open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC);
                            ::mkdir((root / "proc").c_str(), 0755);
                            ::mkdir((root / "inside").c_str(), 0755);
                            if (::mount("proc", (root / "proc").c_str(), "proc", 0, "") != 0) return "no proc";
                            if (::chroot(root.path().c_str()) != 0) return "no root";
                            Result<void> entered = enter_cwd("/proc/self/fd/" + std::to_string(outside));
                            if (entered.ok() || entered.error().kind() != Error::Kind::kUnsafe) return "not refused";
                            if (!enter_cwd("/inside").ok() || !enter_cwd("/").ok()) return "the inside is refused";
                            entered = enter_cwd("/missing");
                            return !entered.ok() && entered.error().code() == ENOENT ? "" : "what is missing";
                          }),
            "");
}

TEST(MakeCwdKernel, IsMadeInsideTheRoot) {
  const TemporaryDirectory dir;
  const TemporaryDirectory outside;
  ASSERT_EQ(::symlink(outside.path().c_str(), (dir / "link").c_str()), 0);
  Result<RootDir> root = RootDir::open(dir.path());
  ASSERT_TRUE(make_cwd("/a/b", root.value()).ok());
  ASSERT_TRUE(make_cwd("/a/b", root.value()).ok());
  EXPECT_EQ(::access((dir / "a/b").c_str(), F_OK), 0);
  ASSERT_TRUE(make_cwd("/link/c", root.value()).ok());
  EXPECT_NE(::access((outside / "c").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace brig::init
