// expect: ignoring returned value of type 'brig::Result<void>'
// expect: ignoring return value of .*'nodiscard' attribute
#include "base/result.h"

namespace brig {

Result<void> attempt();

void drop() { attempt(); }

}  // namespace brig
