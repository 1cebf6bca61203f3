#include "dataplane/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace lictor {

void check_failed(const char* file, int line, const char* what) noexcept {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what);
  std::abort();
}

}  // namespace lictor
