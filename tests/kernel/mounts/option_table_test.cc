// Each option that `features` lists, one by one: on a new file system, on a bind, by a remount; read back in mountinfo.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "oci/names.h"
#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

// What is shown of a mount that has `option` after `before` (which gives the option something to take back): words that
// it has and, with a "!", words that it has not. Of the file system: with a "@".
struct Row {
  const char* option;
  const char* before;
  const char* shown;
};

// Where an option does nothing that can be seen, the mount is as without it.
constexpr const char* kPlain = "rw relatime !sync !nosuid";

constexpr Row kFlags[] = {{"atime", "noatime", "!noatime relatime"},
                          {"dev", "nodev", "!nodev"},
                          {"diratime", "nodiratime", "!nodiratime"},
                          {"exec", "noexec", "!noexec"},
                          {"noatime", "", "noatime !relatime"},
                          {"nodev", "", "nodev"},
                          {"nodiratime", "", "nodiratime"},
                          {"noexec", "", "noexec"},
                          {"norelatime", "", "relatime"},
                          {"nostrictatime", "strictatime", "relatime"},
                          {"nosuid", "", "nosuid"},
                          {"nosymfollow", "", "nosymfollow"},
                          {"relatime", "noatime", "relatime !noatime"},
                          {"ro", "", "ro !rw"},
                          {"rw", "ro", "rw !ro"},
                          {"strictatime", "", "!relatime !noatime"},
                          {"suid", "nosuid", "!nosuid"},
                          {"symfollow", "nosymfollow", "!nosymfollow"}};

constexpr Row kTreeFlags[] = {{"ratime", "rnoatime", "!noatime relatime"},
                              {"rdev", "rnodev", "!nodev"},
                              {"rdiratime", "rnodiratime", "!nodiratime"},
                              {"rexec", "rnoexec", "!noexec"},
                              {"rnoatime", "", "noatime !relatime"},
                              {"rnodev", "", "nodev"},
                              {"rnodiratime", "", "nodiratime"},
                              {"rnoexec", "", "noexec"},
                              {"rnorelatime", "", "relatime"},
                              {"rnostrictatime", "rstrictatime", "relatime"},
                              {"rnosuid", "", "nosuid"},
                              {"rnosymfollow", "", "nosymfollow"},
                              {"rrelatime", "rnoatime", "relatime !noatime"},
                              {"rro", "", "ro !rw"},
                              {"rrw", "rro", "rw !ro"},
                              {"rstrictatime", "", "!relatime !noatime"},
                              {"rsuid", "rnosuid", "!nosuid"},
                              {"rsymfollow", "rnosymfollow", "!nosymfollow"}};

constexpr Row kOfTheFileSystem[] = {{"async", "sync", "!@sync"},
                                    {"dirsync", "", "@dirsync"},
                                    {"lazytime", "", "@lazytime"},
                                    {"mand", "", "@mand"},
                                    {"nolazytime", "lazytime", "!@lazytime"},
                                    {"nomand", "mand", "!@mand"},
                                    {"rasync", "rsync", "!@sync"},
                                    {"rdirsync", "", "@dirsync"},
                                    {"rmand", "", "@mand"},
                                    {"rnomand", "rmand", "!@mand"},
                                    {"rsync", "", "@sync"},
                                    {"sync", "", "@sync"}};

constexpr Row kWithoutEffect[] = {
    {"defaults", "", kPlain},   {"iversion", "", kPlain}, {"loud", "", kPlain},
    {"noiversion", "", kPlain}, {"silent", "", kPlain},
};

// "shared", "rslave" …: propagation_test.cc; "bind", "rbind": build_test.cc.
constexpr const char* kShownElsewhere[] = {
    "bind",         "rbind",        "private",    "rprivate",    "shared",    "rshared",
    "slave",        "rslave",       "unbindable", "remount",     "tmpcopyup", "dest-nofollow",
    "src-nofollow", "copy-symlink", "idmap",      "runbindable", "ridmap",
};

// "" if the mount shows it, otherwise the first word that is not so.
std::string mismatch(const MountEntry& mount, const std::string& shown) {
  for (std::string word : text::split(shown, ' ')) {
    const bool absent = word.starts_with('!');
    if (absent) word.erase(0, 1);
    const bool has = word.starts_with('@') ? mount.super_has(word.substr(1)) : mount.has(word);
    if (has == absent) return (absent ? "!" : "") + word + " in " + mount.options + " / " + mount.super_options;
  }
  return "";
}

