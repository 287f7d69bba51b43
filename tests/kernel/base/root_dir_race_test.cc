// RootDir against a process that swaps a directory for a link to the outside, as fast as it can: CVE-2021-30465,
// CVE-2025-54867. Whatever the moment, nothing may be found or made outside of the root.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/root_dir.h"
#include "base/text.h"
#include "tests/support/in_namespaces.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/without_openat2.h"

namespace brig {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 2500;

// Exchanges two names below `root` until it is killed.
class Swapper {
 public:
  Swapper(const std::string& root, const char* a, const char* b) {
    void* shared = mmap(nullptr, sizeof *swaps_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    swaps_ = new (shared) std::atomic<unsigned long>(0);
    child_ = fork();
    if (child_ != 0) return;
    const int dir = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (unsigned long turn = 0;; ++turn) {
      if (renameat2(dir, a, dir, b, RENAME_EXCHANGE) == 0) ++*swaps_;
      // A pause of another length each time, so that each step of a lookup is met: without any, lookups with ".."
      // only ever time out.
      for (unsigned long spin = 0; spin < turn % 64 * 64; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  }
  Swapper(const Swapper&) = delete;
  Swapper& operator=(const Swapper&) = delete;
  ~Swapper() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    munmap(swaps_, sizeof *swaps_);
  }
  unsigned long swaps() const { return *swaps_; }

 private:
  std::atomic<unsigned long>* swaps_ = nullptr;
  pid_t child_ = -1;
};

// rootfs/place is a directory, rootfs/link leads outside, by a relative or an absolute path; both are swapped.
struct Arena {
  std::string root, outside;
  Arena(const std::string& base, const std::string& target) : root(base + "/rootfs"), outside(base + "/outside") {
    fs::create_directories(root + "/place/deep/er");
    fs::create_directories(outside + "/deep/er");
    std::ofstream(outside + "/found") << "outside";
    std::ofstream(root + "/place/found") << "inside";
    const std::string out = target.empty() ? outside : target;
    fs::create_symlink(out, root + "/link");
    std::ofstream(root + "/file") << "inside";
    // A walk that read the link would look below the root; one that has the kernel follow it would not.
    fs::create_symlink(out + "/found", root + "/trap");
  }
  // Without what was put there, nothing.
  std::string made_outside() const {
    std::string names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(outside))
      if (const std::string name = entry.path().filename(); name != "deep" && name != "er" && name != "found")
        names += name + ' ';
    return names;
  }
};

// By a link's losing race a lookup may fail, but not otherwise than so.
bool may_happen(const Error& error) {
  return error.code() == ENOENT || error.code() == ENOTDIR || error.code() == ELOOP || error.code() == EAGAIN ||
         error.code() == EXDEV || error.code() == EEXIST;
}

std::string make_things(const RootDir& root, int round, int& made) {
  const Result<UniqueFd> things[] = {
      root.make_dirs(text::cat("place/dir", round % 50, "/x", round)),
      root.make_dirs(text::cat("place/deep/er/../../../place/up", round)),
      root.make_file(text::cat("place/file", round)),
      root.make_file(text::cat("link/deep/new", round % 50, "/file", round)),
  };
  for (const Result<UniqueFd>& thing : things) {
    if (thing.ok()) {
      ++made;
    } else if (!may_happen(thing.error())) {
      return thing.error().to_string();
    }
  }
  return "";
}

std::string read_inside(const RootDir& root, const char* path, int& found) {
  Result<UniqueFd> file = root.open_at(path, O_RDONLY);
  if (!file.ok()) return may_happen(file.error()) ? "" : file.error().to_string();
  char content[16] = {};
  if (::read(file.value().raw(), content, sizeof content - 1) < 0) return "can't read what was found";
  ++found;
  return std::string(content) == "inside" ? "" : text::cat("found what is ", content);
}

std::string race(const Arena& arena) {
  Result<RootDir> root = RootDir::open(arena.root);
  if (!root.ok()) return root.error().to_string();
  const Swapper swapper(arena.root, "place", "link");
  int made = 0, found = 0;
  for (int round = 0; round < kRounds; ++round) {
    if (std::string wrong = make_things(root.value(), round, made); !wrong.empty()) return wrong;
    if (std::string wrong = read_inside(root.value(), "place/deep/../found", found); !wrong.empty()) return wrong;
  }
  if (const std::string names = arena.made_outside(); !names.empty()) return "outside was made: " + names;
  // Otherwise nothing was shown.
  if (swapper.swaps() < kRounds / 10) return text::cat("only ", swapper.swaps(), " swaps");
  if (made < kRounds / 10 || found == 0) return text::cat("only ", made, " made and ", found, " found");
  return "";
}

// As above, with what is swapped at the end of the path: the moment between its look and its open.
std::string race_for_a_file(const Arena& arena) {
  Result<RootDir> root = RootDir::open(arena.root);
  if (!root.ok()) return root.error().to_string();
  const Swapper swapper(arena.root, "file", "trap");
  int found = 0;
  for (int round = 0; round < 4 * kRounds; ++round)
    if (std::string wrong = read_inside(root.value(), "file", found); !wrong.empty()) return wrong;
  if (swapper.swaps() < kRounds / 10 || found == 0) return text::cat(swapper.swaps(), " swaps, found ", found);
  return "";
}

struct World {
  const char* name;
  bool has_openat2;
  const char* target;  // "": absolute
};

class RootDirRace : public ::testing::TestWithParam<World> {};

// On a tmpfs: no disk between the swaps.
std::string in_world(const std::string& base, const World& world, std::string (*run)(const Arena&)) {
  if (mount("arena", base.c_str(), "tmpfs", 0, nullptr) == -1) return text::cat("tmpfs: ", errno_words(errno));
  if (!world.has_openat2)
    if (std::string problem = testing::lose_openat2(); !problem.empty()) return problem;
  return run(Arena(base, world.target));
}

TEST_P(RootDirRace, NothingIsMadeOrFoundOutside) {
  const testing::TemporaryDirectory base;
  EXPECT_EQ(testing::in_namespaces(CLONE_NEWNS, [&] { return in_world(base.path(), GetParam(), race); }), "");
}

TEST_P(RootDirRace, NoFileIsOpenedThroughALink) {
  const testing::TemporaryDirectory base;
  EXPECT_EQ(testing::in_namespaces(CLONE_NEWNS, [&] { return in_world(base.path(), GetParam(), race_for_a_file); }),
            "");
}

INSTANTIATE_TEST_SUITE_P(Worlds, RootDirRace,
                         ::testing::Values(World{"RelativeWithOpenat2", true, "../outside"},
                                           World{"AbsoluteWithOpenat2", true, ""},
                                           World{"RelativeWithoutOpenat2", false, "../outside"},
                                           World{"AbsoluteWithoutOpenat2", false, ""}),
                         [](const auto& world) { return std::string(world.param.name); });

}  // namespace
}  // namespace brig
