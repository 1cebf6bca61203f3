#include "dataplane/pattern/stream_pool.h"

#include <hs/hs.h>

#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "dataplane/base/check.h"

namespace lictor {

thread_local StreamPool* StreamPool::current_ = nullptr;

void StreamPool::AlignedFree::operator()(uint8_t* memory) const {
  operator delete[](memory, std::align_val_t{kAlignment});
}

StreamPool::StreamPool(size_t streams_max, size_t state_bytes_max)
    : block_bytes_((state_bytes_max + kAlignment - 1) / kAlignment * kAlignment),
      memory_(new (std::align_val_t{kAlignment}) uint8_t[streams_max * block_bytes_]) {
  static std::once_flag once;
  std::call_once(once, [] { LICTOR_CHECK(hs_set_stream_allocator(allocate, release) == HS_SUCCESS); });
  std::memset(memory_.get(), 0, streams_max * block_bytes_);
  free_.reserve(streams_max);
  for (size_t i = streams_max; i-- > 0;) free_.push_back(memory_.get() + i * block_bytes_);
}

void* StreamPool::allocate(size_t bytes) {
  LICTOR_CHECK(current_ != nullptr && bytes <= current_->block_bytes_ && !current_->free_.empty());
  uint8_t* const block = current_->free_.back();
  current_->free_.pop_back();
  return block;
}

void StreamPool::release(void* block) {
  LICTOR_CHECK(current_ != nullptr);
  current_->free_.push_back(static_cast<uint8_t*>(block));
}

hs_stream* StreamPool::open(const hs_database* database) noexcept {
  StreamPool* const before = std::exchange(current_, this);
  hs_stream* stream = nullptr;
  LICTOR_CHECK(hs_open_stream(database, 0, &stream) == HS_SUCCESS);
  current_ = before;
  return stream;
}

void StreamPool::close(hs_stream* stream) noexcept {
  StreamPool* const before = std::exchange(current_, this);
  LICTOR_CHECK(hs_close_stream(stream, nullptr, nullptr, nullptr) == HS_SUCCESS);
  current_ = before;
}

}  // namespace lictor
