// expect: ignoring returned value of type 'brig::Error'
// expect: ignoring return value of .*'nodiscard' attribute
#include "base/error.h"

namespace brig {

void drop() { Error::make(Error::Kind::kState, "nobody hears this"); }

}  // namespace brig
