// ProcDir against a /proc that was tampered with; with openat2(2) and without.
#include "base/proc_dir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/sys.h"
#include "base/text.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/without_openat2.h"

namespace brig {
namespace {

using testing::in_namespaces;
using testing::TemporaryDirectory;

std::string errno_text(const char* what) { return text::cat(what, ": ", errno_words(errno)); }

std::string read_wrong(const ProcDir& proc, const char* path, std::string_view expected) {
  Result<std::string> content = proc.read(path);
  if (!content.ok()) return content.error().to_string();
  return content.value().find(expected) != std::string::npos ? "" : text::cat(path, " says ", content.value());
}

bool cover_with_tmpfs(const char* path) { return mount("fake", path, "tmpfs", 0, nullptr) == 0; }

void put(const std::string& path, const char* content) { std::ofstream(path) << content; }

// ---- a sound /proc

std::string reads_and_writes(const TemporaryDirectory&) {
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return proc.error().to_string();
  if (std::string wrong = read_wrong(proc.value(), "self/status", text::cat("\nPid:\t", getpid(), '\n'));
      !wrong.empty())
    return wrong;
  if (std::string wrong = read_wrong(proc.value(), "mounts", " /proc proc "); !wrong.empty()) return wrong;
  if (Result<void> written = proc.value().write("self/oom_score_adj", "321"); !written.ok())
    return written.error().to_string();
  std::string value;
  std::getline(std::ifstream("/proc/self/oom_score_adj"), value);
  if (value != "321") return "oom_score_adj is " + value;
  Result<void> refused = proc.value().write("self/oom_score_adj", "much");
  if (refused.ok()) return "a wrong value was taken";
  const std::string expected = "write `/proc/self/oom_score_adj`: invalid argument";
  return refused.error().to_string() == expected ? "" : refused.error().to_string();
}

std::string leads_nowhere_else(const TemporaryDirectory&) {
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return proc.error().to_string();
  std::string wrong;
  for (const char* path : {"self/root", "self/root/etc", "self/cwd", "self/fd/0", "self/exe", "../etc", "/etc"})
    if (proc.value().open_at(path, O_PATH).ok()) wrong += text::cat(path, " was opened; ");
  if (Result<UniqueFd> none = proc.value().open_at("self/none", O_RDONLY); none.ok() || none.error().code() != ENOENT)
    wrong += "a missing file is not ENOENT; ";
  return wrong;
}

std::string follows_magic_links(const TemporaryDirectory&) {
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return proc.error().to_string();
  for (const std::string& path : {std::string("self/ns/net"), text::cat(getpid(), "/ns/mnt"), std::string("self/exe"),
                                  std::string("self/root")}) {
    Result<UniqueFd> found = proc.value().open_magic_link(path, O_RDONLY);
    if (!found.ok()) return found.error().to_string();
    struct stat a = {}, b = {};
    if (fstat(found.value().raw(), &a) == -1 || stat(("/proc/" + path).c_str(), &b) == -1) return errno_text("stat");
    if (a.st_ino != b.st_ino || a.st_dev != b.st_dev) return path + " leads elsewhere";
  }
  Result<UniqueFd> none = proc.value().open_magic_link("self/ns/none", O_RDONLY);
  return none.ok() || none.error().code() != ENOENT ? "a missing link is not ENOENT" : "";
}

// ---- covered

std::string sees_through_covers(const TemporaryDirectory& directory) {
  const std::string own_ns = text::cat("/proc/", getpid(), "/ns");
  if (!cover_with_tmpfs("/proc/sys") || !cover_with_tmpfs(own_ns.c_str())) return errno_text("cover");
  mkdir("/proc/sys/kernel", 0755);
  put("/proc/sys/kernel/ostype", "fake\n");
  put(own_ns + "/net", "fake");
  put(directory / "version", "fake version");
  if (mount((directory / "version").c_str(), "/proc/version", nullptr, MS_BIND, nullptr) == -1)
    return errno_text("bind");
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return proc.error().to_string();
  if (std::string wrong = read_wrong(proc.value(), "sys/kernel/ostype", "Linux"); !wrong.empty()) return wrong;
  if (std::string wrong = read_wrong(proc.value(), "version", "Linux version"); !wrong.empty()) return wrong;
  for (const std::string& path : {std::string("self/ns/net"), text::cat(getpid(), "/ns/net")}) {
    Result<UniqueFd> ns = proc.value().open_magic_link(path, O_RDONLY);
    if (!ns.ok()) return ns.error().to_string();
    struct statfs fs = {};
    if (fstatfs(ns.value().raw(), &fs) == -1 || fs.f_type != 0x6e736673) return path + " is not on nsfs";
  }
  return "";
}

// A mount on the link itself, not on what it leads to: made by descriptor. Not every kernel allows it.
constexpr const char* kCannotCover = "can't cover a link";

std::string follows_no_covered_link(const TemporaryDirectory& directory) {
  put(directory / "fake", "fake");
  const std::string link = text::cat("/proc/", getpid(), "/exe");
  Result<UniqueFd> cover = sys::open_tree(FdRef::cwd(), directory / "fake", OPEN_TREE_CLONE);
  Result<UniqueFd> target = sys::openat(FdRef::cwd(), link, O_PATH | O_NOFOLLOW);
  if (!cover.ok() || !target.ok()) return "no descriptors";
  if (!sys::move_mount(cover.value(), target.value()).ok()) return kCannotCover;
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return proc.error().to_string();
  Result<UniqueFd> found = proc.value().open_magic_link("self/exe", O_RDONLY);
  if (!found.ok()) return found.error().to_string();
  struct stat a = {}, b = {};
  if (fstat(found.value().raw(), &a) == -1 || stat((directory / "fake").c_str(), &b) == -1) return errno_text("stat");
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev ? "the cover was opened" : "";
}

// The write of an attribute that a bind of another attribute swallows: CVE-2019-16884.
std::string writes_go_where_they_should(const TemporaryDirectory& directory) {
  const std::string target = text::cat("/proc/", getpid(), "/oom_score_adj");
  put(directory / "swallows", "0");
  if (mount((directory / "swallows").c_str(), target.c_str(), nullptr, MS_BIND, nullptr) == -1)
    return errno_text("bind");
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return proc.error().to_string();
  if (Result<void> written = proc.value().write("self/oom_score_adj", "123"); !written.ok())
    return written.error().to_string();
  umount2(target.c_str(), MNT_DETACH);
  std::string value, swallowed;
  std::getline(std::ifstream(target), value);
  std::getline(std::ifstream(directory / "swallows"), swallowed);
  return value == "123" && swallowed == "0" ? "" : "oom_score_adj is " + value + ", the file has " + swallowed;
}

std::string refuses_what_it_cannot_uncover(const TemporaryDirectory&) {
  if (!cover_with_tmpfs("/proc/sys")) return errno_text("cover");
  mkdir("/proc/sys/kernel", 0755);
  put("/proc/sys/kernel/ostype", "fake\n");
  Result<ProcDir> proc = ProcDir::open();
  if (!proc.ok()) return proc.error().to_string();
  if (Result<void> dropped = sys::capset({}); !dropped.ok()) return dropped.error().to_string();
  Result<std::string> content = proc.value().read("sys/kernel/ostype");
  if (content.ok()) return "was read: " + content.value();
  if (content.error().kind() != Error::Kind::kUnsafe) return content.error().to_string();
  // The rest of it is as good as ever.
  return read_wrong(proc.value(), "self/status", "Pid:");
}

// ---- posing as /proc

std::string refuses_tmpfs(const TemporaryDirectory&) {
  if (!cover_with_tmpfs("/proc")) return errno_text("cover");
  Result<ProcDir> proc = ProcDir::open();
  if (proc.ok()) return "a tmpfs was taken for /proc";
  return proc.error().kind() == Error::Kind::kUnsafe ? "" : proc.error().to_string();
}

std::string refuses_part_of_proc(const TemporaryDirectory&) {
  for (const char* part : {"/proc/sys", "/proc/self"}) {
    if (mount(part, "/proc", nullptr, MS_BIND, nullptr) == -1) return errno_text("bind");
    Result<ProcDir> proc = ProcDir::open();
    if (proc.ok()) return text::cat(part, " was taken for /proc");
    if (proc.error().kind() != Error::Kind::kUnsafe) return proc.error().to_string();
    umount2("/proc", MNT_DETACH);
  }
  return ProcDir::open().ok() ? "" : "the real one was refused";
}

// ---- both worlds

using Check = std::string (*)(const TemporaryDirectory&);

struct World {
  const char* name;
  bool has_openat2;
};

class ProcDirTest : public ::testing::TestWithParam<World> {
 protected:
  void run(Check check) {
    const TemporaryDirectory directory;
    const std::string wrong = in_namespaces(CLONE_NEWNS, [&]() -> std::string {
      if (!GetParam().has_openat2)
        if (std::string problem = testing::lose_openat2(); !problem.empty()) return problem;
      return check(directory);
    });
    if (wrong == kCannotCover) GTEST_SKIP() << "this kernel lets nothing be mounted on a link of /proc/PID";
    EXPECT_EQ(wrong, "");
  }
};

TEST_P(ProcDirTest, ReadsAndWrites) { run(reads_and_writes); }
TEST_P(ProcDirTest, LeadsNowhereElse) { run(leads_nowhere_else); }
TEST_P(ProcDirTest, FollowsMagicLinks) { run(follows_magic_links); }
TEST_P(ProcDirTest, SeesThroughCovers) { run(sees_through_covers); }
TEST_P(ProcDirTest, FollowsNoCoveredLink) { run(follows_no_covered_link); }
TEST_P(ProcDirTest, WritesGoWhereTheyShould) { run(writes_go_where_they_should); }
TEST_P(ProcDirTest, RefusesWhatItCannotUncover) { run(refuses_what_it_cannot_uncover); }
TEST_P(ProcDirTest, RefusesATmpfs) { run(refuses_tmpfs); }
TEST_P(ProcDirTest, RefusesAPartOfProc) { run(refuses_part_of_proc); }

INSTANTIATE_TEST_SUITE_P(Worlds, ProcDirTest,
                         ::testing::Values(World{"WithOpenat2", true}, World{"WithoutOpenat2", false}),
                         [](const auto& world) { return std::string(world.param.name); });

TEST(ProcDirInherited, SelfIsWhoeverAsks) {
  Result<ProcDir> proc = ProcDir::open();
  ASSERT_TRUE(proc.ok());
  const std::string wrong = in_namespaces(CLONE_NEWNS | CLONE_NEWPID, [&]() -> std::string {
    if (getpid() != 1) return "not in a pid namespace";
    Result<std::string> status = proc.value().read("self/status");
    if (!status.ok()) return status.error().to_string();
    // One pid for each namespace, ours last: proc_pid_status(5).
    const std::size_t at = status.value().find("\nNSpid:");
    const std::string pids = status.value().substr(at + 1, status.value().find('\n', at + 1) - at - 1);
    return at != std::string::npos && pids.ends_with("\t1") ? "" : "self/status says " + pids;
  });
  EXPECT_EQ(wrong, "");
}

}  // namespace
}  // namespace brig
