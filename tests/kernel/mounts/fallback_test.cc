// The kernels between 5.10 and 5.12 have no mount_setattr(2): the same mounts by the older way, with the call denied.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

bool deny_mount_setattr() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount_setattr, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter = {.len = 4, .filter = program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

std::string run(const Container& container, const Inside& inside) {
  return in_world([&](const World& world) -> std::string {
    MUST(make_dir(world.bundle + "/d") && make_file(world.bundle + "/f", "of the host"));
    MUST(::mount("d", (world.bundle + "/d").c_str(), "tmpfs", MS_NOSUID | MS_NODEV, nullptr) == 0);
    MUST(::mount(nullptr, world.dir.c_str(), nullptr, MS_SHARED | MS_REC, nullptr) == 0);
    MUST(make_dir(world.in_rootfs("/etc")) && make_file(world.in_rootfs("/etc/secret"), "SECRET"));
    MUST(make_file(world.in_rootfs("/etc/ro"), "kept") && make_dir(world.in_rootfs("/hidden")));
    MUST(deny_mount_setattr());
    return start(world, container, inside);
  });
}

TEST(WithoutMountSetattr, FlagsOfBinds) {
  const Container container = {.mounts =
                                   std::string(kUsualMounts) +
                                   R"(, {"destination": "/d", "source": "d", "options": ["rbind", "ro", "noatime"]},
                                            {"destination": "/s", "source": "d", "options": ["bind", "suid"]},
                                            {"destination": "/f", "source": "f", "options": ["bind", "ro", "noexec"]})"};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              const MountEntry d = view.at("/d"), s = view.at("/s"), f = view.at("/f");
              MUST_SHOWING(d.has("ro") && d.has("noatime") && d.has("nosuid") && d.has("nodev"), d.options);
              MUST_SHOWING(s.has("rw") && !s.has("nosuid") && s.has("nodev"), s.options);
              MUST_SHOWING(f.has("ro") && f.has("noexec") && content_of("/f") == "of the host", f.options);
              MUST(d.tags.empty() && f.tags.empty() && view.at("/").tags.empty());
              return "";
            }));
}

TEST(WithoutMountSetattr, MasksAndReadonlyPaths) {
  const Container container = {
      .mounts =
          std::string(kUsualMounts) + R"(, {"destination": "/run", "type": "tmpfs", "source": "r", "options": ["ro"]})",
      .masked_paths = R"("/etc/secret", "/hidden", "/etc/none")",
      .readonly_paths = R"("/etc/ro", "/proc/sys")",
      .readonly_root = true};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              MUST(content_of("/etc/secret").empty() && is_device("/etc/secret", S_IFCHR, 1, 3));
              MUST(view.at("/etc/secret").has("ro") && view.at("/etc/secret").has("nosuid"));
              MUST(entries_in("/hidden") == 0 && view.at("/hidden").has("ro"));
              MUST(content_of("/etc/ro") == "kept" && try_to_write("/etc/ro") == EROFS);
              MUST(view.at("/proc/sys").has("ro") && view.at("/run").has("ro") && view.at("/").has("ro"));
              char cwd[64];
              MUST(::getcwd(cwd, sizeof cwd) != nullptr && std::string(cwd) == "/");
              return "";
            }));
}

TEST(WithoutMountSetattr, MasksWithoutAProcInTheContainer) {
  EXPECT_EQ("", run({.masked_paths = R"("/etc/secret")"}, [](const View& view) -> std::string {
              MUST(content_of("/etc/secret").empty() && view.at("/etc/secret").has("ro"));
              return "";
            }));
}

TEST(WithoutMountSetattr, FlagsForAWholeTreeAreRefused) {
  const std::string text =
      run({.mounts = R"({"destination": "/d", "source": "d", "options": ["rbind", "rro"]})"}, nothing_more);
  EXPECT_EQ("build: mount `/d` (/mounts/0): mount flags for a whole tree need mount_setattr(2), Linux 5.12", text);
}

}  // namespace
}  // namespace brig::mounts::testing
