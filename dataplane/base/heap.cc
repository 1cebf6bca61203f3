#include "dataplane/base/heap.h"

#include <malloc.h>

namespace lictor {
namespace {

constexpr int kMapFromBytes = 32 << 20;  // the most that glibc takes
constexpr int kTrimFromBytes = 256 << 20;

}  // namespace

// Setting either switches off that glibc adjusts the other.
void keep_freed_memory() noexcept {
  mallopt(M_MMAP_THRESHOLD, kMapFromBytes);
  mallopt(M_TRIM_THRESHOLD, kTrimFromBytes);
}

}  // namespace lictor
