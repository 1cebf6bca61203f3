// Any octets as a frame that a spreader passes on: the hash reads no further than it says, and the other direction of
// what the parser takes for IP has the same one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/packet/spread_hash.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  const uint64_t hash = spread_hash({data, size});
  // Alone on the heap: as it is gathered from a frame in pieces.
  const std::vector<uint8_t> head(data, data + std::min(size, kSpreadBytesMax));
  LICTOR_CHECK(spread_hash(head) == hash);

  const ParsedFrame parsed = parse_frame({data, size}, static_cast<uint32_t>(size), {});
  if (parsed.result != ParseResult::kIp) return 0;
  const IpLevel& level = parsed.level[0];
  const size_t address_bytes = level.ipv6 ? 16 : 4;
  const size_t addresses_at = level.offset + (level.ipv6 ? 8 : 12);
  std::vector<uint8_t> back(data, data + size);
  const auto source = back.begin() + static_cast<std::ptrdiff_t>(addresses_at);
  const auto destination = source + static_cast<std::ptrdiff_t>(address_bytes);
  std::swap_ranges(source, destination, destination);
  LICTOR_CHECK(spread_hash(back) == hash);
  LICTOR_CHECK(hash != 0);
  return 0;
}
