// In a user namespace: devices are the host's nodes, and what the host locked stays locked.
#include <gtest/gtest.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

// init with uid 0 of the namespace being 100000 outside; the rootfs belongs to it.
std::string start_mapped(const World& world, const Plan& plan, const Inside& inside) {
  if (::chown(world.rootfs.c_str(), 100000, 100000) != 0) return "chown failed";
  int ready[2], mapped[2];
  if (::pipe(ready) != 0 || ::pipe(mapped) != 0) return "pipe failed";
  const pid_t self = ::getpid();
  const pid_t writer = ::fork();
  if (writer == 0) {
    pid_t pid = 0;
    if (::read(ready[0], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    const std::string proc = "/proc/" + std::to_string(pid);
    const bool both =
        make_file(proc + "/gid_map", "0 100000 65536", 0) | make_file(proc + "/uid_map", "0 100000 65536", 0);
    (void)both;
    (void)!::write(mapped[1], "x", 1);
    ::_exit(0);
  }
  const std::string text = in_child(0, [&]() -> std::string {
    (void)self;
    MUST(::unshare(CLONE_NEWUSER) == 0);
    const pid_t pid = ::getpid();
    char c;
    MUST(::write(ready[1], &pid, sizeof pid) == sizeof pid && ::read(mapped[0], &c, 1) == 1);
    MUST(::setresgid(0, 0, 0) == 0 && ::setresuid(0, 0, 0) == 0);
    MUST(::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC) == 0);
    const pid_t inner = ::fork();  // a procfs wants a process of the new pid namespace
    if (inner == 0) {
      const std::string wrong = play_init(plan, inside);
      (void)!::write(2, wrong.data(), wrong.size());
      ::_exit(wrong.empty() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(inner, &status, 0);
    return status == 0 ? "" : "failed, see above";
  });
  ::waitpid(writer, nullptr, 0);
  return text;
}

std::string run(const std::string& mounts, const std::function<std::string(const World&)>& prepare,
                const Inside& inside) {
  return in_world([&](const World& world) -> std::string {
    const std::string wrong = prepare(world);
    if (!wrong.empty()) return wrong;
    MUST(::chmod(world.dir.c_str(), 0755) == 0);
    const Result<Plan> plan =
        plan_of(world, {.mounts = mounts, .masked_paths = R"("/etc/secret")", .user_namespace = true});
    if (!plan.ok()) return plan.error().to_string();
    return start_mapped(world, plan.value(), inside);
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
  EXPECT_NE("", run(bind + R"(, "rw"]})", prepare, nothing_more)) << "a locked flag was cleared, or silently kept";
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
