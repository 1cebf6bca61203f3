// How attributes spell a NAT's port blocks, and the destination of a route: forms of values, for parse_message() alone.
// Pure functions, any thread.
#pragma once

#include "dataplane/session/radius/message.h"

namespace lictor::radius {

using PortBlocks = UpTo<PortBlock, kPortBlocksMax>;

// Each of these adds to `blocks`; false, and nothing is added, where the value has not its form.

// One part of a block, as vendors with an attribute for each send them: a part that the last block has already begins
// another block. Numbers are 4 octets or decimal text; an address is 4 octets or dotted text.
bool read_port_part(Field part, Bytes value, PortBlocks& blocks) noexcept;
// "192.0.2.1 1024-2047 …": what follows the ports names the NAT and is passed over.
bool read_port_text(Bytes value, PortBlocks& blocks) noexcept;
// The TLVs inside of RFC 8045's IP-Port-Range.
bool read_port_range(Bytes value, PortBlocks& blocks) noexcept;

}  // namespace lictor::radius
