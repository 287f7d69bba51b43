// expect: return-statement with a value, in function returning 'void'
// expect: void function 'attempt' should not return a value
#include "base/result.h"

namespace brig {

Result<void> step();

void attempt() { TRY(step()); }

}  // namespace brig
