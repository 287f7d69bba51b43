// State directories on a real file system: who may have one, who gets it, and who waits.
#include "runtime/container/directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/sys.h"
#include "tests/support/temporary_directory.h"

namespace brig::container {
namespace {

using brig::testing::TemporaryDirectory;

Globals at(const std::string& root) {
  return {.root = root, .root_given = true, .manager = cgroups::Manager::kDisabled};
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

void expect_refused(const std::string& root, Error::Kind kind) {
  Result<UniqueFd> opened = open_root(at(root), Missing::kMake);
  ASSERT_FALSE(opened.ok()) << root;
  EXPECT_EQ(opened.error().kind(), kind) << opened.error().to_string();
}

TEST(StateRootKernel, IsMadeForItsOwnerAlone) {
  const TemporaryDirectory dir;
  ASSERT_TRUE(open_root(at(dir / "a/b/root"), Missing::kMake).ok());
  struct stat root = {}, parent = {};
  ASSERT_EQ(::stat((dir / "a/b/root").c_str(), &root), 0);
  ASSERT_EQ(::stat((dir / "a").c_str(), &parent), 0);
  EXPECT_EQ(root.st_mode & 07777, 0700u);
  EXPECT_EQ(parent.st_mode & 07777, 0755u);
}

TEST(StateRootKernel, IsNotMadeUnlessAsked) {
  const TemporaryDirectory dir;
  Result<UniqueFd> opened = open_root(at(dir / "root"), Missing::kFail);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ENOENT);
  EXPECT_FALSE(exists(dir / "root"));
}

TEST(StateRootKernel, ALinkIsRefused) {
  const TemporaryDirectory dir;
  ASSERT_EQ(::mkdir((dir / "real").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("real", (dir / "link").c_str()), 0);
  for (const char* name : {"link", "link/", "link/.", "link//"}) expect_refused(dir / name, Error::Kind::kUnsafe);
}

TEST(StateRootKernel, WhatOthersMayWriteIsRefused) {
  const TemporaryDirectory dir;
  ASSERT_EQ(::mkdir((dir / "root").c_str(), 0700), 0);
  for (const mode_t mode : {0770, 0702, 01777}) {
    ASSERT_EQ(::chmod((dir / "root").c_str(), mode), 0);
    expect_refused(dir / "root", Error::Kind::kUnsafe);
  }
  ASSERT_EQ(::chmod((dir / "root").c_str(), 0755), 0);
  EXPECT_TRUE(open_root(at(dir / "root"), Missing::kFail).ok());
}

TEST(StateRootKernel, AnotherUsersIsRefused) {
  const TemporaryDirectory dir;
  ASSERT_EQ(::mkdir((dir / "root").c_str(), 0700), 0);
  ASSERT_EQ(::chown((dir / "root").c_str(), 1000, 0), 0);
  expect_refused(dir / "root", Error::Kind::kUnsafe);
}

TEST(StateRootKernel, AFileIsNone) {
  const TemporaryDirectory dir;
  std::ofstream(dir / "root") << "x";
  expect_refused(dir / "root", Error::Kind::kSystem);
}

TEST(DirectoryKernel, OfManyClaimsAtOnceOneWins) {
  const TemporaryDirectory dir;
  constexpr int kProcesses = 8;
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  pid_t pids[kProcesses];
  for (pid_t& pid : pids) {
    pid = ::fork();
    if (pid != 0) continue;
    char ignored;
    ::close(go[1]);
    (void)!::read(go[0], &ignored, 1);
    Result<Directory> claimed = Directory::claim(at(dir / "root"), "c1");
    if (claimed.ok()) {
      claimed.value().keep();
      ::_exit(0);
    }
    const bool told = claimed.error().kind() == Error::Kind::kState &&
                      claimed.error().to_string() == "container with given ID already exists: c1";
    ::_exit(told ? 1 : 2);
  }
  ::close(go[0]);
  ::close(go[1]);
  int count[3] = {};
  for (const pid_t pid : pids) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 3);
    ++count[WEXITSTATUS(status)];
  }
  EXPECT_EQ(count[0], 1);
  EXPECT_EQ(count[1], kProcesses - 1);
}

TEST(DirectoryKernel, ADraftIsRemovedAndAKeptOneStays) {
  const TemporaryDirectory dir;
  {
    Result<Directory> claimed = Directory::claim(at(dir / "root"), "c1");
    ASSERT_TRUE(claimed.ok());
    ASSERT_TRUE(claimed.value().save(Record()).ok());
    ASSERT_TRUE(claimed.value().append("another", "file").ok());
    EXPECT_TRUE(exists(dir / "root/c1/state.json"));
  }
  EXPECT_FALSE(exists(dir / "root/c1"));
  {
    Result<Directory> claimed = Directory::claim(at(dir / "root"), "c1");
    ASSERT_TRUE(claimed.ok());
    claimed.value().keep();
  }
  EXPECT_TRUE(exists(dir / "root/c1"));
}

TEST(DirectoryKernel, WhatDoesNotExistIsNotFound) {
  const TemporaryDirectory dir;
  for (const char* root : {"nowhere", ""}) {
    const std::string path = *root == '\0' ? dir.path() : dir / root;
    Result<Directory> opened = Directory::open(at(path), "c1");
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind(), Error::Kind::kNotFound);
    EXPECT_EQ(opened.error().to_string(), "container does not exist (there is no c1 in " + path + ")");
  }
}

