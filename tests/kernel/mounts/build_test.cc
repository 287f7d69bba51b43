// Every kind of mount, read back from the kernel.
#include <gtest/gtest.h>

#include <sys/xattr.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

std::string run(
    const Container& container, const Inside& inside,
    const std::function<std::string(const World&)>& prepare = [](const World&) { return std::string(); }) {
  return in_world([&](const World& world) {
    const std::string wrong = prepare(world);
    return wrong.empty() ? start(world, container, inside) : wrong;
  });
}

TEST(Build, TheUsualContainer) {
  EXPECT_EQ(
      "", run({.mounts = kUsualMounts}, [](const View& view) -> std::string {
        MUST(view.at("/proc").type == "proc" && view.at("/proc").source == "proc");
        MUST(view.at("/dev").type == "tmpfs" && view.at("/dev").has("nosuid") && !view.at("/dev").has("relatime"));
        MUST(view.at("/dev/pts").type == "devpts" && view.at("/dev/pts").super_has("gid=5"));
        MUST(view.at("/dev/pts").super_has("ptmxmode=666") && view.at("/dev/pts").has("noexec"));
        MUST(view.at("/dev/shm").super_has("size=65536k") && view.at("/dev/shm").source == "shm");
        MUST(view.at("/dev/mqueue").type == "mqueue");
        MUST(view.at("/sys").type == "sysfs" && view.at("/sys").has("ro") && view.at("/sys").super_has("rw"));
        MUST_SHOWING(view.table().size() == 7, std::to_string(view.table().size()));
        MUST((stat_of("/dev").st_mode & 07777) == 0755 && (stat_of("/dev/shm").st_mode & 07777) == 01777);
        return "";
      }));
}

TEST(Build, DevicesAndLinks) {
  EXPECT_EQ("", run({.mounts = kUsualMounts}, [](const View&) -> std::string {
              MUST(is_device("/dev/null", S_IFCHR, 1, 3) && is_device("/dev/zero", S_IFCHR, 1, 5));
              MUST(is_device("/dev/full", S_IFCHR, 1, 7) && is_device("/dev/random", S_IFCHR, 1, 8));
              MUST(is_device("/dev/urandom", S_IFCHR, 1, 9) && is_device("/dev/tty", S_IFCHR, 5, 0));
              MUST((stat_of("/dev/null").st_mode & 07777) == 0666 && stat_of("/dev/null").st_uid == 0);
              MUST(link_of("/dev/fd") == "/proc/self/fd" && link_of("/dev/stdin") == "/proc/self/fd/0");
              MUST(link_of("/dev/stdout") == "/proc/self/fd/1" && link_of("/dev/stderr") == "/proc/self/fd/2");
              MUST(link_of("/dev/ptmx") == "pts/ptmx");
              MUST((link_of("/dev/core") == "/proc/kcore") == (::access("/proc/kcore", F_OK) == 0));
              return "";
            }));
}

TEST(Build, ConfiguredDevicesHaveTheirModeAndOwner) {
  const Container container = {
      .mounts = kUsualMounts,
      .devices = R"({"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 432, "uid": 7, "gid": 8},
                    {"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 384},
                    {"path": "/opt/deep/disk", "type": "b", "major": 7, "minor": 200},
                    {"path": "/dev/queue", "type": "p"}, {"path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2})"};
  EXPECT_EQ("", run(container, [](const View&) -> std::string {
              const struct stat fuse = stat_of("/dev/fuse");
              MUST(is_device("/dev/fuse", S_IFCHR, 10, 229) && (fuse.st_mode & 07777) == 0660);
              MUST(fuse.st_uid == 7 && fuse.st_gid == 8);
              MUST((stat_of("/dev/null").st_mode & 07777) == 0600);
              MUST(is_device("/opt/deep/disk", S_IFBLK, 7, 200) && S_ISFIFO(stat_of("/dev/queue").st_mode));
              MUST(link_of("/dev/ptmx") == "pts/ptmx");
              return "";
            }));
}

TEST(Build, AnExistingNodeStaysIfItIsTheDevice) {
  const auto prepare = [](const World& world) -> std::string {
    MUST(make_dir(world.in_rootfs("/dev")) &&
         ::mknod(world.in_rootfs("/dev/null").c_str(), S_IFCHR | 0640, makedev(1, 3)) == 0);
    MUST(make_file(world.in_rootfs("/dev/ptmx"), "of the image") && make_file(world.in_rootfs("/dev/stdin"), "kept"));
    return "";
  };
  EXPECT_EQ("", run(
                    {},
                    [](const View&) -> std::string {
                      MUST((stat_of("/dev/null").st_mode & 07777) == 0640);
                      MUST(link_of("/dev/ptmx") == "pts/ptmx" && content_of("/dev/stdin") == "kept");
                      return "";
                    },
                    prepare));
}

TEST(Build, ABindOnDevIsLeftAlone) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              MUST(make_dir(world.dir + "/mydev"));
              const Container container = {.mounts = R"({"destination": "/dev", "source": ")" + world.dir +
                                                     R"(/mydev", "options": ["bind", "ro"]})"};
              return start(world, container, [](const View& view) -> std::string {
                MUST(entries_in("/dev") == 0);
                MUST(view.at("/dev").has("ro"));
                return "";
              });
            }));
}

