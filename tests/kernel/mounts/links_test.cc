// A rootfs full of traps: whatever its links say, nothing outside is touched, and /proc and /sys are what they seem.
#include <gtest/gtest.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

// Runs `container` in a rootfs made by `prepare`; `out` is a directory of the host with one file, which must be the
// only one afterwards. The text of what failed, or "" if it started.
std::string trap(const Container& container, const std::function<bool(const World&, const std::string& out)>& prepare,
                 const Inside& inside = nothing_more) {
  return in_world([&](const World& world) -> std::string {
    const std::string out = world.dir + "/out";
    MUST(make_dir(out) && make_file(out + "/ptmx", "untouched"));
    MUST(prepare(world, out));
    const std::string text = start(world, container, inside);
    MUST_SHOWING(entries_in(out) == 1 && content_of(out + "/ptmx") == "untouched", "out was changed; " + text);
    return text;
  });
}

TEST(Links, InPlaceOfProcOrSys) {
  struct Place {
    const char *name, *mount;
  };
  const Place places[] = {{"/proc", R"({"destination": "/proc", "type": "proc", "source": "proc"})"},
                          {"/proc", R"({"destination": "/proc", "source": "/proc", "options": ["rbind"]})"},
                          {"/sys", R"({"destination": "/sys", "type": "sysfs", "source": "sysfs"})"},
                          {"/sys", R"({"destination": "/sys", "type": "tmpfs", "source": "x"})"}};
  for (const Place& place : places) {
    const auto refused = [&](const std::function<bool(const World&, const std::string&)>& prepare) {
      const std::string text = trap({.mounts = place.mount}, prepare);
      EXPECT_NE(text.find("build: mount `" + std::string(place.name) + "` (/mounts/0): `" + place.name +
                          "` must be an ordinary directory"),
                std::string::npos)
          << place.mount << text;
    };
    refused([&](const World& w, const std::string& out) { return make_link(out, w.in_rootfs(place.name)); });
    refused([&](const World& w, const std::string&) {
      return make_dir(w.in_rootfs("/real")) && make_link("/real", w.in_rootfs(place.name));
    });
    refused([&](const World& w, const std::string&) { return make_link("nowhere", w.in_rootfs(place.name)); });
    refused([&](const World& w, const std::string&) { return make_file(w.in_rootfs(place.name), ""); });
    refused([&](const World& w, const std::string&) { return ::mkfifo(w.in_rootfs(place.name).c_str(), 0600) == 0; });
  }
}

TEST(Links, NothingIsMountedOverProc) {
  const auto nothing = [](const World&, const std::string&) { return true; };
  for (const char* path : {"/proc/self/attr", "/proc/1", "/proc/sys", "/proc/sys/kernel", "/proc/../proc/sys"}) {
    const std::string text = trap({.mounts = std::string(kUsualMounts) + R"(, {"destination": ")" + path +
                                             R"(", "type": "tmpfs", "source": "x"})"},
                                  nothing);
    EXPECT_EQ(text.rfind("plan: config.json: /mounts/6/destination: ", 0), 0U) << path << text;
  }
  const std::string tmpfs = trap({.mounts = R"({"destination": "/proc", "type": "tmpfs", "source": "x"})"}, nothing);
  EXPECT_EQ("plan: config.json: /mounts/0/destination: only a procfs may be mounted on /proc", tmpfs);
  const std::string bind =
      trap({.mounts = R"({"destination": "/proc", "source": "/tmp", "options": ["bind"]})"}, nothing);
  EXPECT_NE(bind.find("only the root of a procfs"), std::string::npos) << bind;
  const std::string part =
      trap({.mounts = R"({"destination": "/proc", "source": "/proc/sys", "options": ["bind"]})"}, nothing);
  EXPECT_NE(part.find("only the root of a procfs"), std::string::npos) << part;
}

