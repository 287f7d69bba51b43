// In a user namespace: devices are the host's nodes, and what the host locked stays locked.
#include <gtest/gtest.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

// Plays init as root of a user namespace whose ids start at 100000 outside; the rootfs belongs to it.
constexpr int kUsualNamespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
std::string start_mapped(const World& world, const Plan& plan, const Inside& inside, int flags = kUsualNamespaces) {
  MUST(::chown(world.rootfs.c_str(), 100000, 100000) == 0);
  int ready[2], mapped[2];
  MUST(::pipe(ready) == 0 && ::pipe(mapped) == 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    pid_t pid = 0;
    if (::read(ready[0], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    for (const char* map : {"gid_map", "uid_map"}) {
      const int fd = ::open(("/proc/" + std::to_string(pid) + "/" + map).c_str(), O_WRONLY | O_CLOEXEC);
      (void)!::write(fd, "0 100000 65536", 14);
    }
    (void)!::write(mapped[1], "x", 1);
    ::_exit(0);
  }
  const std::string text = in_child(CLONE_NEWUSER, [&]() -> std::string {
    const pid_t pid = ::getpid();
    char c;
    MUST(::write(ready[1], &pid, sizeof pid) == sizeof pid && ::read(mapped[0], &c, 1) == 1);
    MUST(::setresgid(0, 0, 0) == 0 && ::setresuid(0, 0, 0) == 0);
    MUST(::unshare(flags) == 0);
    // A procfs wants a process of the new pid namespace.
    return in_child(0, [&] { return play_init(plan, inside); });
  });
  ::waitpid(writer, nullptr, 0);
  return text;
}

std::string run(const std::string& mounts, const std::function<std::string(const World&)>& prepare,
                const Inside& inside, int flags = kUsualNamespaces) {
  return in_world([&](const World& world) -> std::string {
    const std::string wrong = prepare(world);
    if (!wrong.empty()) return wrong;
    MUST(::chmod(world.dir.c_str(), 0755) == 0);
    const Result<Plan> plan =
        plan_of(world, {.mounts = mounts, .masked_paths = R"("/etc/secret")", .user_namespace = true});
    if (!plan.ok()) return plan.error().to_string();
    return start_mapped(world, plan.value(), inside, flags);
  });
}

std::string nothing_to_prepare(const World&) { return ""; }

TEST(UserNamespace, DevicesAreTheHostsNodes) {
  EXPECT_EQ("", run(kUsualMounts, nothing_to_prepare, [](const View& view) -> std::string {
              MUST(is_device("/dev/null", S_IFCHR, 1, 3) && is_device("/dev/tty", S_IFCHR, 5, 0));
              MUST(view.at("/dev/null").has("nosuid") && view.at("/dev/null").has("noexec"));
              MUST(try_to_write("/dev/null") == 0 && view.count("/dev/null") == 1);
              MUST(link_of("/dev/ptmx") == "pts/ptmx" && view.at("/proc").type == "proc");
              return "";
            }));
}

TEST(UserNamespace, FlagsOfTheHostAreLocked) {
  const auto prepare = [](const World& world) -> std::string {
    MUST(make_dir(world.bundle + "/d") &&
         ::mount("d", (world.bundle + "/d").c_str(), "tmpfs", MS_NOSUID, nullptr) == 0);
    MUST(::mount(nullptr, (world.bundle + "/d").c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID,
                 nullptr) == 0);
    return "";
  };
  const std::string bind = R"({"destination": "/d", "source": "d", "options": ["rbind")";
  EXPECT_EQ("", run(bind + "]}", prepare, [](const View& view) -> std::string {
              MUST(view.at("/d").has("ro") && view.at("/d").has("nosuid"));
              MUST(::mount(nullptr, "/d", nullptr, MS_REMOUNT | MS_BIND, nullptr) == -1 && errno == EPERM);
              return "";
            }));
  const std::string text = run(bind + R"(, "rw"]})", prepare, nothing_more);
  EXPECT_NE(text.find("operation not permitted (flags that a user namespace inherited are locked)"), std::string::npos)
      << text;
}

// runc asks for each flag again, and takes those that are locked. Here only what is asked for changes.
TEST(UserNamespace, LockedFlagsThatNobodyMentionsAreNoHindrance) {
  constexpr unsigned long kAll = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;
  const auto prepare = [](const World& world) -> std::string {
    const std::string d = world.bundle + "/d";
    MUST(make_dir(d) && ::mount("d", d.c_str(), "tmpfs", 0, nullptr) == 0);
    MUST(::mount(nullptr, d.c_str(), nullptr, MS_REMOUNT | MS_BIND | kAll, nullptr) == 0);
    return "";
  };
  for (const char* options : {R"("bind")", R"("rbind", "ro", "nosuid", "rprivate")", R"("rbind", "rro", "rnodev")"}) {
    const std::string mount = R"({"destination": "/d", "source": "d", "options": [)" + std::string(options) + "]}";
    EXPECT_EQ(
        "", run(mount, prepare, [](const View& view) -> std::string {
          const MountEntry d = view.at("/d");
          MUST_SHOWING(d.has("ro") && d.has("nosuid") && d.has("nodev") && d.has("noexec") && d.has("noatime"),
                       d.options);
          MUST(::mount(nullptr, "/d", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == -1 && errno == EPERM);
          return "";
        }));
  }
  for (const char* option : {"rw", "suid", "dev", "exec", "relatime"}) {
    const std::string mount =
        text::cat(R"({"destination": "/d", "source": "d", "options": ["bind", ")", option, "\"]}");
    const std::string text = run(mount, prepare, nothing_more);
    EXPECT_NE(text.find("are locked"), std::string::npos) << option << ": " << text;
  }
}

TEST(UserNamespace, SysfsWithoutANetworkNamespaceIsTheHostsReadOnly) {
  const std::string mount = R"({"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "ro"]},
                               {"destination": "/sys/fs/cgroup", "type": "tmpfs", "source": "cg"})";
  constexpr int kWithoutNetwork = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC;
  EXPECT_EQ("", run(
                    mount, nothing_to_prepare,
                    [](const View& view) -> std::string {
                      MUST(view.at("/sys").type == "sysfs" && view.at("/sys").has("nosuid"));
                      std::size_t below = 0;
                      for (const MountEntry& entry : view.table()) {
                        if (!entry.point.starts_with("/sys") || entry.source == "cg") continue;
                        MUST_SHOWING(entry.has("ro") && entry.tags.empty(), entry.point);
                        ++below;
                      }
                      MUST(below >= 1);
                      MUST(view.at("/sys/fs/cgroup").source == "cg");
                      return "";
                    },
                    kWithoutNetwork));
  const std::string text = run(R"({"destination": "/sys", "type": "sysfs", "source": "sysfs"})", nothing_to_prepare,
                               nothing_more, kWithoutNetwork);
  EXPECT_NE(text.find("operation not permitted (in a user namespace a sysfs takes a network namespace of its own"),
            std::string::npos)
      << text;
}