TEST(Build, BindsOfFilesAndDirectoriesMakeTheirDestinations) {
  EXPECT_EQ(
      "", in_world([](const World& world) -> std::string {
        MUST(make_dir(world.bundle + "/data") && make_file(world.bundle + "/data/x", "of the host"));
        MUST(::mkdir((world.bundle + "/data/sub").c_str(), 0755) == 0);
        MUST(::mount("inner", (world.bundle + "/data/sub").c_str(), "tmpfs", 0, nullptr) == 0);
        MUST(make_file(world.bundle + "/data/sub/deep", "deep"));
        const Container container = {.mounts = R"({"destination": "/a/b/dir", "source": "data", "options": ["bind"]},
                               {"destination": "/tree", "source": "data", "options": ["rbind"]},
                               {"destination": "/etc/file", "source": ")" +
                                               world.bundle + R"(/data/x", "options": ["bind", "ro"]})"};
        return start(world, container, [](const View& view) -> std::string {
          MUST(content_of("/a/b/dir/x") == "of the host" && entries_in("/a/b/dir/sub") == 0);
          MUST(content_of("/tree/sub/deep") == "deep" && view.at("/tree/sub").source == "inner");
          MUST(content_of("/etc/file") == "of the host" && try_to_write("/etc/file") == EROFS);
          MUST(try_to_write("/tree/x") == 0);
          MUST(view.at("/tree").tags.empty() && view.at("/tree/sub").tags.empty());
          return "";
        });
      }));
}

TEST(Build, MountsAreDoneInTheirOrder) {
  EXPECT_EQ("", run({.mounts = R"({"destination": "/m", "type": "tmpfs", "source": "first"},
                                  {"destination": "/m/in", "type": "tmpfs", "source": "inner"},
                                  {"destination": "/m", "type": "tmpfs", "source": "second"})"},
                    [](const View& view) -> std::string {
                      MUST(view.count("/m") == 2 && view.at("/m").source == "second");
                      MUST(entries_in("/m") == 0);
                      return "";
                    }));
}

TEST(Build, ATmpfsHasTheModeOfTheDirectoryItCovers) {
  const auto prepare = [](const World& world) -> std::string {
    MUST(make_dir(world.in_rootfs("/run"), 0710));
    return "";
  };
  EXPECT_EQ("", run(
                    {.mounts = R"({"destination": "/run", "type": "tmpfs", "source": "tmpfs"},
                                  {"destination": "/new", "type": "tmpfs", "source": "tmpfs"})"},
                    [](const View&) -> std::string {
                      MUST((stat_of("/run").st_mode & 07777) == 0710);
                      MUST((stat_of("/new").st_mode & 07777) == 01777);
                      return "";
                    },
                    prepare));
}

TEST(Build, AReadonlyTmpfsIsOneOnlyWhenItsMountPointsAreMade) {
  EXPECT_EQ("", run({.mounts = R"({"destination": "/run", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]},
                                  {"destination": "/run/inner", "type": "tmpfs", "source": "tmpfs"},
                                  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]})"},
                    [](const View& view) -> std::string {
                      MUST(view.at("/run").has("ro") && view.at("/run/inner").has("rw") && view.at("/dev").has("ro"));
                      MUST(try_to_write("/run/x") == EROFS && try_to_write("/run/inner/x") == 0);
                      MUST(try_to_write("/dev/x") == EROFS && is_device("/dev/null", S_IFCHR, 1, 3));
                      return "";
                    }));
}