TEST(Links, ThatLeadIntoProcAreNoWayAround) {
  const std::string usual = kUsualMounts;
  for (const char* destination : {"/lnk", "/lnk/sys", "/lnk/self/attr", "/lnk/meminfo"}) {
    const std::string mount =
        R"(, {"destination": ")" + std::string(destination) + R"(", "type": "tmpfs", "source": "x"})";
    const std::string text = trap({.mounts = usual + mount}, [](const World& w, const std::string&) {
      return make_link("/proc", w.in_rootfs("/lnk"));
    });
    EXPECT_NE(text.find("leads inside /proc"), std::string::npos) << destination << ": " << text;
  }
}

TEST(Links, WhatMayBeOnProcIs) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              MUST(make_file(world.bundle + "/meminfo", "emulated"));
              return start(world, {.mounts = R"({"destination": "/proc", "source": "/proc", "options": ["rbind"]},
                               {"destination": "/proc/meminfo", "source": "meminfo", "options": ["bind"]})"},
                           [](const View& view) -> std::string {
                             MUST(content_of("/proc/meminfo") == "emulated" && view.at("/proc").type == "proc");
                             return "";
                           });
            }));
}

TEST(Links, InPlaceOfDev) {
  const auto with_dev_link = [](const std::string& target) {
    return [target](const World& w, const std::string& out) {
      return make_link(target.empty() ? out : target, w.in_rootfs("/dev"));
    };
  };
  // Absolute and relative ones lead to a place of that name in the rootfs, which is made there.
  for (const char* target : {"", "../../out", "../../../../../../dev"}) {
    const std::string text = trap({}, with_dev_link(target));
    EXPECT_TRUE(text.empty() || text.rfind("build: ", 0) == 0) << target << ": " << text;
  }
  const std::string inside = trap(
      {},
      [](const World& w, const std::string&) {
        return make_dir(w.in_rootfs("/real")) && make_link("/real", w.in_rootfs("/dev"));
      },
      [](const View&) -> std::string {
        MUST(is_device("/real/null", S_IFCHR, 1, 3) && link_of("/real/ptmx") == "pts/ptmx");
        return "";
      });
  EXPECT_EQ("", inside);
}

