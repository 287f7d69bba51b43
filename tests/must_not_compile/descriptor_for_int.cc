// expect: cannot convert 'brig::FdRef' to 'int'
// expect: no known conversion from 'brig::FdRef' to 'int'
#include "base/fd.h"

namespace brig {

void use(int flags);

void pass(FdRef fd) { use(fd); }

}  // namespace brig
