// expect: could not convert 'path' from 'std::string_view'
// expect: no known conversion from 'std::string_view'
#include <string_view>

#include "base/cstr.h"

namespace brig {

void use(CStr path);

void pass(std::string_view path) { use(path); }

}  // namespace brig
