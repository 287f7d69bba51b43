// Rules between the parts of a config: pure, one function a rule, each with its section of the specification.
#pragma once

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

}  // namespace brig::oci
