// expect: could not convert '3' from 'int' to 'brig::UniqueFd'
// expect: no known conversion from 'int' to 'brig::UniqueFd'
#include "base/fd.h"

namespace brig {

void take(UniqueFd fd);

void pass() { take(3); }

}  // namespace brig
