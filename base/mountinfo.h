// /proc/PID/mountinfo, one line of it (proc_pid_mountinfo(5)). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brig {

struct MountInfo {
  int id = -1, parent = -1;
  std::string root;   // what of the file system is shown
  std::string point;  // where
  std::string type;
  bool readonly = false;             // the mount, or its file system
  std::vector<std::string> options;  // of the file system
};

// nullopt if it is no such line.
std::optional<MountInfo> parse_mountinfo(std::string_view line);

}  // namespace brig
