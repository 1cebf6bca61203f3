// Memory for octets in clear: kept out of core dumps, out of swap where the process may lock that much, and overwritten
// before it is given back. One owner, any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lictor {

class PlainBuffer {
 public:
  // Ends the process where there is no memory.
  explicit PlainBuffer(size_t bytes);
  ~PlainBuffer();
  PlainBuffer(const PlainBuffer&) = delete;
  PlainBuffer& operator=(const PlainBuffer&) = delete;

  [[nodiscard]] uint8_t* data() { return octets_; }

 private:
  const size_t bytes_;
  uint8_t* octets_;
};

}  // namespace lictor
