// What is in a file, for comparing.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

namespace brig::testing {

// All of it; nothing if it can't be read.
inline std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The same of a file of this tree: `here` is __FILE__, and `path` counts from its directory.
inline std::string content_beside(const std::string& here, const std::string& path) {
  return content_of(here.substr(0, here.rfind('/')) + "/" + path);
}

}  // namespace brig::testing
