// Links as sources and destinations of binds: "src-nofollow", "dest-nofollow", "copy-symlink".
#include <gtest/gtest.h>

#include "tests/kernel/mounts/world.h"

namespace brig::mounts::testing {
namespace {

// A bundle with a file "f", a directory "d", and links "lf" and "ld" to them.
std::string run(const std::string& mount, const std::function<std::string(const World&)>& prepare,
                const Inside& inside) {
  return in_world([&](const World& world) -> std::string {
    MUST(make_file(world.bundle + "/f", "the file") && make_dir(world.bundle + "/d"));
    MUST(make_link("f", world.bundle + "/lf") && make_link("d", world.bundle + "/ld"));
    const std::string wrong = prepare(world);
    return wrong.empty() ? start(world, {.mounts = mount}, inside) : wrong;
  });
}

std::string nothing_to_prepare(const World&) { return ""; }

std::string bind(const char* source, const char* destination, const char* option) {
  return text::cat(R"({"destination": ")", destination, R"(", "source": ")", source, R"(", "options": ["bind", ")",
                   option, R"("]})");
}

TEST(BindLinks, AreFollowedUnlessAskedFor) {
  EXPECT_EQ("", run(bind("lf", "/x", "ro"), nothing_to_prepare, [](const View&) -> std::string {
              MUST(S_ISREG(stat_of("/x").st_mode) && content_of("/x") == "the file");
              return "";
            }));
}

TEST(BindLinks, ASourceThatIsNotFollowedIsTheLinkItself) {
  EXPECT_EQ("", run(bind("lf", "/x", "src-nofollow"), nothing_to_prepare, [](const View& view) -> std::string {
              MUST(view.count("/x") == 1 && link_of("/x") == "f");
              return "";
            }));
  EXPECT_EQ("", run(bind("f", "/x", "src-nofollow"), nothing_to_prepare, [](const View&) -> std::string {
              MUST(content_of("/x") == "the file");
              return "";
            }));
}

TEST(BindLinks, ADestinationThatIsNotFollowedIsCovered) {
  const auto link_in_image = [](const World& world) -> std::string {
    MUST(make_link("/target", world.in_rootfs("/x")) && make_file(world.in_rootfs("/target"), "of the image"));
    return "";
  };
  EXPECT_EQ("", run(bind("f", "/x", "dest-nofollow"), link_in_image, [](const View& view) -> std::string {
              MUST(view.count("/x") == 1 && view.count("/target") == 0);
              MUST(content_of("/x") == "the file" && content_of("/target") == "of the image");
              return "";
            }));
  EXPECT_EQ("", run(bind("f", "/x", "ro"), link_in_image, [](const View& view) -> std::string {
              MUST(view.count("/x") == 0 && view.count("/target") == 1 && content_of("/target") == "the file");
              return "";
            }));
}

TEST(BindLinks, ADestinationThatIsNotFollowedIsMadeIfNothingIsThere) {
  EXPECT_EQ("", run(bind("f", "/new/x", "dest-nofollow"), nothing_to_prepare, [](const View&) -> std::string {
              MUST(content_of("/new/x") == "the file");
              return "";
            }));
}

TEST(BindLinks, ADirectoryIsNotMountedOnALink) {
  const auto link_in_image = [](const World& world) -> std::string {
    MUST(make_link("/target", world.in_rootfs("/x")) && make_dir(world.in_rootfs("/target")));
    return "";
  };
  EXPECT_EQ(
      "build: mount `/x` (/mounts/0): mount: not a directory (the source is a directory, and what is at the "
      "destination is none)",
      run(bind("d", "/x", "dest-nofollow"), link_in_image, nothing_more));
}

TEST(BindLinks, ACopiedLinkIsALinkOfTheContainer) {
  EXPECT_EQ("", run(bind("ld", "/new/x", "copy-symlink"), nothing_to_prepare, [](const View& view) -> std::string {
              MUST(view.table().size() == 1 && link_of("/new/x") == "d");
              return "";
            }));
  EXPECT_EQ("", run(bind("d", "/x", "copy-symlink"), nothing_to_prepare, [](const View& view) -> std::string {
              MUST(view.count("/x") == 1);
              return "";
            }));
}

TEST(BindLinks, ACopiedLinkReplacesNothing) {
  const auto with_link_to = [](const char* target) {
    return [target](const World& world) -> std::string {
      MUST(make_link(target, world.in_rootfs("/x")));
      return "";
    };
  };
  EXPECT_EQ("", run(bind("lf", "/x", "copy-symlink"), with_link_to("f"), nothing_more));
  const std::string wrong = run(bind("lf", "/x", "copy-symlink"), with_link_to("g"), nothing_more);
  EXPECT_NE(wrong.find("/mounts/0): symlink `x`: file exists (\"copy-symlink\" replaces nothing)"), std::string::npos)
      << wrong;
}

TEST(BindLinks, ACopiedLinkStaysInTheRoot) {
  EXPECT_EQ("", in_world([](const World& world) -> std::string {
              MUST(make_link("f", world.bundle + "/lf") && make_dir(world.dir + "/outside"));
              MUST(make_link(world.dir + "/outside", world.in_rootfs("/out")));
              const Inside inside = [&](const View&) -> std::string {
                MUST(link_of(world.dir + "/outside/x") == "f");
                return "";
              };
              const std::string wrong = start(world, {.mounts = bind("lf", "/out/x", "copy-symlink")}, inside);
              MUST_SHOWING(wrong.empty(), wrong);
              MUST(entries_in(world.dir + "/outside") == 0);
              return "";
            }));
}

}  // namespace
}  // namespace brig::mounts::testing
