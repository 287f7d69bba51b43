#include "conformance/schema/verdict.h"

#include "oci/read_config.h"
#include "oci/validate.h"
#include "seccomp/rules.h"

namespace brig::conformance {

std::vector<Complaint> complaints(const std::string& document) {
  std::vector<Complaint> found;
  const auto add = [&found](const Error& error) { found.push_back({error.subject(), error.to_string()}); };
  const Result<oci::Config> config = oci::read_config(document);
  if (!config.ok()) {
    add(config.error());
    return found;
  }
  for (const oci::Violation& violation : oci::violations(config.value())) add(violation.error);
  if (config.value().linux_.seccomp)
    if (const auto rules = seccomp::read_rules(*config.value().linux_.seccomp); !rules.ok()) add(rules.error());
  return found;
}

}  // namespace brig::conformance
