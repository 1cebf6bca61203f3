// Any packets as fragments: what comes out whole is no longer than what went in, and no packet's octets are read beyond
// its end.
#include <cstddef>
#include <cstdint>

#include "dataplane/base/check.h"
#include "dataplane/session/datagram_assembly.h"

// Packets with a family, a second and a length in front.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  const std::unique_ptr<DatagramAssembly> assembly = *DatagramAssembly::make({.datagrams_max = 4});
  ByteReader in({data, size});
  size_t given = 0;
  while (in.remaining() > 3) {
    SignalRecord record;
    record.header.ipv6 = in.u8() % 2 == 1;
    record.header.arrival = {in.u8() * kNanosecondsPerSecond};
    record.message = record.frame = in.take(std::min<size_t>(in.u8(), in.remaining()));
    given += record.message.size();
    const std::optional<SignalRecord> whole = assembly->put(record);
    if (!whole) continue;
    const bool is_segment = whole->header.kind == SignalKind::kSipSegment;
    LICTOR_CHECK(whole->frame.size() <= given && whole->header.message_offset == (is_segment ? 0U : 8U));
    LICTOR_CHECK(whole->message.size() + whole->header.message_offset <= whole->frame.size());
  }
  LICTOR_CHECK(assembly->waiting() <= 4);
  return 0;
}
