// expect: declaration of 'brig_try' shadows
// expect: declaration shadows a local variable
#include "base/result.h"

namespace brig {

Result<int> one();
Result<int> increased(int n);

Result<int> both() { return TRY(increased(TRY(one()))); }

}  // namespace brig
