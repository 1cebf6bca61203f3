// Cuts a stream of octets into PS-PDUs: they stand back to back, and the outer SEQUENCE's length is the frame. Bounded:
// one buffer that holds a record of the greatest length. One owner, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/bytes.h"

namespace lictor::der {

// Octets of a whole record. An aggregate of 15 packets of 64 KiB would still fit; a longer one is no PS-PDU but a
// stream that has lost its place.
constexpr size_t kRecordBytesMax = size_t{1} << 20;

enum class FrameStatus : uint8_t {
  kRecord,      // `record` is a whole one
  kIncomplete,  // more octets are needed
  kBroken,      // what stands there is no beginning of a record: nothing behind it can be found
};

struct Frame {
  FrameStatus status = FrameStatus::kIncomplete;
  Bytes record;
};

// What stands at the front of `pending`. Does not look inside the record.
Frame frame_at_front(Bytes pending);

// The receive buffer of one connection. Fill room(), say how much came, take the records out:
//   filled(read(fd, room())); while (next().status == kRecord) …
// A record's span is good until room() is called.
class Framer {
 public:
  // `chunk_bytes`: the least room to read into.
  explicit Framer(size_t chunk_bytes) : chunk_bytes_(chunk_bytes) {}

  // At least chunk_bytes, as long as records were taken out until kIncomplete.
  MutableBytes room();
  void filled(size_t length) { end_ += length; }
  Frame next();
  // Octets of a record that has not come whole.
  [[nodiscard]] size_t pending() const { return end_ - begin_; }

 private:
  const size_t chunk_bytes_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace lictor::der
