// A process of another container swaps parts of a shared volume for links while mounts are made on it. Failing to start
// is fine; reaching outside, or hanging, is not.
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <signal.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

// Exchanges two names without pause until killed.
class Swapper {
 public:
  Swapper(const std::string& a, const std::string& b) : pid_(::fork()) {
    if (pid_ != 0) return;
    for (;;) (void)!::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
  }
  Swapper(const Swapper&) = delete;
  Swapper& operator=(const Swapper&) = delete;
  ~Swapper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_;
};

constexpr int kRounds = 150;

// vol/a is a directory and vol/b a link to `target`, of which "OUT" is a directory of the host's.
std::string race(const std::string& target, const std::string& mounts, const Inside& inside) {
  return in_world([&](const World& world) -> std::string {
    const std::string vol = world.dir + "/vol", out = world.dir + "/out";
    MUST(make_dir(vol) && make_dir(vol + "/a") && make_dir(out) && make_dir(world.dir + "/other"));
    MUST(make_file(world.dir + "/other/HOSTMARK", ""));
    MUST(make_link(target == "OUT" ? out : target, vol + "/b"));
    const Swapper swapper(vol + "/a", vol + "/b");
    const std::string volume = R"({"destination": "/vol", "source": ")" + vol + R"(", "options": ["rbind"]}, )";
    int started = 0;
    for (int round = 0; round < kRounds; ++round) {
      const std::string text = start(world, {.mounts = volume + mounts}, inside);
      MUST_SHOWING(text.empty() || text.rfind("build: ", 0) == 0, text);
      MUST_SHOWING(entries_in(out) == 0, "out was changed in round " + std::to_string(round));
      started += text.empty() ? 1 : 0;
    }
    MUST(started > 0);  // otherwise nothing was shown
    return "";
  });
}

TEST(Race, MissingDestinationsAreMadeInTheRootOnly) {
  std::string mounts;
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(i);
    mounts += std::string(i == 0 ? "" : ", ") + R"({"destination": "/vol/a/m)" + n + "/x" +
              R"(", "type": "tmpfs", "source": "race"})";
  }
  const Inside inside = [](const View& view) -> std::string {
    for (const MountEntry& entry : view.table())
      MUST_SHOWING(entry.source != "race" || entry.point.rfind("/", 0) == 0, entry.point);
    return "";
  };
  EXPECT_EQ("", race("OUT", mounts, inside));
}

TEST(Race, AMountIsNeverTheSourceOfAnother) {
  // The first bind could cover the directory that the second one's source is in; the sources were opened before.
  const std::string mounts = R"({"destination": "/vol/a", "source": "/usr", "options": ["rbind"]},
                                {"destination": "/data", "source": "/proc/self/../../etc", "options": ["rbind"]},
                                {"destination": "/vol/b/x", "type": "tmpfs", "source": "race"})";
  const Inside inside = [](const View&) -> std::string {
    MUST(::access("/data/passwd", F_OK) == 0 && ::access("/data/HOSTMARK", F_OK) == -1);
    MUST(::access("/usr/bin", F_OK) == -1);
    return "";
  };
  EXPECT_EQ("", race("OUT", mounts, inside));
}

TEST(Race, NothingLandsOnProc) {
  const std::string mounts =
      std::string(kUsualMounts) + R"(, {"destination": "/vol/a/sys", "type": "tmpfs", "source": "race"})";
  const Inside inside = [](const View& view) -> std::string {
    for (const MountEntry& entry : view.table())
      MUST_SHOWING(entry.source != "race" || entry.point.rfind("/proc", 0) != 0, entry.point);
    return "";
  };
  EXPECT_EQ("", race("/proc", mounts, inside));
}

}  // namespace
}  // namespace brig::mounts::testing