TEST(Build, ReadonlyFileSystemsAreSoThemselvesUnlessOthersShareThem) {
  EXPECT_EQ("", run({.mounts = R"({"destination": "/proc", "type": "proc", "source": "proc", "options": ["ro"]},
                                  {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]})",
                     .network_namespace = true},
                    [](const View& view) -> std::string {
                      MUST(view.at("/proc").has("ro") && view.at("/proc").super_has("ro"));
                      MUST(view.at("/sys").has("ro") && view.at("/sys").super_has("rw"));
                      return "";
                    }));
}

TEST(Build, TmpcopyupCopiesWhatIsThere) {
  const auto prepare = [](const World& world) -> std::string {
    const std::string home = world.in_rootfs("/home");
    MUST(make_dir(home, 0750) && ::chown(home.c_str(), 3, 4) == 0);
    MUST(make_file(home + "/file", "text", 04711) && ::chown((home + "/file").c_str(), 5, 6) == 0);
    MUST(::chmod((home + "/file").c_str(), 04711) == 0);
    MUST(make_dir(home + "/dir", 01777) && make_file(home + "/dir/inner", std::string(100000, 'x')));
    MUST(make_link("/etc/passwd", home + "/link") && ::lchown((home + "/link").c_str(), 9, 9) == 0);
    MUST(::mkfifo((home + "/fifo").c_str(), 0600) == 0);
    MUST(::mknod((home + "/node").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0);
    return "";
  };
  EXPECT_EQ("",
            run(
                {.mounts = R"({"destination": "/home", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]})"},
                [](const View& view) -> std::string {
                  MUST(view.at("/home").type == "tmpfs");
                  const struct stat home = stat_of("/home"), file = stat_of("/home/file");
                  MUST((home.st_mode & 07777) == 0750 && home.st_uid == 3 && home.st_gid == 4);
                  MUST(content_of("/home/file") == "text");
                  MUST((file.st_mode & 07777) == 04711 && file.st_uid == 5 && file.st_gid == 6);
                  MUST((stat_of("/home/dir").st_mode & 07777) == 01777);
                  MUST(content_of("/home/dir/inner") == std::string(100000, 'x'));
                  MUST(link_of("/home/link") == "/etc/passwd" && stat_of("/home/link").st_uid == 9);
                  MUST(S_ISFIFO(stat_of("/home/fifo").st_mode) && is_device("/home/node", S_IFCHR, 1, 5));
                  return "";
                },
                prepare));
}

// Sets an attribute; the test's machine has them on tmpfs (Linux 6.6 for "user.").
bool set_attribute(const std::string& path, const char* name, std::string_view value) {
  return ::setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
}
std::string attribute_of(const std::string& path, const char* name) {
  char buffer[256];
  const ssize_t n = ::getxattr(path.c_str(), name, buffer, sizeof buffer);
  return n < 0 ? std::string("?") : std::string(buffer, static_cast<std::size_t>(n));
}

// linux/capability.h: VFS_CAP_REVISION_2, cap_net_raw permitted and effective.
constexpr std::string_view kNetRaw("\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
// linux/posix_acl_xattr.h, version 2: rw for the owner and user 7, r for group and others, mask rw.
constexpr std::string_view kUserSevenMayWrite(
    "\2\0\0\0"
    "\1\0\6\0\377\377\377\377"
    "\2\0\6\0\7\0\0\0"
    "\4\0\4\0\377\377\377\377"
    "\20\0\6\0\377\377\377\377"
    "\40\0\4\0\377\377\377\377",
    44);

TEST(Build, TmpcopyupCopiesAttributes) {
  const auto prepare = [](const World& world) -> std::string {
    const std::string home = world.in_rootfs("/home");
    MUST(make_dir(home) && make_dir(home + "/dir") && make_file(home + "/ping", "x", 0755));
    MUST(::chown((home + "/ping").c_str(), 5, 6) == 0 && make_file(home + "/acl", "x"));
    MUST(set_attribute(home + "/ping", "security.capability", kNetRaw));
    MUST(set_attribute(home, "trusted.top", "a") && set_attribute(home + "/dir", "trusted.sub", "b"));
    MUST(set_attribute(home + "/acl", "system.posix_acl_access", kUserSevenMayWrite));
    return "";
  };
  EXPECT_EQ("",
            run(
                {.mounts = R"({"destination": "/home", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]})"},
                [](const View& view) -> std::string {
                  MUST(view.at("/home").type == "tmpfs" && stat_of("/home/ping").st_uid == 5);
                  MUST(attribute_of("/home/ping", "security.capability") == kNetRaw);
                  MUST(attribute_of("/home", "trusted.top") == "a" && attribute_of("/home/dir", "trusted.sub") == "b");
                  MUST(attribute_of("/home/acl", "system.posix_acl_access") == kUserSevenMayWrite);
                  return "";
                },
                prepare));
}

bool has_overlayfs() { return content_of("/proc/filesystems").find("\toverlay\n") != std::string::npos; }

// The host's directories as layers of an overlay whose option is longer than fsconfig(2) takes.
TEST(Build, LongOptionsOfAFileSystem) {
  if (!has_overlayfs()) GTEST_SKIP() << "this kernel has no overlayfs";
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              std::string layers;
              for (int i = 0; i < 20; ++i) {
                const std::string layer = world.dir + "/a-layer-with-a-long-name-" + std::to_string(i);
                MUST(make_dir(layer) && make_file(layer + "/in" + std::to_string(i), "seen"));
                layers += (i == 0 ? "" : ":") + layer;
              }
              MUST(layers.size() > 255);
              const Container container = {.mounts = R"({"destination": "/o", "type": "overlay", "source": "overlay",
                  "options": ["nodev", "noatime", "sync", "lowerdir=)" +
                                                     layers + "\"]}"};
              return start(world, container, [](const View& view) -> std::string {
                const MountEntry o = view.at("/o");
                MUST_SHOWING(o.type == "overlay" && o.has("nodev") && o.has("noatime") && o.has("rw"), o.options);
                MUST(o.super_has("sync") && o.tags.empty() && view.count("/o") == 1 && view.table().size() == 2);
                MUST(content_of("/o/in0") == "seen" && content_of("/o/in19") == "seen");
                return "";
              });
            }));
}

