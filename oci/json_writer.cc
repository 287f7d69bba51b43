#include <charconv>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "oci/json.h"

namespace brig::json {

void Writer::newline() {
  if (indent_ == 0) return;
  out_ += '\n';
  out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth_), ' ');
}

// What stands between the last thing written and the next value or key.
void Writer::separate() {
  if (std::exchange(after_key_, false)) return;
  if (!first_) out_ += ',';
  first_ = false;
  if (depth_ > 0) newline();
}

Writer& Writer::begin(char bracket) {
  separate();
  out_ += bracket;
  ++depth_;
  first_ = true;
  return *this;
}

Writer& Writer::end(char bracket) {
  --depth_;
  if (!first_) newline();  // an empty one stays "[]"
  out_ += bracket;
  first_ = false;
  return *this;
}

Writer& Writer::begin_object() { return begin('{'); }
Writer& Writer::end_object() { return end('}'); }
Writer& Writer::begin_array() { return begin('['); }
Writer& Writer::end_array() { return end(']'); }

Writer& Writer::write(std::string_view value) {
  separate();
  out_ += value;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  write(text::json_quote(name));
  out_ += indent_ == 0 ? ":" : ": ";
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view value) { return write(text::json_quote(value)); }
Writer& Writer::number(std::int64_t value) { return write(std::to_string(value)); }
Writer& Writer::number_unsigned(std::uint64_t value) { return write(std::to_string(value)); }
Writer& Writer::number_floating(double value) {
  char digits[32];
  const std::string_view shortest(
      digits, static_cast<std::size_t>(std::to_chars(digits, std::end(digits), value).ptr - digits));
  // Still one with a fraction: "1" would be read as an integer.
  const bool integral = shortest.find_first_of(".e") == std::string_view::npos;
  return write(integral ? text::cat(shortest, ".0") : std::string(shortest));
}
Writer& Writer::boolean(bool value) { return write(value ? "true" : "false"); }
Writer& Writer::null() { return write("null"); }

std::string Writer::take() && { return std::move(out_); }

}  // namespace brig::json
