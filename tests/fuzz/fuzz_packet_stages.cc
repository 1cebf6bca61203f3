// Any octets as one frame, through what looks at a packet that has matched: exclusions and de-duplication read nothing
// behind the level, a hop further is no other packet, and both ends of a prefix are excluded.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/deduplicator.h"
#include "dataplane/packet/exclusion_set.h"
#include "dataplane/packet/parse_frame.h"

namespace {

using namespace lictor;

constexpr HashKey kKey{1, 2};

std::vector<uint8_t> octets_of_level(const IpLevel& level, Bytes frame) {
  const Bytes octets = octets_of(level, frame);
  return {octets.begin(), octets.end()};
}

void check_identity(const IpLevel& level, Bytes frame) {
  const Hash128 identity = packet_identity(kKey, level, frame);
  // The level alone on the heap, without what is around it, a hop further.
  std::vector<uint8_t> alone = octets_of_level(level, frame);
  IpLevel moved = level;
  moved.offset = 0;
  moved.transport_offset = level.transport_offset == 0 ? 0 : level.transport_offset - level.offset;
  --alone[level.ipv6 ? 7 : 8];
  LICTOR_CHECK(packet_identity(kKey, moved, alone) == identity);
}

void check_duplicates(const Hash128& identity) {
  Deduplicator group({.places = 8, .window_ns = 1, .ports = 3});
  LICTOR_CHECK(!group.is_duplicate(identity, 0, {}) && !group.is_duplicate(identity, 0, {}));
  LICTOR_CHECK(group.is_duplicate(identity, 1, {}) && group.is_duplicate(identity, 1, {}));
  LICTOR_CHECK(!group.is_duplicate(identity, 1, {}));
}

void check_exclusion(const IpLevel& level, Bytes frame) {
  const LevelAddresses addresses = addresses_of(level, frame);
  for (const Bytes address : {addresses.source, addresses.destination}) {
    const IpPrefix host = IpPrefix::make(address, static_cast<uint32_t>(address.size() * 8)).value();
    LICTOR_CHECK(ExclusionSet(std::span(&host, 1), {}).excludes(level, frame));
    TransportEndpoint end{.ipv6 = level.ipv6, .protocol = level.protocol, .address = host.octets};
    end.port = address.data() == addresses.source.data() ? level.source_port : level.destination_port;
    LICTOR_CHECK(!level.ports_known || ExclusionSet({}, std::span(&end, 1)).excludes(level, frame));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes frame(data, size);
  const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(size), EncapsulationTrust::all());
  for (const IpLevel& level : parsed.levels()) {
    check_identity(level, frame);
    check_exclusion(level, frame);
    check_duplicates(packet_identity(kKey, level, frame));
  }
  return 0;
}