TEST(Build, LongOptionsThatOneStringCanNotHoldAreRefused) {
  const auto with_layers = [](const std::string& layers) {
    return run({.mounts = R"({"destination": "/o", "type": "overlay", "source": "overlay", "options": ["lowerdir=)" +
                          layers + "\"]}"},
               nothing_more);
  };
  EXPECT_EQ("build: mount `/o` (/mounts/0): mount options of more than 4095 bytes",
            with_layers(std::string(4096, 'x')));
  const std::string comma = with_layers(R"(/a\\,b)" + std::string(300, 'x'));
  EXPECT_NE(comma.find("mount option lowerdir: has a comma"), std::string::npos) << comma;
  if (!has_overlayfs()) GTEST_SKIP() << "this kernel has no overlayfs";
  EXPECT_EQ("build: mount `/o` (/mounts/0): mount `overlay`: no such file or directory",
            with_layers(std::string(256, 'x')));
}

TEST(Build, RemountChangesFlagsOfWhatIsThere) {
  EXPECT_EQ("", run({.mounts = R"({"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]},
                                  {"destination": "/t", "options": ["remount", "ro", "noexec"]})"},
                    [](const View& view) -> std::string {
                      MUST(view.count("/t") == 1 && view.at("/t").has("ro") && view.at("/t").has("noexec"));
                      MUST(view.at("/t").has("nosuid"));
                      return "";
                    }));
  const std::string wrong =
      run({.mounts = R"({"destination": "/x", "options": ["remount", "size=5k"]})"}, nothing_more);
  EXPECT_EQ(
      "plan: config.json: /mounts/0/options: no earlier mount makes the file system there, whose option "
      "\"size=5k\" is",
      wrong);
}

TEST(Build, RemountChangesOptionsOfAFileSystemOfTheContainer) {
  EXPECT_EQ("", run({.mounts = R"({"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["size=4k"]},
                                  {"destination": "/t/in", "type": "tmpfs", "source": "tmpfs"},
                                  {"destination": "/t", "options": ["remount", "size=8k", "sync", "ro"]})"},
                    [](const View& view) -> std::string {
                      MUST(view.at("/t").super_has("size=8k") && view.at("/t").super_has("sync"));
                      MUST(view.at("/t").has("ro") && view.at("/t/in").has("rw"));
                      return "";
                    }));
}

