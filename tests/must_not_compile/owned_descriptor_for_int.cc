// expect: cannot convert 'const brig::UniqueFd' to 'int'
// expect: no known conversion from 'const brig::UniqueFd' to 'int'
#include "base/fd.h"

namespace brig {

void use(int flags);

void pass(const UniqueFd& fd) { use(fd); }

}  // namespace brig