TEST(Links, InPlaceOfDeviceNodesAreRefused) {
  const auto dev_with = [](const std::function<bool(const std::string&)>& make_null) {
    return trap({}, [&](const World& w, const std::string&) {
      return make_dir(w.in_rootfs("/dev")) && make_null(w.in_rootfs("/dev/null"));
    });
  };
  const auto refused = [](const std::string& text) {
    EXPECT_EQ("build: make device `/dev/null`: what is at `/dev/null` in the rootfs is not device c 1:3", text);
  };
  refused(dev_with([](const std::string& null) { return make_link("/etc/victim", null); }));
  refused(dev_with([](const std::string& null) { return make_file(null, ""); }));
  refused(dev_with([](const std::string& null) { return ::mkfifo(null.c_str(), 0600) == 0; }));
  refused(dev_with([](const std::string& null) { return ::mknod(null.c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0; }));
}

TEST(Links, DevicesHaveNoPlaceInProc) {
  const auto nothing = [](const World&, const std::string&) { return true; };
  const char* const device = R"({"path": "/proc/kcore", "type": "c", "major": 1, "minor": 3})";
  EXPECT_EQ("plan: config.json: /linux/devices/0/path: /proc/kcore: no place for a device",
            trap({.mounts = kUsualMounts, .devices = device}, nothing));
  const char* const by_link = R"({"path": "/lnk/kcore", "type": "c", "major": 1, "minor": 3})";
  const std::string text = trap({.mounts = kUsualMounts, .devices = by_link}, [](const World& w, const std::string&) {
    return make_link("/proc", w.in_rootfs("/lnk"));
  });
  EXPECT_EQ(text.rfind("build: make device `/lnk/kcore`: ", 0), 0U) << text;
}

TEST(Links, MaskSourcesAreNeverTheContainers) {
  for (const char* null : {"link", "absent", "fifo", "file", "zero"}) {
    const std::string wrong = in_world([&](const World& world) -> std::string {
      const std::string dev = world.dir + "/mydev", kind = null;
      MUST(make_dir(dev) && make_dir(world.in_rootfs("/etc")));
      MUST(make_file(world.in_rootfs("/etc/maskme"), "SECRET") && make_file(world.in_rootfs("/etc/victim"), "VICTIM"));
      MUST(kind != "link" || make_link("/etc/victim", dev + "/null"));
      MUST(kind != "fifo" || ::mkfifo((dev + "/null").c_str(), 0600) == 0);
      MUST(kind != "file" || make_file(dev + "/null", "FAKE"));
      MUST(kind != "zero" || ::mknod((dev + "/null").c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0);
      const Container container = {
          .mounts = R"({"destination": "/dev", "source": ")" + dev + R"(", "options": ["bind"]})",
          .masked_paths = R"("/etc/maskme", "/none")"};
      return start(world, container, [](const View&) -> std::string {
        MUST(content_of("/etc/maskme").empty() && is_device("/etc/maskme", S_IFCHR, 1, 3));
        return "";
      });
    });
    EXPECT_EQ("", wrong) << null;
  }
}

TEST(Links, OfDestinationsStayInside) {
  const char* const mounts = R"({"destination": "/vol/l/new/x", "type": "tmpfs", "source": "escape"},
                                {"destination": "/vol/l/f", "source": "/etc/hostname", "options": ["bind"]})";
  const char* const device = R"({"path": "/vol/l/d", "type": "c", "major": 1, "minor": 3})";
  for (const char* target :
       {"OUT", "../../../../out", "/proc/self/root", "/proc/self/cwd", "/oldroot", "/.pivot_root", "l", "nowhere"}) {
    const std::string text = trap(
        {.mounts = std::string(kUsualMounts) + ", " + mounts, .devices = device},
        [&](const World& w, const std::string& out) {
          return make_dir(w.in_rootfs("/vol")) &&
                 make_link(std::string(target) == "OUT" ? out : target, w.in_rootfs("/vol/l"));
        },
        [](const View& view) -> std::string {
          for (const MountEntry& entry : view.table()) MUST_SHOWING(entry.point.find("//") != 0, entry.point);
          return "";
        });
    EXPECT_TRUE(text.empty() || text.rfind("build: mount `/vol/l/", 0) == 0) << target << ": " << text;
  }
}

TEST(Links, ToTheRootItselfAreNoMountPoints) {
  for (const char* target : {"/", ".", "../.."}) {
    const std::string text =
        trap({.mounts = R"({"destination": "/l", "type": "tmpfs", "source": "x"})"},
             [&](const World& w, const std::string&) { return make_link(target, w.in_rootfs("/l")); });
    EXPECT_NE(text.find("leads to the root itself"), std::string::npos) << text;
  }
}

TEST(Links, InPlaceOfTheRootfs) {
  const std::string text = in_world([](const World& world) -> std::string {
    MUST(::rmdir(world.rootfs.c_str()) == 0 && make_dir(world.dir + "/out") && make_link("../out", world.rootfs));
    return start(world, {}, nothing_more);
  });
  EXPECT_NE(text.find("plan: open the rootfs (/root/path): open"), std::string::npos) << text;
}

TEST(Links, TmpcopyupFollowsNone) {
  const char* const mount = R"({"destination": "/d", "type": "tmpfs", "source": "x", "options": ["tmpcopyup"]})";
  EXPECT_EQ("", trap(
                    {.mounts = mount},
                    [](const World& w, const std::string& out) {
                      return make_dir(w.in_rootfs("/d")) && make_link(out, w.in_rootfs("/d/l"));
                    },
                    [](const View&) -> std::string {
                      MUST(S_ISLNK(stat_of("/d/l").st_mode) && entries_in("/d") == 1);
                      return "";
                    }));
}

}  // namespace
}  // namespace brig::mounts::testing
