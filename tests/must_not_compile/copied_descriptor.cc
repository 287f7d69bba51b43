// expect: use of deleted function 'brig::UniqueFd::UniqueFd\(const brig::UniqueFd&\)'
// expect: call to deleted constructor of 'brig::UniqueFd'
#include "base/fd.h"

namespace brig {

UniqueFd copy(const UniqueFd& fd) { return fd; }

}  // namespace brig
