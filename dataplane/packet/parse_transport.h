// From an IP payload to the ports of its transport. What is cut, encrypted, fragmented or too deep leaves them unknown,
// which never keeps an address from matching. Pure, bounded; any thread.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/packet/parsed_frame.h"

namespace lictor {

// Sets protocol, ports and ports_known of `level` where `payload` begins with a TCP, UDP, SCTP, ICMP or ICMPv6 header.
void parse_ports(uint8_t protocol, Bytes payload, IpLevel& level) noexcept;

// Walks at most kExtensionHeadersMax IPv6 extension headers (RFC 8200 section 4; AH: RFC 4302) from `next` on, then
// parse_ports.
void parse_extension_headers(uint8_t next, Bytes payload, IpLevel& level) noexcept;

}  // namespace lictor
