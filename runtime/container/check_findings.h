// Runs in: runtime.
//
// What the parts of `check` put their findings in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "runtime/container/check.h"

namespace brig::container {

class Collector {
 public:
  // Once: the same finding of two parts is one.
  void add(Finding::Level level, std::string_view rule, std::string_view pointer, std::string_view text);
  void add_error(std::string_view rule, std::string_view pointer, std::string_view text) {
    add(Finding::Level::kError, rule, pointer, text);
  }
  // The place is the error's own JSON pointer, or the one that its text has in a frame.
  void add_error(std::string_view rule, const Error& error);
  // Warnings are what is ignored. Debug records count if they are about a place in config.json.
  void add_records(const std::vector<log::Record>& records);

  bool has_error_at(std::string_view pointer) const;
  std::vector<Finding> take() && { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

// The first JSON pointer into config.json in the text of an error: "mount `/a` (/mounts/3): open_tree …" has
// "/mounts/3".
// "" if there is none. Pure.
std::string_view pointer_in(std::string_view text);

}  // namespace brig::container
