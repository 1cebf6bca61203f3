// Memory for Hyperscan's streams, taken at the start and touched then, so that following another TCP stream neither
// allocates nor faults. One rx lcore each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

struct hs_database;
struct hs_stream;

namespace lictor {

class StreamPool {
 public:
  // Room for `streams_max` streams of at most `state_bytes_max` octets. Sets Hyperscan's allocator of streams for the
  // whole process, once.
  StreamPool(size_t streams_max, size_t state_bytes_max);
  StreamPool(const StreamPool&) = delete;
  StreamPool& operator=(const StreamPool&) = delete;

  [[nodiscard]] bool empty() const { return free_.empty(); }
  [[nodiscard]] size_t available() const { return free_.size(); }

  // The pool is not empty, and the database's state fits (PatternSet sees to it).
  hs_stream* open(const hs_database* database) noexcept;
  // The database may be gone.
  void close(hs_stream* stream) noexcept;

 private:
  static constexpr size_t kAlignment = 64;

  static void* allocate(size_t bytes);
  static void release(void* block);

  // The pool that Hyperscan's call on this thread is about; Hyperscan's allocator has no argument for it.
  static thread_local StreamPool* current_;

  const size_t block_bytes_;
  struct AlignedFree {
    void operator()(uint8_t* memory) const;
  };
  std::unique_ptr<uint8_t[], AlignedFree> memory_;
  std::vector<uint8_t*> free_;
};

}  // namespace lictor
