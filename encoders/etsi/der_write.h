// Writes strict DER, or BER with wide lengths, forwards into room that is known to suffice: sizes first, then octets.
// For records that are too many for asn1c. No allocation; any thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/base/bytes.h"
#include "encoders/etsi/lengths.h"

namespace lictor::der {

// Octets of a minimal DER INTEGER for a value that is not negative (X.690 8.3.2): a leading zero where the top bit is
// set.
constexpr size_t integer_octets(uint64_t value) { return static_cast<size_t>(std::bit_width(value)) / 8 + 1; }

// Octets of a minimal length (X.690 10.1). Lengths below 2^32.
constexpr size_t length_octets(size_t length) {
  return length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5;
}

// The same in one of the two forms.
template <Lengths kLengths>
constexpr size_t length_octets(size_t length, bool is_constructed) {
  const size_t octets = length_octets(length);
  if (kLengths == Lengths::kShortest) return octets;
  return is_constructed || octets > 1 ? std::max<size_t>(octets, 3) : octets;
}

// Octets of a whole TLV with a one-octet tag, of a primitive and of a constructed value.
template <Lengths kLengths = Lengths::kShortest>
constexpr size_t tlv_octets(size_t content) {
  return 1 + length_octets<kLengths>(content, false) + content;
}
template <Lengths kLengths>
constexpr size_t group_octets(size_t content) {
  return 1 + length_octets<kLengths>(content, true) + content;
}

constexpr bool is_constructed(uint8_t tag) { return (tag & 0x20) != 0; }

template <Lengths kLengths>
class BasicWriter {
 public:
  explicit BasicWriter(uint8_t* at) : at_(at) {}

  [[nodiscard]] uint8_t* at() const { return at_; }

  void header(uint8_t tag, size_t length) {
    *at_++ = tag;
    const size_t octets = length_octets<kLengths>(length, is_constructed(tag)) - 1;
    if (octets == 0) {
      *at_++ = static_cast<uint8_t>(length);
      return;
    }
    *at_++ = static_cast<uint8_t>(0x80 | octets);
    big_endian(length, octets);
  }

  void integer(uint8_t tag, uint64_t value) {
    const size_t octets = integer_octets(value);
    *at_++ = tag;
    *at_++ = static_cast<uint8_t>(octets);
    big_endian(value, octets);
  }

  void bytes(Bytes bytes) {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

 private:
  // The low `octets` octets of `value`; more than eight have leading zeros.
  void big_endian(uint64_t value, size_t octets) {
    for (size_t i = octets; i > 0; --i, value >>= 8) at_[i - 1] = static_cast<uint8_t>(value);
    at_ += octets;
  }

  uint8_t* at_;
};

using Writer = BasicWriter<Lengths::kShortest>;

}  // namespace lictor::der
