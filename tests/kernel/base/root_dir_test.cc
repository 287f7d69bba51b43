// RootDir on a tree that tries everything to lead out of it; with openat2(2) and without.
#include "base/root_dir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/sys.h"
#include "base/text.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/without_openat2.h"

namespace brig {
namespace {

namespace fs = std::filesystem;
using testing::in_namespaces;

void link_to(const fs::path& link, const std::string& target) { fs::create_symlink(target, link); }

// "rootfs" with traps, and "outside" beside it, where nothing may ever be found or made.
void make_tree(const fs::path& base) {
  const fs::path root = base / "rootfs";
  fs::create_directories(root / "dir/sub");
  fs::create_directories(root / "proc");
  fs::create_directories(base / "outside/dir");
  std::ofstream(base / "outside/secret") << "secret";
  std::ofstream(root / "file") << "file";
  std::ofstream(root / "dir/file") << "dir/file";
  mkfifo((root / "fifo").c_str(), 0600);
  link_to(root / "absolute", "/dir");
  link_to(root / "absolute_file", "/dir/file");
  link_to(root / "relative", "dir/sub");
  link_to(root / "with_slash", "dir/");
  link_to(root / "above", "../../../../../../../dir");
  link_to(root / "dir/up", "../../..");
  link_to(root / "outside_relative", "../outside");
  link_to(root / "outside_absolute", (base / "outside").string());
  link_to(root / "secret", "../outside/secret");
  link_to(root / "loop1", "loop2");
  link_to(root / "loop2", "loop1");
  link_to(root / "self_loop", "self_loop/x");
  link_to(root / "dangling", "missing/target");
  link_to(root / "dangling_absolute", "/missing/absolute");
  link_to(root / "dangling_file", "missing_file");
  link_to(root / "hop1", "dir");
  for (int i = 2; i <= 41; ++i) link_to(root / text::cat("hop", i), text::cat("hop", i - 1));
}

struct Tree {
  testing::TemporaryDirectory base;
  Tree() { make_tree(base.path()); }
  std::string root() const { return base / "rootfs"; }
  std::string inside(const std::string& path) const { return root() + "/" + path; }
};

std::string describe(const Error& error) { return error.to_string(); }

// "" if `found` is the object at `path` of the host itself (a link is not followed).
std::string is_object(FdRef found, const std::string& path) {
  struct stat a = {}, b = {};
  if (fstat(found.raw(), &a) == -1 || lstat(path.c_str(), &b) == -1) return "can't stat " + path;
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev ? "" : "is not " + path;
}

struct Lookup {
  const char* path;
  int flags;
  const char* object;  // below the root; nullptr: an error
  int err = 0;
};

constexpr Lookup kLookups[] = {
    {"/", O_PATH, "."},
    {".", O_PATH, "."},
    {"..", O_PATH, "."},
    {"/../../..", O_PATH, "."},
    {"dir/..", O_PATH, "."},
    {"dir/sub/../../../../file", O_PATH, "file"},
    {"//dir/./sub/", O_PATH, "dir/sub"},
    {"absolute", O_PATH, "dir"},
    {"absolute/sub", O_PATH | O_DIRECTORY, "dir/sub"},
    {"absolute_file", O_RDONLY, "dir/file"},
    {"relative/../file", O_RDONLY, "dir/file"},
    {"with_slash/file", O_RDONLY, "dir/file"},
    {"with_slash", O_PATH, "dir"},
    {"above", O_PATH, "dir"},
    {"dir/up/file", O_PATH, "file"},
    {"hop40/file", O_PATH, "dir/file"},
    {"hop41", O_PATH, nullptr, ELOOP},
    {"loop1", O_PATH, nullptr, ELOOP},
    {"self_loop", O_PATH, nullptr, ELOOP},
    {"outside_relative", O_PATH, nullptr, ENOENT},
    {"outside_absolute", O_PATH, nullptr, ENOENT},
    {"secret", O_RDONLY, nullptr, ENOENT},
    {"dangling", O_PATH, nullptr, ENOENT},
    {"", O_PATH, nullptr, ENOENT},
    {"nothing", O_PATH, nullptr, ENOENT},
    {"file/", O_PATH, nullptr, ENOTDIR},
    {"file/..", O_PATH, nullptr, ENOTDIR},
    {"file/x", O_PATH, nullptr, ENOTDIR},
    {"file", O_PATH | O_DIRECTORY, nullptr, ENOTDIR},
    {"absolute_file/", O_PATH, nullptr, ENOTDIR},
    {"fifo", O_PATH, "fifo"},
    {"fifo", O_RDONLY | O_NONBLOCK, "fifo"},
    {"absolute", O_PATH | O_NOFOLLOW, "absolute"},
    {"absolute", O_RDONLY | O_NOFOLLOW, nullptr, ELOOP},
    {"dir", O_RDONLY | O_DIRECTORY, "dir"},
    {"dir", O_WRONLY, nullptr, EISDIR},
    {"proc/self/root", O_PATH, nullptr, ELOOP},
    {"proc/self/cwd/x", O_PATH, nullptr, ELOOP},
    {"proc/version", O_RDONLY, "proc/version"},
};

std::string check_lookups(const Tree& tree) {
  Result<RootDir> root = RootDir::open(tree.root());
  if (!root.ok()) return describe(root.error());
  std::string wrong;
  for (const Lookup& lookup : kLookups) {
    Result<UniqueFd> found = root.value().open_at(lookup.path, lookup.flags);
    const std::string name = text::cat("\n`", lookup.path, "` with ", lookup.flags, ": ");
    if (!found.ok()) {
      if (lookup.object != nullptr || found.error().code() != lookup.err) wrong += name + describe(found.error());
    } else if (lookup.object == nullptr) {
      wrong += name + "was found";
    } else if (std::string what = is_object(found.value(), tree.inside(lookup.object)); !what.empty()) {
      wrong += name + what;
    }
  }
  return wrong;
}

std::string no_follow_refuses_links(const Tree& tree) {
  Result<RootDir> root = RootDir::open(tree.root());
  if (!root.ok()) return describe(root.error());
  std::string wrong;
  const auto refused = [&](const char* path, int flags, int err) {
    Result<UniqueFd> found = root.value().open_no_follow(path, flags);
    if (found.ok() || found.error().code() != err)
      wrong += text::cat("\n`", path, "`: ", found.ok() ? "was found" : describe(found.error()));
  };
  for (const char* path : {"absolute", "absolute/", "absolute/.", "absolute//.//", "dangling"}) {
    refused(path, O_PATH, ELOOP);
    refused(path, O_RDONLY, ELOOP);
    refused(path, O_PATH | O_DIRECTORY, ENOTDIR);
  }
  refused("proc/self/exe", O_PATH, ELOOP);
  for (const char* path : {"absolute/sub", "dir/", "/"})
    if (Result<UniqueFd> found = root.value().open_no_follow(path, O_PATH | O_DIRECTORY); !found.ok())
      wrong += "\n" + describe(found.error());
  return wrong;
}

struct Making {
  const char* path;
  const char* object;  // below the root, what is there then; nullptr: an error
  int err = 0;
};

constexpr Making kDirectories[] = {
    {"dir", "dir"},
    {"/", "."},
    {"new/a/b", "new/a/b"},
    {"absolute/made", "dir/made"},
    {"above/made_above/x", "dir/made_above/x"},
    {"new2/../new3/./", "new3"},
    {"../../new4", "new4"},
    {"outside_relative/x", "outside/x"},  // that is rootfs/outside
    {"dangling", "missing/target"},
    {"dangling_absolute/deeper", "missing/absolute/deeper"},
    {"file", nullptr, ENOTDIR},
    {"file/x", nullptr, ENOTDIR},
    {"absolute_file", nullptr, ENOTDIR},
    {"fifo/x", nullptr, ENOTDIR},
    {"loop1/x", nullptr, ELOOP},
    {"proc/self/root/tmp/x", nullptr, ELOOP},
    {"", nullptr, ENOENT},
};

constexpr Making kFiles[] = {
    {"file", "file"},
    {"absolute_file", "dir/file"},
    {"fifo", "fifo"},
    {"some/where/new_file", "some/where/new_file"},
    {"dangling_file", "missing_file"},
    {"outside_absolute_file", "outside_absolute_file"},
    {"secret", "outside/secret"},  // that is rootfs/outside/secret
    {"absolute/new_file", "dir/new_file"},
    {"dir", nullptr, EISDIR},
    {"absolute", nullptr, EISDIR},
    {"/", nullptr, EISDIR},
    {"another_new/", nullptr, EISDIR},
    {"file/x", nullptr, ENOTDIR},
    {"loop1", nullptr, ELOOP},
};

template <std::size_t N>
std::string check_making(const Tree& tree, const Making (&table)[N], const auto& make) {
  Result<RootDir> root = RootDir::open(tree.root());
  if (!root.ok()) return describe(root.error());
  std::string wrong;
  for (const Making& making : table) {
    for (int round = 0; round < 2; ++round) {  // what was made is then found
      Result<UniqueFd> made = make(root.value(), making.path);
      const std::string name = text::cat("\n`", making.path, "` round ", round, ": ");
      if (!made.ok()) {
        if (making.object != nullptr || made.error().code() != making.err) wrong += name + describe(made.error());
      } else if (making.object == nullptr) {
        wrong += name + "was made";
      } else if (std::string what = is_object(made.value(), tree.inside(making.object)); !what.empty()) {
        wrong += name + what;
      } else if ((fcntl(made.value().raw(), F_GETFL) & O_PATH) == 0) {
        wrong += name + "is no handle";
      }
    }
  }
  return wrong;
}

std::string nothing_outside(const Tree& tree) {
  std::string names;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(tree.base / "outside"))
    names += entry.path().filename().string() + ' ';
  return names == "secret dir " || names == "dir secret " ? "" : "\noutside there is: " + names;
}

std::string check_directories(const Tree& tree) {
  const auto make = [](const RootDir& root, const char* path) { return root.make_dirs(path); };
  return check_making(tree, kDirectories, make) + nothing_outside(tree);
}

std::string check_files(const Tree& tree) {
  const auto make = [](const RootDir& root, const char* path) { return root.make_file(path); };
  return check_making(tree, kFiles, make) + nothing_outside(tree);
}

std::string check_modes(const Tree& tree) {
  umask(0);
  // A file system that keeps modes, which that of /tmp may not (user-mode Linux's hostfs).
  if (mount("modes", tree.inside("dir").c_str(), "tmpfs", 0, nullptr) == -1) return "no tmpfs";
  Result<RootDir> root = RootDir::open(tree.root());
  if (!root.ok()) return describe(root.error());
  if (!root.value().make_dirs("dir/m/n/o/.", 01777).ok() || !root.value().make_file("dir/m/p/file", 0600).ok())
    return "could not make them";
  const auto mode = [&](const char* path) {
    struct stat what = {};
    return lstat(tree.inside(text::cat("dir/", path)).c_str(), &what) == 0 ? what.st_mode & 07777U : 0U;
  };
  if (mode("m") != 0755 || mode("m/n") != 0755 || mode("m/p") != 0755) return "parents don't have mode 0755";
  if (mode("m/n/o") != 01777 || mode("m/p/file") != 0600) return "what was asked for has another mode";
  return "";
}

struct ParentOf {
  const char* path;
  const char* dir;  // nullptr: an error
  const char* name;
  int err = 0;
};

constexpr ParentOf kParents[] = {
    {"file", ".", "file"},
    {"/nothing", ".", "nothing"},
    {"absolute/x/", "dir", "x"},
    {"relative/../x/./", "dir", "x"},
    {"dangling", ".", "dangling"},  // the last part is not followed
    {"fresh/parent/x", "fresh/parent", "x"},
    {"/", nullptr, "", EINVAL},
    {"", nullptr, "", EINVAL},
    {"dir/..", nullptr, "", EINVAL},
    {".", nullptr, "", EINVAL},
    {"file/x", nullptr, "", ENOTDIR},
};

std::string check_parents(const Tree& tree) {
  Result<RootDir> root = RootDir::open(tree.root());
  if (!root.ok()) return describe(root.error());
  std::string wrong;
  Result<RootDir::Place> none = root.value().parent_of("fresh/parent/x", RootDir::Parents::kMustExist);
  if (none.ok() || none.error().code() != ENOENT) wrong += "\na parent was made unasked";
  for (const ParentOf& parent : kParents) {
    Result<RootDir::Place> place = root.value().parent_of(parent.path, RootDir::Parents::kMake);
    const std::string name = text::cat("\n`", parent.path, "`: ");
    if (!place.ok()) {
      if (parent.dir != nullptr || place.error().code() != parent.err) wrong += name + describe(place.error());
    } else if (parent.dir == nullptr) {
      wrong += name + "has a place";
    } else {
      const std::string what = is_object(place.value().dir, tree.inside(parent.dir));
      if (!what.empty() || place.value().name != parent.name) wrong += name + what + " name " + place.value().name;
    }
  }
  return wrong;
}

// ---- both worlds

using Check = std::string (*)(const Tree&);

struct World {
  const char* name;
  bool has_openat2;
};

class RootDirTest : public ::testing::TestWithParam<World> {
 protected:
  void run(Check check) {
    const Tree tree;
    const std::string wrong = in_namespaces(CLONE_NEWNS, [&]() -> std::string {
      if (mount("/proc", tree.inside("proc").c_str(), nullptr, MS_BIND, nullptr) == -1) return "can't bind /proc";
      if (!GetParam().has_openat2)
        if (std::string problem = testing::lose_openat2(); !problem.empty()) return problem;
      return check(tree);
    });
    EXPECT_EQ(wrong, "");
  }
};

TEST_P(RootDirTest, FindsWhatIsInsideAndNothingElse) { run(check_lookups); }
TEST_P(RootDirTest, DoesNotFollowTheLastLinkIfAskedNotTo) { run(no_follow_refuses_links); }
TEST_P(RootDirTest, MakesDirectoriesInside) { run(check_directories); }
TEST_P(RootDirTest, MakesFilesInside) { run(check_files); }
TEST_P(RootDirTest, GivesModesAsAsked) { run(check_modes); }
TEST_P(RootDirTest, TellsTheParent) { run(check_parents); }

INSTANTIATE_TEST_SUITE_P(Worlds, RootDirTest,
                         ::testing::Values(World{"WithOpenat2", true}, World{"WithoutOpenat2", false}),
                         [](const auto& world) { return std::string(world.param.name); });

// ---- the root itself, and what is refused whatever the tree

TEST(RootDirOpen, RefusesALinkAndSaysSo) {
  const Tree tree;
  const std::string link = tree.base / "link";
  link_to(link, tree.root());
  for (const char* end : {"", "/", "/.", "/./", "//."}) {
    Result<RootDir> root = RootDir::open(link + end);
    ASSERT_FALSE(root.ok()) << end;
    EXPECT_EQ(root.error().code(), ENOTDIR);
    EXPECT_NE(root.error().to_string().find("symbolic link"), std::string::npos) << root.error().to_string();
  }
  EXPECT_TRUE(RootDir::open(link + "/dir").ok()) << "a link before the last part is followed";
  EXPECT_TRUE(RootDir::open("/").ok());
  EXPECT_TRUE(RootDir::open("/.").ok());
  EXPECT_FALSE(RootDir::open("").ok());
}

TEST(RootDirOpen, RefusesToCreateByOpenAndPathsWithAnEndInside) {
  const Tree tree;
  Result<RootDir> root = RootDir::open(tree.root());
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root.value().open_at("new", O_CREAT | O_WRONLY).error().kind(), Error::Kind::kInternal);
  EXPECT_EQ(root.value().open_at("dir", O_TMPFILE | O_WRONLY).error().kind(), Error::Kind::kInternal);
  const std::string_view with_end("dir\0/sub", 8);
  EXPECT_EQ(root.value().open_at(with_end, O_PATH).error().code(), EINVAL);
  EXPECT_EQ(root.value().make_dirs(with_end).error().code(), EINVAL);
  EXPECT_EQ(root.value().parent_of(with_end, RootDir::Parents::kMake).error().code(), EINVAL);
  EXPECT_EQ(root.value().open_at(std::string(5000, 'x'), O_PATH).error().code(), ENAMETOOLONG);
}

// As rootfs are prepared before the pivot: nothing names such a root, neither a path nor procfs.
TEST(RootDirOpen, WorksOnAMountThatIsNotAttached) {
  const std::string wrong = in_namespaces(CLONE_NEWNS, []() -> std::string {
    Result<UniqueFd> fs = sys::fsopen("tmpfs");
    if (!fs.ok() || !sys::fsconfig_create(fs.value()).ok()) return "no tmpfs";
    Result<UniqueFd> mount = sys::fsmount(fs.value(), 0);
    if (!mount.ok()) return describe(mount.error());
    const RootDir root = RootDir::adopt(std::move(mount).value());
    for (const bool has_openat2 : {true, false}) {
      if (!has_openat2)
        if (std::string problem = testing::lose_openat2(); !problem.empty()) return problem;
      const std::string name = text::cat("a/b", has_openat2 ? 1 : 2);
      if (Result<UniqueFd> made = root.make_dirs(name); !made.ok()) return describe(made.error());
      if (Result<UniqueFd> found = root.open_at(name, O_RDONLY); !found.ok()) return describe(found.error());
    }
    return "";
  });
  EXPECT_EQ(wrong, "");
}

}  // namespace
}  // namespace brig
