// expect: could not convert '3' from 'int' to 'brig::FdRef'
// expect: no known conversion from 'int' to 'brig::FdRef'
#include "base/fd.h"

namespace brig {

void use(FdRef fd);

void pass() { use(3); }

}  // namespace brig
