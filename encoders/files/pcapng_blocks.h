// The blocks of a pcapng file (draft-ietf-opsawg-pcapng) with time stamps in nanoseconds: its head, and what packets
// and events become. Packets and events are written into room that the caller gives; nothing here allocates for them.
// Integers are in this machine's order, which the section says. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/match_record.h"

namespace lictor {

struct SectionTexts {
  std::string hardware;  // shb_hardware: the network element
  std::string comment;   // opt_comment
};

// The section's header: the first block of a file.
void append_section_header(std::string& out, const SectionTexts& texts);
// An interface's description: packets that begin with the IP header. The first one in a file has the number 0.
void append_interface(std::string& out, std::string_view name);

struct PacketBlock {
  PacketTime time;  // before 1970 becomes 1970
  Bytes packet;
  uint32_t original_bytes = 0;  // more than packet.size() where it was cut
  Direction direction = Direction::kIndeterminate;
  uint64_t id = 0;           // epb_packetid: the record's number
  uint64_t lost_before = 0;  // epb_dropcount, where there are any
};
// Octets that the block of a packet takes at most.
size_t packet_block_bytes_max(size_t packet_bytes);
// Writes an enhanced packet block of interface 0 and answers its length. `room` holds packet_block_bytes_max().
size_t write_packet_block(const PacketBlock& block, MutableBytes room);
// What makes it another interface's, and where in the block.
using BlockInterface = std::array<uint8_t, 4>;
constexpr size_t kBlockInterfaceAt = 8;
BlockInterface block_interface(uint32_t interface);

// A systemd journal export block, which Wireshark shows among the packets, with its time: `fields` are lines that end
// in '\n'. Answers its length, 0 where `room` does not hold it.
size_t write_journal_block(std::string_view fields, MutableBytes room);

}  // namespace lictor