TEST(Build, RemountOfAHostsFileSystemIsRefused) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              MUST(make_dir(world.bundle + "/d"));
              const std::string bind = R"({"destination": "/d", "source": "d", "options": ["bind"]}, )";
              const std::string wrong = start(
                  world, {.mounts = bind + R"({"destination": "/d", "options": ["remount", "sync"]})"}, nothing_more);
              MUST_SHOWING(wrong.starts_with("plan: config.json: /mounts/1/options: no earlier mount"), wrong);
              return "";
            }));
}

TEST(Build, ErrorsNameTheMount) {
  const auto wrong = [](const std::string& mount) { return run({.mounts = mount}, nothing_more); };
  EXPECT_EQ("plan: mount `/etc/hosts` (/mounts/0): open_tree `/no/such`: no such file or directory",
            wrong(R"({"destination": "/etc/hosts", "source": "/no/such", "options": ["bind"]})"));
  EXPECT_EQ(
      "build: mount `/x` (/mounts/0): fsopen `nofs`: no such device (this kernel has no such file system: see "
      "/proc/filesystems)",
      wrong(R"({"destination": "/x", "type": "nofs", "source": "nofs"})"));
  EXPECT_EQ("build: mount `/x` (/mounts/0): fsconfig `size=zz`: invalid argument (tmpfs: Bad value for 'size')",
            wrong(R"({"destination": "/x", "type": "tmpfs", "options": ["size=zz"]})"));
  const std::string mixed = in_world([](const World& world) -> std::string {
    MUST(make_dir(world.in_rootfs("/dir")) && make_file(world.bundle + "/f", ""));
    return start(world, {.mounts = R"({"destination": "/dir", "source": "f", "options": ["bind"]})"}, nothing_more);
  });
  EXPECT_EQ(
      "build: mount `/dir` (/mounts/0): mount: not a directory (the source is a file, and there is a directory at the "
      "destination)",
      mixed);
}

TEST(Build, WithoutPivot) {
  EXPECT_EQ("", run({.mounts = kUsualMounts, .no_pivot = true}, [](const View&) -> std::string {
              char cwd[64];
              MUST(::getcwd(cwd, sizeof cwd) != nullptr && std::string(cwd) == "/");
              MUST(is_device("/dev/null", S_IFCHR, 1, 3) && ::access("/tmp", F_OK) == -1);
              return "";
            }));
}

TEST(Build, NothingOfTheOldRootIsLeft) {
  EXPECT_EQ("", run({.mounts = kUsualMounts}, [](const View& view) -> std::string {
              char cwd[64];
              MUST(::getcwd(cwd, sizeof cwd) != nullptr && std::string(cwd) == "/");
              MUST(::access("/tmp", F_OK) == -1 && ::access("/usr", F_OK) == -1);
              MUST(view.count("/") == 1 && view.at("/").root == "/bundle/rootfs");
              return "";
            }));
}

TEST(Build, AnotherRootfsThanTheCheckedOneIsRefused) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              const Result<Plan> plan = plan_of(world, {});
              MUST(plan.ok());
              MUST(::rename(world.rootfs.c_str(), (world.bundle + "/old").c_str()) == 0 && make_dir(world.rootfs));
              const std::string wrong = in_child(CLONE_NEWNS, [&] { return play_init(plan.value(), nothing_more); });
              MUST_SHOWING(wrong.find("the rootfs is not the directory") != std::string::npos, wrong);
              return "";
            }));
}

TEST(Build, WithoutAMountNamespaceItIsAChrootWithDevices) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              oci::Config config;
              config.root.path = "rootfs";
              Result<oci::ValidConfig> valid = oci::validate(config);
              MUST(valid.ok());
              const Result<Plan> plan = make_plan(valid.value(), world.bundle, {}, false);
              MUST(plan.ok());
              const std::size_t before = View(::open("/proc", O_PATH)).table().size();
              const std::string wrong = in_child(0, [&] {
                return play_init(plan.value(), [&](const View& view) -> std::string {
                  MUST(is_device("/dev/null", S_IFCHR, 1, 3) && ::access("/tmp", F_OK) == -1);
                  // Only what is below the root is shown: nothing, as nothing was mounted.
                  MUST(view.table().empty());
                  return "";
                });
              });
              MUST_SHOWING(wrong.empty(), wrong);
              MUST(View(::open("/proc", O_PATH)).table().size() == before);
              return "";
            }));
}

}  // namespace
}  // namespace brig::mounts::testing
