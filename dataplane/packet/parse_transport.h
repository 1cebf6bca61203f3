// From the end of an IP header to the ports of its transport. What is cut, encrypted, fragmented or too deep leaves
// them unknown, which never keeps an address from matching. Pure, bounded; any thread.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/packet/parsed_frame.h"

namespace lictor {

// Follows an authentication header (RFC 4302) and, where `level` is IPv6, extension headers (RFC 8200 section 4) from
// `next` on, which begins at `at` of `frame`: the frame's octets up to the end of the packet. `at` may be beyond them.
// Sets the level's fragment fields from an IPv6 fragment header; protocol and transport_offset where the chain is known
// to its end; ports where a TCP, UDP, SCTP, ICMP or ICMPv6 header is there. A later fragment has a protocol where the
// header before its octets names one, and nothing else.
// False: there are more than kExtensionHeadersMax headers, and nothing was set.
[[nodiscard]] bool parse_transport(uint8_t next, Bytes frame, size_t at, IpLevel& level) noexcept;

}  // namespace lictor
