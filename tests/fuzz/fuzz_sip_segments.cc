// Any segments of a few connections: memory stays within its bounds, and every message that comes out was in what came
// in. What was put in order is what a framer makes of it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/sip/stream_table.h"

// Segments with a connection, a moment and a length in front.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  using namespace lictor::sip;
  const std::unique_ptr<StreamTable> table = *StreamTable::make({.streams_max = 3, .rooms_max = 1, .held_max = 3});
  ByteReader in({data, size});
  Message message;
  size_t given = 0;
  size_t taken = 0;
  const auto drain = [&] {
    while (table->next(message)) {
      taken += message.octets.size();
      LICTOR_CHECK(message.octets.size() <= StreamTable::kRoomBytes);
      LICTOR_CHECK(table->header().source.port < 4);
    }
  };
  int64_t now = 0;
  while (in.remaining() > 4) {
    SignalRecord record;
    record.header.kind = SignalKind::kSipSegment;
    record.header.source.port = in.u8() % 4;
    now += in.u8() * int64_t{10'000'000};
    record.header.arrival = {now};
    const std::vector<uint8_t> octets = [&] {
      const Bytes taken_octets = in.take(std::min<size_t>(in.u16() % 2048, in.remaining()));
      return std::vector<uint8_t>(taken_octets.begin(), taken_octets.end());
    }();
    given += octets.size();
    record.message = record.frame = octets;
    table->put(record);
    drain();
    while (table->tick({now})) drain();
    LICTOR_CHECK(table->streams() <= 3);
  }
  LICTOR_CHECK(taken <= given);
  return 0;
}