TEST(UserNamespace, ASourceThatOurIdsMayNotSeeIsTheClonedOne) {
  const auto prepare = [](const World& world) -> std::string {
    MUST(make_dir(world.dir + "/closed", 0700) && make_dir(world.dir + "/closed/d"));
    MUST(make_file(world.dir + "/closed/d/x", "seen"));
    MUST(make_link(world.dir + "/closed/d", world.bundle + "/source"));
    return "";
  };
  EXPECT_EQ("", run(R"({"destination": "/d", "source": "source", "options": ["rbind", "ro"]})", prepare,
                    [](const View& view) -> std::string {
                      MUST(content_of("/d/x") == "seen" && view.at("/d").has("ro"));
                      return "";
                    }));
}

TEST(UserNamespace, AnotherSourceThanTheCheckedOneIsRefused) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              const std::string d = world.bundle + "/d";
              MUST(make_dir(d));
              const Container container = {.mounts = R"({"destination": "/d", "source": "d", "options": ["bind"]})",
                                           .user_namespace = true};
              const Result<Plan> plan = plan_of(world, container);
              MUST(plan.ok());
              MUST(::rename(d.c_str(), (d + ".old").c_str()) == 0 && make_dir(d));
              const std::string text = start_mapped(world, plan.value(), nothing_more);
              MUST_SHOWING(text.find("the source is not what it was") != std::string::npos, text);
              return "";
            }));
}

TEST(UserNamespace, AHostNodeThatIsNotTheDeviceIsRefused) {
  const auto prepare = [](const World& world) -> std::string {
    MUST(make_file(world.dir + "/fake", "fake") &&
         ::mount((world.dir + "/fake").c_str(), "/dev/zero", nullptr, MS_BIND, nullptr) == 0);
    return "";
  };
  EXPECT_EQ("build: make device `/dev/zero`: what is at `/dev/zero` on the host is not device c 1:5",
            run(kUsualMounts, prepare, nothing_more));
}

TEST(UserNamespace, Masks) {
  const auto prepare = [](const World& world) -> std::string {
    MUST(make_dir(world.in_rootfs("/etc")) && make_file(world.in_rootfs("/etc/secret"), "SECRET"));
    return "";
  };
  EXPECT_EQ("", run(kUsualMounts, prepare, [](const View& view) -> std::string {
              MUST(content_of("/etc/secret").empty() && is_device("/etc/secret", S_IFCHR, 1, 3));
              MUST(view.at("/etc/secret").has("ro"));
              return "";
            }));
}

}  // namespace
}  // namespace brig::mounts::testing
