// From the octets of a frame to its IP levels. Pure functions over hostile bytes: every read is checked,
// every walk is bounded, nothing is allocated. Any thread; the rx lcore calls parse_batch once a burst.
#pragma once

#include "dataplane/packet/encapsulation.h"
#include "dataplane/packet/packet_batch.h"

namespace lictor {

// Ethernet II or 802.3 with LLC/SNAP, up to kVlanTagsMax tags (0x8100, 0x88a8, 0x9100), then IPv4 or IPv6, and inside
// of encapsulations that `trust` names further levels, outermost first. What is not trusted is not looked into: IP
// under untrusted labels or PPPoE is kNotIp, IP in an untrusted tunnel leaves the level around it.
//
// `header` is the contiguous beginning of a frame of which `frame_bytes` octets were captured in all; a shorter
// `frame_bytes` counts as header.size(). A frame whose outermost level cannot be classified is kDropped:
//   kTruncated        shorter than 14 octets, a cut tag, fewer than 20 octets of IPv4 or 40 of IPv6; cut labels or PPP
//   kTooManyTags      one tag more than kVlanTagsMax
//   kBadVersion       the version is not the EtherType's
//   kBadHeaderLength  IPv4 header length below 5 words
//   kBadTotalLength   IPv4 total length that is not 0 and shorter than the header
//   kTooManyHeaders   more than kLabelsMax labels or kHeadersMax headers before it
// The same inside of a level sets inner_damaged or too_deep, and the levels around it count. In a later fragment
// nothing is looked into; in a first one, what is there of a tunnel is.
//
// The view is min(claimed, captured) octets from the IP header on. IPv4 claims its total length, or all captured octets
// where that is 0 (segmentation offload). IPv6 claims 40 + payload length; where that is 0, 40 + the jumbo option's
// length (RFC 2675) if a hop-by-hop header carries one. A header that is cut behind the addresses still classifies.
// A level ends where the level around it does. `frame` need not be empty before.
void parse_frame(Bytes header, uint32_t frame_bytes, const EncapsulationTrust& trust, ParsedFrame& frame) noexcept;
ParsedFrame parse_frame(Bytes header, uint32_t frame_bytes, const EncapsulationTrust& trust) noexcept;

// How many levels a frame can have at most.
constexpr size_t levels_max(const EncapsulationTrust& trust) { return trust.trusted == 0 ? 1 : kIpLevelsMax; }

// parse_frame for every frame of the batch, into batch.parsed. Frames longer than `frame_bytes_max` are dropped as
// kFrameTooLong: no ring has promised room for them.
void parse_batch(PacketBatch& batch, uint32_t frame_bytes_max, const EncapsulationTrust& trust) noexcept;

}  // namespace lictor
