#include "oci/read_all_errors.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace brig::oci {
namespace {

std::vector<std::string> pointers(const ReadResult& result) {
  std::vector<std::string> all;
  for (const Error& error : result.errors) all.push_back(error.subject());
  return all;
}

using Pointers = std::vector<std::string>;

TEST(ReadAllErrors, OfACorrectDocumentThereAreNone) {
  const ReadResult result = read_all_errors(R"({"ociVersion":"1.3.0","root":{"path":"r"}})");
  EXPECT_EQ(pointers(result), Pointers());
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->root.path, "r");
  EXPECT_FALSE(result.more);
}

TEST(ReadAllErrors, ListsThoseOfDifferentParts) {
  const ReadResult result = read_all_errors(
      R"({"ociVersion":"1.3.0","root":{"path":"r"},"hostname":1,"process":{"cwd":"x","args":["a"],"terminal":"no"},)"
      R"("linux":{"namespaces":[{"type":"pid"},{"type":"?"}],"resources":{"pids":{"limit":0.5}}}})");
  EXPECT_EQ(pointers(result), Pointers({"/hostname", "/process/cwd", "/process/terminal", "/linux/namespaces/1/type",
                                        "/linux/resources/pids/limit"}));
  EXPECT_FALSE(result.config);
  EXPECT_FALSE(result.more);
}

TEST(ReadAllErrors, CountsElementsAsTheDocumentDoes) {
  const ReadResult result =
      read_all_errors(R"({"ociVersion":"1.3.0","root":{"path":"r"},"mounts":[{"destination":1},{"destination":"/a"},)"
                      R"({"destination":""},{"destination":"/b","options":["ro",1,"rw",2]}]})");
  EXPECT_EQ(pointers(result),
            Pointers({"/mounts/0/destination", "/mounts/2/destination", "/mounts/3/options/1", "/mounts/3/options/3"}));
}

TEST(ReadAllErrors, WhatIsMissingBecauseItWasWrongIsNotToldAgain) {
  const ReadResult result = read_all_errors(
      R"({"ociVersion":"1.3.0","process":{"cwd":"/","args":["a"],"rlimits":[{"type":"?","soft":1,"hard":"x"}]},)"
      R"("root":{"path":1},"hostname":2})");
  EXPECT_EQ(pointers(result),
            Pointers({"/process/rlimits/0/type", "/process/rlimits/0/hard", "/root/path", "/hostname"}));
}

TEST(ReadAllErrors, WhatIsMissingIsToldOnce) {
  const ReadResult result =
      read_all_errors(R"({"ociVersion":"1.3.0","root":{"path":"r"},"process":{},"linux":{"devices":[{"path":"/d"}]}})");
  EXPECT_EQ(pointers(result), Pointers({"/process/cwd", "/linux/devices/0/type"}));
}

TEST(ReadAllErrors, KeysAreEscapedInPointers) {
  const ReadResult result =
      read_all_errors(R"({"ociVersion":"1.3.0","root":{"path":"r"},"annotations":{"a/b~c":1,"d":2,"0":3}})");
  EXPECT_EQ(pointers(result), Pointers({"/annotations/a~1b~0c", "/annotations/d", "/annotations/0"}));
}

TEST(ReadAllErrors, EndsWhereNothingCanBeRead) {
  for (const char* text : {"", "{", "[]", "{}", R"({"ociVersion":"2.0.0"})", R"({"ociVersion":"1.3.0"})"}) {
    const ReadResult result = read_all_errors(text);
    EXPECT_EQ(result.errors.size(), 1u) << text;
    EXPECT_TRUE(result.more) << text;
  }
}

TEST(ReadAllErrors, EndsAfterAHundred) {
  std::string text = R"({"ociVersion":"1.3.0","root":{"path":"r"},"mounts":[)";
  for (int i = 0; i < 300; ++i) text += R"({"destination":1},)";
  const ReadResult result = read_all_errors(text + R"({"destination":"/a"}]})");
  EXPECT_EQ(result.errors.size(), 100u);
  EXPECT_TRUE(result.more);
}

TEST(ReadAllErrors, ReasonsAreWhole) {
  const ReadResult result = read_all_errors(R"({"ociVersion":"1.3.0","root":{"path":"r"},"mounts":[1],"hostname":1})");
  ASSERT_EQ(result.errors.size(), 2u);
  EXPECT_EQ(result.errors[1].to_string(), "config.json: /hostname: must be a string, is a number");
}

}  // namespace
}  // namespace brig::oci