std::string list_of(std::initializer_list<const char*> options) {
  std::string list;
  for (const char* option : options)
    if (*option != '\0') list += std::string(list.empty() ? "\"" : ", \"") + option + "\"";
  return list;
}

std::string mount_with(const std::string& type, const std::string& options) {
  return R"({"destination": "/m", "source": "source", )" + type + R"("options": [)" + options + "]}";
}

void expect_on_new_file_system(const Row& row) {
  const std::string mount = mount_with(R"("type": "tmpfs", )", list_of({row.before, row.option}));
  EXPECT_EQ("", in_world([&](const World& world) {
              return start(world, {.mounts = mount},
                           [&](const View& view) { return mismatch(view.at("/m"), row.shown); });
            }))
      << row.option;
}

TEST(OptionTable, OnNewFileSystems) {
  for (const Row& row : kFlags) expect_on_new_file_system(row);
  for (const Row& row : kTreeFlags) expect_on_new_file_system(row);
  for (const Row& row : kOfTheFileSystem) expect_on_new_file_system(row);
  for (const Row& row : kWithoutEffect) expect_on_new_file_system(row);
}

// A bind with all its options at once: what is taken back was set by an option before.
void expect_on_bind(const Row& row, const char* bind, const char* shown_below) {
  EXPECT_EQ(
      "", in_world([&](const World& world) -> std::string {
        const std::string source = world.bundle + "/source";
        MUST(make_dir(source) && ::mount("outer", source.c_str(), "tmpfs", 0, nullptr) == 0);
        MUST(make_dir(source + "/below") && ::mount("inner", (source + "/below").c_str(), "tmpfs", 0, nullptr) == 0);
        const std::string mount = mount_with("", list_of({bind, row.before, row.option}));
        return start(world, {.mounts = mount}, [&](const View& view) {
          const std::string top = mismatch(view.at("/m"), row.shown);
          return top.empty() ? mismatch(view.at("/m/below"), shown_below) : top;
        });
      }))
      << row.option;
}

TEST(OptionTable, OnTheTopOfABind) {
  for (const Row& row : kFlags) expect_on_bind(row, "rbind", kPlain);
  for (const Row& row : kWithoutEffect) expect_on_bind(row, "rbind", kPlain);
}

TEST(OptionTable, OnTheWholeTreeOfABind) {
  for (const Row& row : kTreeFlags) expect_on_bind(row, "rbind", row.shown);
}

TEST(OptionTable, OnABindTheFileSystemStaysAsItIs) {
  for (const Row& row : kOfTheFileSystem)
    expect_on_bind({row.option, row.before, "!@sync !@dirsync !@lazytime !@mand"}, "rbind", kPlain);
}

void expect_after_remount(const Row& row, const char* extra) {
  const std::string mounts = mount_with(R"("type": "tmpfs", )", list_of({row.before})) + ", " +
                             mount_with("", list_of({"remount", extra, row.option}));
  EXPECT_EQ("", in_world([&](const World& world) {
              return start(world, {.mounts = mounts}, [&](const View& view) -> std::string {
                MUST(view.count("/m") == 1);
                return mismatch(view.at("/m"), row.shown);
              });
            }))
      << row.option;
}

TEST(OptionTable, ByARemount) {
  for (const char* extra : {"", "bind"}) {
    for (const Row& row : kFlags) expect_after_remount(row, extra);
    for (const Row& row : kTreeFlags) expect_after_remount(row, extra);
    for (const Row& row : kWithoutEffect) expect_after_remount(row, extra);
  }
  for (const Row& row : kOfTheFileSystem) expect_after_remount(row, "");
}

TEST(OptionTable, HasEveryOption) {
  std::set<std::string_view> seen(std::begin(kShownElsewhere), std::end(kShownElsewhere));
  for (const Row& row : kFlags) seen.insert(row.option);
  for (const Row& row : kTreeFlags) seen.insert(row.option);
  for (const Row& row : kOfTheFileSystem) seen.insert(row.option);
  for (const Row& row : kWithoutEffect) seen.insert(row.option);
  const std::vector<std::string_view> known = oci::mount_option_names();
  EXPECT_EQ(std::vector<std::string_view>(seen.begin(), seen.end()), known);
}

}  // namespace
}  // namespace brig::mounts::testing
