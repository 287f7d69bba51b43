// Runs in: runtime.
#include "runtime/container/other_document.h"

#include <string>

namespace brig::container {

Error of_other_document(const Error& error) {
  constexpr std::string_view kPrefix = "config.json: ";
  std::string text = error.to_string();
  if (const std::size_t at = text.find(kPrefix); at != std::string::npos) text.erase(at, kPrefix.size());
  const bool config = error.kind() == Error::Kind::kConfig;
  return Error::remote(config ? Error::Kind::kUsage : error.kind(), error.code(), text);
}

}  // namespace brig::container
