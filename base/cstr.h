#pragma once

#include <string>

namespace brig {

// Borrows a terminated string, as the kernel wants it. Made from a literal or a std::string; not from a
// string_view, which has no terminator.
class CStr {
 public:
  CStr(const char* text) : text_(text) {}
  CStr(const std::string& text) : text_(text.c_str()) {}
  const char* c_str() const { return text_; }

 private:
  const char* text_;
};

}  // namespace brig