TEST(DirectoryKernel, ALinkInPlaceOfADirectoryIsRefused) {
  const TemporaryDirectory dir, elsewhere;
  ASSERT_EQ(::symlink(elsewhere.path().c_str(), (dir / "c1").c_str()), 0);
  EXPECT_FALSE(Directory::open(at(dir.path()), "c1").ok());
  EXPECT_FALSE(Directory::claim(at(dir.path()), "c1").ok());
}

TEST(DirectoryKernel, WithoutARecordThereIsNoContainer) {
  const TemporaryDirectory dir;
  Result<Directory> claimed = Directory::claim(at(dir.path()), "c1");
  ASSERT_TRUE(claimed.ok());
  Result<Record> record = claimed.value().load();
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().kind(), Error::Kind::kNotFound);
}

TEST(DirectoryKernel, ARecordIsSavedStagedAndPublished) {
  const TemporaryDirectory dir;
  Result<Directory> claimed = Directory::claim(at(dir.path()), "c1");
  ASSERT_TRUE(claimed.ok());
  const Directory& directory = claimed.value();
  Record record;
  record.id = "c1";
  ASSERT_TRUE(directory.save(record).ok());
  record.ready = true;
  ASSERT_TRUE(directory.stage(record).ok());
  EXPECT_FALSE(directory.load().value().ready);
  ASSERT_TRUE(directory.publish().ok());
  EXPECT_TRUE(directory.load().value().ready);
  record.id = "c2";
  ASSERT_TRUE(directory.save(record).ok());
  Result<Record> other = directory.load();
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind(), Error::Kind::kState);
}

TEST(DirectoryKernel, AFifoOrALinkInPlaceOfTheRecordDoesNotHang) {
  const TemporaryDirectory dir, elsewhere;
  Result<Directory> claimed = Directory::claim(at(dir.path()), "c1");
  ASSERT_TRUE(claimed.ok());
  ASSERT_EQ(::mkfifo((dir / "c1/state.json").c_str(), 0600), 0);
  ::alarm(10);
  EXPECT_FALSE(claimed.value().load().ok());
  ::alarm(0);
  ASSERT_EQ(::unlink((dir / "c1/state.json").c_str()), 0);
  std::ofstream(elsewhere / "state") << encode(Record());
  ASSERT_EQ(::symlink((elsewhere / "state").c_str(), (dir / "c1/state.json").c_str()), 0);
  EXPECT_FALSE(claimed.value().load().ok());
}

TEST(DirectoryKernel, TheLockIsHeldByOne) {
  const TemporaryDirectory dir;
  Result<Directory> claimed = Directory::claim(at(dir.path()), "c1");
  ASSERT_TRUE(claimed.ok());
  Result<Directory> second = Directory::open(at(dir.path()), "c1");
  ASSERT_TRUE(second.ok());
  Result<void> locked = second.value().lock(20);
  ASSERT_FALSE(locked.ok());
  EXPECT_EQ(locked.error().kind(), Error::Kind::kState);
  { const Directory gone = std::move(claimed).value(); }
  locked = second.value().lock(20);
  ASSERT_FALSE(locked.ok());  // it could be locked, but is no container's any more
  EXPECT_EQ(locked.error().kind(), Error::Kind::kNotFound);
}

TEST(DirectoryKernel, RemovingWhatIsGoneIsFine) {
  const TemporaryDirectory dir;
  Result<Directory> claimed = Directory::claim(at(dir.path()), "c1");
  ASSERT_TRUE(claimed.ok());
  ASSERT_TRUE(claimed.value().append("one more file", "x").ok());
  ASSERT_TRUE(claimed.value().remove().ok());
  EXPECT_FALSE(exists(dir / "c1"));
  EXPECT_TRUE(claimed.value().remove().ok());
}

}  // namespace
}  // namespace brig::container
