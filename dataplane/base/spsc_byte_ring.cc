#include "dataplane/base/spsc_byte_ring.h"

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

Status failed(const char* what) {
  return absl::ResourceExhaustedError(std::string("ring memory: ") + what + ": " + std::strerror(errno));
}

// Maps the pages of `fd` twice in a row. Null where the kernel refuses.
uint8_t* map_twice(int fd, size_t bytes) {
  void* const whole = mmap(nullptr, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (whole == MAP_FAILED) return nullptr;
  auto* const first = static_cast<uint8_t*>(whole);
  for (uint8_t* at : {first, first + bytes}) {
    if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) == MAP_FAILED) {
      munmap(whole, 2 * bytes);
      return nullptr;
    }
  }
  return first;
}

}  // namespace

Result<std::unique_ptr<SpscByteRing>> SpscByteRing::make(size_t bytes) {
  if (bytes < kBytesMin || bytes > kBytesMax) return absl::InvalidArgumentError("ring size out of bounds");
  bytes = std::bit_ceil(bytes);
  const int fd = memfd_create("lictor-ring", MFD_CLOEXEC);
  if (fd < 0) return failed("memfd_create");
  if (ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
    close(fd);
    return failed("ftruncate");
  }
  uint8_t* const memory = map_twice(fd, bytes);
  close(fd);
  if (memory == nullptr) return failed("mmap");
  madvise(memory, 2 * bytes, MADV_DONTDUMP);
  return std::unique_ptr<SpscByteRing>(new SpscByteRing(memory, bytes));
}

bool SpscByteRing::lock() { return mlock(memory_, 2 * capacity()) == 0; }

SpscByteRing::~SpscByteRing() { munmap(memory_, 2 * capacity()); }

MutableBytes SpscByteRing::reserve(size_t length) {
  if (committed_ + length - tail_seen_ > capacity()) {
    if (room() < length) return {};
  }
  return {memory_ + (committed_ & mask_), length};
}

size_t SpscByteRing::room() {
  tail_seen_ = tail_.load(std::memory_order_acquire);
  LICTOR_CHECK(committed_ - tail_seen_ <= capacity());
  return capacity() - static_cast<size_t>(committed_ - tail_seen_);
}

Bytes SpscByteRing::readable() const {
  const uint64_t tail = tail_.load(std::memory_order_relaxed);
  const uint64_t head = head_.load(std::memory_order_acquire);
  return {memory_ + (tail & mask_), static_cast<size_t>(head - tail)};
}

size_t SpscByteRing::in_flight() const {
  const uint64_t tail = tail_.load(std::memory_order_acquire);
  return static_cast<size_t>(head_.load(std::memory_order_acquire) - tail);
}

}  // namespace lictor
