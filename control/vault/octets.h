// Writing what ByteReader reads: big-endian integers, and texts behind their length, so that no two lists of parts give
// the same octets. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor::control {

inline void append_integer(std::string& out, uint64_t value, size_t octets) {
  for (size_t i = octets; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

inline void append_octets(std::string& out, Bytes octets) { out.append(as_text(octets)); }

// Behind a length of four octets.
inline void append_counted(std::string& out, std::string_view text) {
  append_integer(out, text.size(), 4);
  out.append(text);
}

// What append_counted wrote; a length above `max` is a failure of the reader.
inline std::string_view take_counted(ByteReader& reader, size_t max) {
  const uint32_t length = reader.u32();
  return as_text(reader.take(length <= max ? length : SIZE_MAX));
}

}  // namespace lictor::control
