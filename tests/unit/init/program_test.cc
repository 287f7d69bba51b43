#include "runtime/init/program.h"

#include <gtest/gtest.h>

namespace brig::init {
namespace {

struct Case {
  const char* what;
  std::string passwd;
  uid_t uid;
  std::string home;
};

TEST(HomeFromPasswd, IsTheSixthFieldOfTheUsersLine) {
  const std::string usual = "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/var/www:/bin/false\nlast:x:7:7:::";
  const Case cases[] = {
      {"first line", usual, 0, "/root"},
      {"second line", usual, 33, "/var/www"},
      {"an empty home", usual, 7, ""},
      {"nobody of that number", usual, 1000, ""},
      {"an empty file", "", 0, ""},
      {"no newline at the end", "a:x:5:5::/home/a:/bin/sh", 5, "/home/a"},
      {"no shell", "a:x:5:5::/home/a", 5, "/home/a"},
      {"too few fields", "a:x:5:5:", 5, ""},
      {"too few fields, then a good line", "a:x:5:5:\na:x:5:5::/good:", 5, "/good"},
      {"the first of two", "a:x:5:5::/one:\nb:x:5:5::/two:", 5, "/one"},
      {"a number with a sign", "a:x:+5:5::/a:", 5, ""},
      {"a number with a blank", "a:x: 5:5::/a:", 5, ""},
      {"a number too great", "a:x:4294967301:5::/a:", 5, ""},
      {"no number", "a:x::5::/a:", 0, ""},
      {"a comment", "# a:x:0:0::/a:\n", 1, ""},
      {"a line of NIS", "+::::::\na:x:5:5::/a:", 5, "/a"},
      {"empty lines", "\n\n\na:x:5:5::/a:\n\n", 5, "/a"},
      {"a carriage return stays", "a:x:5:5::/a:/bin/sh\r\n", 5, "/a"},
      {"a line of a mebibyte", std::string(1 << 20, ':'), 0, ""},
  };
  for (const Case& c : cases) EXPECT_EQ(home_from_passwd(c.passwd, c.uid), c.home) << c.what;
}

}  // namespace
}  // namespace brig::init
