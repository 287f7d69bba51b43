// Runs in: runtime.
#include "runtime/cli/update_options.h"

#include "base/text.h"
#include "oci/index_list.h"
#include "runtime/cli/size.h"

namespace brig::cli::update_options {
namespace {

Error must_be(std::string_view what) { return Error::make(Error::Kind::kUsage, text::cat("must be ", what)); }

}  // namespace

Result<void> read_bytes(std::optional<std::int64_t>& to, std::string_view value) {
  to = value == "-1" ? std::optional<std::int64_t>(-1) : parse_size(value);
  if (!to) return must_be("a number of bytes such as 512M, or -1 for no limit");
  return {};
}

Result<void> read_number(std::optional<std::uint64_t>& to, std::string_view value) {
  to = text::parse_int<std::uint64_t>(value);
  if (!to) return must_be("a whole number that is not negative");
  return {};
}

Result<void> read_limit(std::optional<std::int64_t>& to, std::string_view value) {
  to = text::parse_int<std::int64_t>(value);
  if (!to || *to < -1) return must_be("a whole number, or -1 for no limit");
  return {};
}

Result<void> read_idle(std::optional<std::int64_t>& to, std::string_view value) {
  if (value != "0" && value != "1") return must_be("0 or 1");
  to = value == "1" ? 1 : 0;
  return {};
}

// 0 leaves it alone, as everywhere.
Result<void> read_weight(std::optional<std::uint16_t>& to, std::string_view value) {
  constexpr std::uint16_t kLeast = 10, kMost = 1000;
  to = text::parse_int<std::uint16_t>(value);
  if (!to || (*to != 0 && (*to < kLeast || *to > kMost))) return must_be("a number from 10 to 1000");
  return {};
}

Result<void> read_list(std::string& to, std::string_view value) {
  if (!oci::parse_index_list(value)) return must_be("a list such as 0-3,7");
  to = value;
  return {};
}

Result<void> read_schema(std::string& to, std::string_view value) {
  if (value.find('\n') != std::string_view::npos) return must_be("one line");
  to = value;
  return {};
}

Result<void> read_bandwidth_schema(std::string& to, std::string_view value) {
  if (!value.empty() && !value.starts_with("MB:")) return must_be("a schema such as MB:0=20;1=70");
  return read_schema(to, value);
}

}  // namespace brig::cli::update_options
