// Bytes from outside, read with every length checked. A reader that ran past its end stays failed, answers zeros, and
// says so in ok(): parse first, ask once. Spans do not outlive the call that they were given to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lictor {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Reads big-endian integers and spans from the front of a span. Not thread-safe; no allocation.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t remaining() const { return rest_.size(); }
  [[nodiscard]] Bytes rest() const { return rest_; }

  // The next `length` bytes, or an empty span (and failure) where fewer remain.
  Bytes take(size_t length) {
    if (length > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(length);
    rest_ = rest_.subspan(length);
    return taken;
  }

  uint8_t u8() { return static_cast<uint8_t>(big_endian(1)); }
  uint16_t u16() { return static_cast<uint16_t>(big_endian(2)); }
  uint32_t u32() { return static_cast<uint32_t>(big_endian(4)); }
  uint64_t u64() { return big_endian(8); }

 private:
  uint64_t big_endian(size_t length) {
    uint64_t value = 0;
    for (const uint8_t byte : take(length)) value = value << 8 | byte;
    return value;
  }

  Bytes rest_;
  bool ok_ = true;
};

}  // namespace lictor
