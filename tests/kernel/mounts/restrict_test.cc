// Masked and read-only paths, and the read-only root.
#include <gtest/gtest.h>
#include <sys/statvfs.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

std::string prepare(const World& world) {
  MUST(make_dir(world.in_rootfs("/etc")) && make_file(world.in_rootfs("/etc/secret"), "SECRET"));
  MUST(make_file(world.in_rootfs("/etc/other"), "SECRET") && make_dir(world.in_rootfs("/d")));
  MUST(make_file(world.in_rootfs("/d/x"), "SECRET") && make_dir(world.in_rootfs("/e")));
  MUST(make_file(world.in_rootfs("/e/x"), "SECRET") && make_link("/etc/other", world.in_rootfs("/link")));
  return "";
}

std::string run(const Container& container, const Inside& inside) {
  return in_world([&](const World& world) {
    const std::string wrong = prepare(world);
    return wrong.empty() ? start(world, container, inside) : wrong;
  });
}

TEST(Restrict, MaskedFilesAreEmptyAndDirectoriesToo) {
  const Container container = {.masked_paths =
                                   R"("/etc/secret", "/d", "/link", "/e", "/none", "/none/x", "/etc/secret/x")"};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              MUST(content_of("/etc/secret").empty() && content_of("/etc/other").empty());
              MUST(is_device("/etc/other", S_IFCHR, 1, 3));
              MUST(entries_in("/d") == 0 && entries_in("/e") == 0);
              MUST(try_to_write("/d/new") == EROFS && try_to_write("/e/new") == EROFS);
              MUST(view.at("/d").has("ro") && view.at("/d").has("nosuid") && view.at("/d").has("nodev"));
              return "";
            }));
}

TEST(Restrict, TheHostsNullDeviceCanNotBeChangedThroughAMask) {
  const Container container = {.masked_paths = R"("/etc/secret", "/etc/other")"};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              // To what they are: nothing happens to the machine if this doesn't hold.
              for (const char* path : {"/etc/secret", "/etc/other"}) {
                MUST(view.at(path).has("ro") && view.at(path).has("nosuid") && view.at(path).has("noexec"));
                MUST(::chmod(path, 0666) == -1 && errno == EROFS);
                MUST(::chown(path, 0, 0) == -1 && errno == EROFS);
                MUST(content_of(path).empty() && try_to_write(path) == 0);
              }
              return "";
            }));
  const struct stat null = stat_of("/dev/null");
  EXPECT_EQ(null.st_mode, static_cast<mode_t>(S_IFCHR | 0666));
}

TEST(Restrict, AHostWithoutANullDeviceCanNotMask) {
  const std::string text = in_world([](const World& world) -> std::string {
    const std::string wrong = prepare(world);
    MUST_SHOWING(wrong.empty(), wrong);
    MUST(::mount("/dev/zero", "/dev/null", nullptr, MS_BIND, nullptr) == 0);
    return start(world, {.masked_paths = R"("/etc/secret")"}, nothing_more);
  });
  EXPECT_EQ("build: prepare masks: the host's /dev/null is not the null device", text);
}

TEST(Restrict, DuplicatesAreOneMount) {
  const Container container = {.masked_paths = R"("/etc/secret", "/etc//secret", "/d", "/d/")",
                               .readonly_paths = R"("/e", "/e/.")"};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              MUST(view.count("/etc/secret") == 1 && view.count("/d") == 1 && view.count("/e") == 1);
              return "";
            }));
}

TEST(Restrict, ReadonlyPathsKeepTheFlagsOfTheirMount) {
  const Container container = {
      .mounts = R"({"destination": "/t", "type": "tmpfs", "source": "t", "options": ["nosuid", "nodev", "noexec"]},
                   {"destination": "/t/below", "type": "tmpfs", "source": "below"})",
      .readonly_paths = R"("/t", "/etc/other", "/none", "/d")"};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              const MountEntry t = view.at("/t");
              MUST_SHOWING(t.has("ro") && t.has("nosuid") && t.has("nodev") && t.has("noexec"), t.options);
              MUST(try_to_write("/t/x") == EROFS && try_to_write("/d/y") == EROFS);
              MUST(try_to_write("/etc/other") == EROFS && content_of("/etc/other") == "SECRET");
              MUST(try_to_write("/t/below/x") == 0 && view.at("/t/below").source == "below");
              return "";
            }));
}

TEST(Restrict, ReadonlyAndMaskedInProc) {
  const Container container = {.mounts = kUsualMounts,
                               .masked_paths = R"("/proc/kcore", "/proc/keys", "/proc/scsi", "/proc/acpi")",
                               .readonly_paths = R"("/proc/sys", "/proc/irq", "/proc/sysrq-trigger")"};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              MUST(view.at("/proc/sys").type == "proc" && view.at("/proc/sys").has("ro"));
              MUST(::open("/proc/sys/kernel/domainname", O_WRONLY | O_CLOEXEC) == -1 && errno == EROFS);
              MUST(::access("/proc/keys", F_OK) == -1 || content_of("/proc/keys").empty());
              return "";
            }));
}

TEST(Restrict, ReadonlyRoot) {
  const Container container = {.mounts = R"({"destination": "/w", "type": "tmpfs", "source": "w"})",
                               .readonly_root = true};
  EXPECT_EQ("", run(container, [](const View& view) -> std::string {
              MUST(view.at("/").has("ro") && try_to_write("/etc/x") == EROFS && try_to_write("/w/x") == 0);
              return "";
            }));
}

TEST(Restrict, ReadonlyIsNotUndoneWithoutPrivilege) {
  const Container container = {.readonly_paths = R"("/etc")", .readonly_root = true};
  EXPECT_EQ("", run(container, [](const View&) -> std::string {
              MUST(::setresuid(1000, 1000, 1000) == 0);
              MUST(::mount(nullptr, "/etc", nullptr, MS_REMOUNT | MS_BIND, nullptr) == -1 && errno == EPERM);
              MUST(::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND, nullptr) == -1 && errno == EPERM);
              return "";
            }));
}

}  // namespace
}  // namespace brig::mounts::testing
