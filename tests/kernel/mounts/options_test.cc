// Every flag of config.md#linux-mount-options, set and cleared, on new file systems, binds, and whole trees.
#include <gtest/gtest.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

struct Flag {
  const char* option;   // in the config
  const char* without;  // the option that takes it back
  const char* shown;    // in mountinfo
};

// MOUNT_ATTR_NOSYMFOLLOW is Linux 5.14.
constexpr Flag kFlags[] = {{"ro", "rw", "ro"},
                           {"nosuid", "suid", "nosuid"},
                           {"nodev", "dev", "nodev"},
                           {"noexec", "exec", "noexec"},
                           {"noatime", "atime", "noatime"},
                           {"nodiratime", "diratime", "nodiratime"},
                           {"nosymfollow", "symfollow", "nosymfollow"}};

std::string in_quotes(std::string_view word) { return "\"" + std::string(word) + "\""; }

// A bind of `bundle/source` at /m; `source_flags` are those of the source's mount, below it is another one.
std::string bind_with(unsigned long source_flags, const std::string& options, const Inside& inside) {
  return in_world([&](const World& world) -> std::string {
    const std::string source = world.bundle + "/source";
    MUST(make_dir(source) && ::mount("outer", source.c_str(), "tmpfs", 0, nullptr) == 0);
    MUST(make_dir(source + "/below") && ::mount("inner", (source + "/below").c_str(), "tmpfs", 0, nullptr) == 0);
    if (source_flags != 0) {
      MUST(::mount(nullptr, source.c_str(), nullptr, MS_REMOUNT | MS_BIND | source_flags, nullptr) == 0);
      MUST(::mount(nullptr, (source + "/below").c_str(), nullptr, MS_REMOUNT | MS_BIND | source_flags, nullptr) == 0);
    }
    return start(world, {.mounts = R"({"destination": "/m", "source": "source", "options": [)" + options + "]}"},
                 inside);
  });
}

TEST(Options, SetOnANewFileSystem) {
  for (const Flag& flag : kFlags) {
    const std::string mount =
        R"({"destination": "/m", "type": "tmpfs", "source": "t", "options": [)" + in_quotes(flag.option) + "]}";
    EXPECT_EQ("", in_world([&](const World& world) {
                return start(world, {.mounts = mount}, [&](const View& view) -> std::string {
                  MUST_SHOWING(view.at("/m").has(flag.shown), view.at("/m").options);
                  return "";
                });
              }))
        << flag.option;
  }
}

TEST(Options, SetOnTheTopOfABindOnly) {
  for (const Flag& flag : kFlags)
    EXPECT_EQ("", bind_with(0, R"("rbind", )" + in_quotes(flag.option),
                            [&](const View& view) -> std::string {
                              MUST_SHOWING(view.at("/m").has(flag.shown), view.at("/m").options);
                              MUST_SHOWING(!view.at("/m/below").has(flag.shown), view.at("/m/below").options);
                              return "";
                            }))
        << flag.option;
}

TEST(Options, SetOnAWholeTree) {
  for (const Flag& flag : kFlags)
    EXPECT_EQ("", bind_with(0, R"("rbind", )" + in_quotes("r" + std::string(flag.option)),
                            [&](const View& view) -> std::string {
                              MUST_SHOWING(view.at("/m").has(flag.shown), view.at("/m").options);
                              MUST_SHOWING(view.at("/m/below").has(flag.shown), view.at("/m/below").options);
                              return "";
                            }))
        << flag.option;
}

constexpr unsigned long kAll =
    MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_NOSYMFOLLOW;

TEST(Options, WhatNobodyMentionsStaysAsOnTheSource) {
  EXPECT_EQ("", bind_with(kAll, R"("rbind")", [&](const View& view) -> std::string {
              for (const Flag& flag : kFlags) MUST_SHOWING(view.at("/m").has(flag.shown), flag.shown);
              return "";
            }));
}

TEST(Options, ClearedOnTheTopOfABindOnly) {
  for (const Flag& flag : kFlags)
    EXPECT_EQ("", bind_with(kAll, R"("rbind", )" + in_quotes(flag.without),
                            [&](const View& view) -> std::string {
                              for (const Flag& other : kFlags) {
                                MUST_SHOWING(view.at("/m").has(other.shown) == (other.shown != flag.shown),
                                             other.shown);
                                MUST_SHOWING(view.at("/m/below").has(other.shown), other.shown);
                              }
                              return "";
                            }))
        << flag.without;
}

TEST(Options, ClearedOnAWholeTree) {
  for (const Flag& flag : kFlags)
    EXPECT_EQ("", bind_with(kAll, R"("rbind", )" + in_quotes("r" + std::string(flag.without)),
                            [&](const View& view) -> std::string {
                              MUST_SHOWING(!view.at("/m").has(flag.shown), view.at("/m").options);
                              MUST_SHOWING(!view.at("/m/below").has(flag.shown), view.at("/m/below").options);
                              return "";
                            }))
        << flag.without;
}

TEST(Options, TheLaterOneWins) {
  EXPECT_EQ("", bind_with(0, R"("bind", "ro", "rw", "noexec")", [&](const View& view) -> std::string {
              MUST(view.at("/m").has("rw") && view.at("/m").has("noexec"));
              return "";
            }));
}

TEST(Options, AccessTimes) {
  EXPECT_EQ("", bind_with(0, R"("bind", "strictatime")", [&](const View& view) -> std::string {
              MUST(!view.at("/m").has("relatime") && !view.at("/m").has("noatime"));
              return "";
            }));
  EXPECT_EQ("", bind_with(MS_STRICTATIME, R"("rbind", "relatime")", [&](const View& view) -> std::string {
              MUST(view.at("/m").has("relatime") && !view.at("/m/below").has("relatime"));
              return "";
            }));
  EXPECT_EQ("", bind_with(MS_NOATIME, R"("rbind", "rstrictatime")", [&](const View& view) -> std::string {
              MUST(!view.at("/m/below").has("noatime") && !view.at("/m/below").has("relatime"));
              return "";
            }));
}

TEST(Options, TheSourceOfABindIsNotChanged) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              MUST(make_dir(world.bundle + "/d"));
              const std::string wrong =
                  start(world, {.mounts = R"({"destination": "/m", "source": "d", "options": ["rbind", "rro"]})"},
                        nothing_more);
              MUST_SHOWING(wrong.empty(), wrong);
              MUST(try_to_write(world.bundle + "/d/x") == 0);
              return "";
            }));
}

TEST(Options, FlagsOfTheFileSystem) {
  const char* const mount = R"({"destination": "/m", "type": "tmpfs", "source": "t",
     "options": ["sync", "dirsync", "lazytime", "iversion", "silent", "defaults", "", "size=8k", "nr_inodes=9"]})";
  EXPECT_EQ("", in_world([&](const World& world) {
              return start(world, {.mounts = mount}, [](const View& view) -> std::string {
                const MountEntry m = view.at("/m");
                MUST_SHOWING(m.super_has("sync") && m.super_has("dirsync") && m.super_has("lazytime"), m.super_options);
                MUST_SHOWING(m.super_has("size=8k") && m.super_has("nr_inodes=9"), m.super_options);
                return "";
              });
            }));
}

}  // namespace
}  // namespace brig::mounts::testing
