// Rules between the parts of a config: pure, one function a rule, each with its section of the specification.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace brig::oci {

// A config that passed every rule. Only validate() makes one; plans take nothing else.
class ValidConfig {
 public:
  const Config& operator*() const { return config_; }
  const Config* operator->() const { return &config_; }

 private:
  explicit ValidConfig(Config config) : config_(std::move(config)) {}
  Config config_;
  friend Result<ValidConfig> validate(Config config);
};

// kConfig with the JSON pointer of the value at fault.
Result<ValidConfig> validate(Config config);

// The rules about a process, for one that comes without a config; pointers are those within config.json.
Result<void> check_process(const Process& process);
// The rules about linux.resources, for limits that come without a config.
Result<void> check_resources(const Resources& resources);

// What `check` lists: each rule that `config` breaks, with the rule's stable id ("namespaces-once") and its first
// error.
struct Violation {
  std::string_view rule;
  Error error;
};
std::vector<Violation> violations(const Config& config);

}  // namespace brig::oci
