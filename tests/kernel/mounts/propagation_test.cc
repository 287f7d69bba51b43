// What the host and the container see of each other's mounts. The world's tmpfs plays the host's shared mount.
#include <gtest/gtest.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

std::vector<MountEntry> table_here() {
  const int proc = ::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const std::vector<MountEntry> table = View(proc).table();
  ::close(proc);
  return table;
}

// The host's mounts are shared, "vol" is one of them; `tell` makes a mount below it while the container runs.
struct Ties {
  bool from_host = false;  // a mount of the host's appears in the container
  bool to_host = false;    // and the other way round
};

std::string with_volume(const std::string& rootfs_propagation, const std::string& options, const Ties& expected) {
  return in_world([&](const World& world) -> std::string {
    const std::string vol = world.dir + "/vol";
    MUST(make_dir(vol) && ::mount("vol", vol.c_str(), "tmpfs", 0, nullptr) == 0);
    MUST(make_dir(vol + "/a") && make_dir(vol + "/b"));
    MUST(::mount(nullptr, world.dir.c_str(), nullptr, MS_SHARED | MS_REC, nullptr) == 0);
    const std::size_t before = table_here().size();
    int go[2], done[2];
    MUST(::pipe(go) == 0 && ::pipe(done) == 0);
    const pid_t host = ::fork();
    if (host == 0) {
      char c;
      (void)!::read(go[0], &c, 1);
      (void)!::mount("late", (vol + "/a").c_str(), "tmpfs", 0, nullptr);
      (void)!::write(done[1], "x", 1);
      ::_exit(0);
    }
    const Container container = {
        .mounts = R"({"destination": "/vol", "source": ")" + vol + R"(", "options": ["rbind")" + options + "]}",
        .rootfs_propagation = rootfs_propagation};
    const std::string wrong = start(world, container, [&](const View& view) -> std::string {
      char c;
      MUST(::write(go[1], "x", 1) == 1 && ::read(done[0], &c, 1) == 1);
      MUST_SHOWING((view.at("/vol/a").source == "late") == expected.from_host, view.at("/vol").tags);
      MUST(::mount("mine", "/vol/b", "tmpfs", 0, nullptr) == 0);
      return "";
    });
    ::waitpid(host, nullptr, 0);
    MUST_SHOWING(wrong.empty(), wrong);
    MUST_SHOWING(table_here().size() == before + 1 + (expected.to_host ? 1 : 0), std::to_string(table_here().size()));
    return "";
  });
}

TEST(Propagation, OfABindIsPrivateUnlessAskedFor) {
  EXPECT_EQ("", with_volume("", "", {}));
  EXPECT_EQ("", with_volume("", R"(, "rprivate")", {}));
  EXPECT_EQ("", with_volume("rshared", "", {}));
  EXPECT_EQ("", with_volume("", R"(, "runbindable")", {}));
}

TEST(Propagation, OfASlaveComesFromTheHost) {
  EXPECT_EQ("", with_volume("", R"(, "rslave")", {.from_host = true}));
  EXPECT_EQ("", with_volume("rslave", R"(, "rslave")", {.from_host = true}));
  EXPECT_EQ("", with_volume("private", R"(, "rslave")", {}));
}

TEST(Propagation, GoesToTheHostOnlyIfTheRootfsIsSharedToo) {
  EXPECT_EQ("", with_volume("", R"(, "rshared")", {.from_host = true}));
  EXPECT_EQ("", with_volume("rshared", R"(, "rshared")", {.from_host = true, .to_host = true}));
}

TEST(Propagation, OfTheRootfs) {
  struct Case {
    const char* value;
    bool shared, slave, unbindable;
  };
  const Case cases[] = {
      {"", false, false, false},      {"private", false, false, false},   {"rprivate", false, false, false},
      {"slave", false, true, false},  {"rslave", false, true, false},     {"shared", true, true, false},
      {"rshared", true, true, false}, {"unbindable", false, false, true}, {"runbindable", false, false, true}};
  for (const Case& c : cases)
    EXPECT_EQ("", in_world([&](const World& world) -> std::string {
                MUST(::mount(nullptr, world.dir.c_str(), nullptr, MS_SHARED, nullptr) == 0);
                const std::size_t before = table_here().size();
                const std::string wrong = start(
                    world, {.mounts = kUsualMounts, .rootfs_propagation = c.value},
                    [&](const View& view) -> std::string {
                      const MountEntry root = view.at("/");
                      MUST_SHOWING(root.shared() == c.shared && root.slave() == c.slave, root.tags);
                      MUST_SHOWING((root.tags.find("unbindable") != std::string::npos) == c.unbindable, root.tags);
                      MUST(::mount("mine", "/sys", "tmpfs", 0, nullptr) == 0);
                      return "";
                    });
                MUST_SHOWING(wrong.empty(), wrong);
                MUST(table_here().size() == before);
                return "";
              }))
        << c.value;
}

TEST(Propagation, AFailedBuildLeavesNothingOnTheHost) {
  for (const char* value : {"", "rshared", "rslave"})
    EXPECT_EQ("", in_world([&](const World& world) -> std::string {
                MUST(::mount(nullptr, world.dir.c_str(), nullptr, MS_SHARED, nullptr) == 0);
                const std::size_t before = table_here().size();
                const std::string mounts = std::string(kUsualMounts) + R"(, {"destination": "/x", "type": "nofs"})";
                const std::string wrong = start(world, {.mounts = mounts, .rootfs_propagation = value}, nothing_more);
                MUST_SHOWING(wrong.find("no such device") != std::string::npos, wrong);
                MUST(table_here().size() == before);
                return "";
              }))
        << value;
}

TEST(Propagation, OfANewFileSystem) {
  const char* const mount = R"({"destination": "/t", "type": "tmpfs", "source": "t", "options": ["shared"]},
                               {"destination": "/u", "type": "tmpfs", "source": "u", "options": ["shared", "private"]})";
  EXPECT_EQ("", in_world([&](const World& world) {
              return start(world, {.mounts = mount}, [](const View& view) -> std::string {
                MUST(view.at("/t").shared() && view.at("/u").tags.empty());
                return "";
              });
            }));
}

}  // namespace
}  // namespace brig::mounts::testing
