// The parser's promises written a second time, as plainly as they can be: the IP levels of one frame by counting octets
// from the front. Shares no code with parse_frame; what tests and the fuzzer hold it against. Any thread.
#pragma once

#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/packet/encapsulation.h"
#include "dataplane/packet/parsed_frame.h"

namespace lictor {

struct NaiveLevel {
  bool ipv6 = false;
  Bytes source;
  Bytes destination;
  unsigned protocol = 0;  // 0: not known
  bool has_ports = false;
  unsigned source_port = 0;
  unsigned destination_port = 0;
  Bytes ethernet;  // destination and source of the nearest Ethernet header
  std::vector<uint16_t> vlans;
  uint32_t label = kNoContext;
  uint32_t vni = kNoContext;
  uint32_t teid = kNoContext;
};

// Outermost first; none where the frame is not IP or cannot be classified. `frame` was captured whole.
std::vector<NaiveLevel> find_levels_naively(Bytes frame, const EncapsulationTrust& trust);

}  // namespace lictor
