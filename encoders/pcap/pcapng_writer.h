// Packets as pcapng blocks (draft-ietf-opsawg-pcapng): one section with one interface, time stamps in microseconds.
// Appends to a buffer that the caller writes out when it likes; does no I/O. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/bytes.h"

namespace lictor {

constexpr uint16_t kLinkTypeEthernet = 1;
constexpr uint16_t kLinkTypeRaw = 101;  // packets begin with the IP header

// epb_flags, bits 0 and 1.
enum class PcapngDirection : uint8_t { kUnknown = 0, kInbound = 1, kOutbound = 2 };

struct PcapngPacket {
  int64_t unix_us = 0;
  Bytes packet;
  uint32_t original_bytes = 0;  // on the wire: more than packet.size() where it was cut
  PcapngDirection direction = PcapngDirection::kUnknown;
};

// The section header and the description of interface 0. A file may hold several: each begins a section of its own.
// libpcap 1.10 refuses the second section of a file with kLinkTypeRaw (it compares a link type with a DLT); Wireshark
// reads it.
void append_pcapng_section(std::string& out, uint16_t link_type);

// An enhanced packet block of interface 0. A packet has at most 2^32 - 64 octets; a time before 1970 becomes 1970.
void append_pcapng_packet(std::string& out, const PcapngPacket& packet);

}  // namespace lictor
