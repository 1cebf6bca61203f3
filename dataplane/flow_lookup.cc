#include "dataplane/flow_lookup.h"

#include "dataplane/base/check.h"
#include "dataplane/packet/flow_match.h"

namespace lictor {
void FlowLookup::clear() {
  ipv4_.count = 0;
  ipv6_.count = 0;
  of_frame_.fill({});
  count_ = 0;
}

void FlowLookup::add(size_t frame, uint8_t level, const IpLevel& header, const uint8_t* ip) {
  LICTOR_CHECK(count_ < kLevelsMax);
  const uint8_t* const source = source_of(header, ip);
  const uint8_t* const destination = destination_of(header, ip);
  const uint16_t key = header.ipv6 ? ipv6_.add(header, source, destination) : ipv4_.add(header, source, destination);
  IndexRange& asked = of_frame_[frame];
  if (asked.count == 0) asked.first = static_cast<uint32_t>(count_);
  ++asked.count;
  asked_[count_++] = {.frame = static_cast<uint8_t>(frame), .level = level, .ipv6 = header.ipv6, .key = key};
}

template <typename Key>
uint16_t FlowLookup::Keys<Key>::add(const IpLevel& header, const uint8_t* source, const uint8_t* destination) {
  const bool ports = header.ports_known && has_flow_ports(header.protocol);
  const uint16_t source_port = ports ? header.source_port : 0;
  const uint16_t destination_port = ports ? header.destination_port : 0;
  const auto first = static_cast<uint16_t>(count);
  keys[count++] = {.target = flow_address<Key>(source),
                   .remote = flow_address<Key>(destination),
                   .target_port = source_port,
                   .remote_port = destination_port,
                   .protocol = header.protocol,
                   .ports_known = ports};
  keys[count++] = {.target = flow_address<Key>(destination),
                   .remote = flow_address<Key>(source),
                   .target_port = destination_port,
                   .remote_port = source_port,
                   .protocol = header.protocol,
                   .ports_known = ports};
  return first;
}

}  // namespace lictor
