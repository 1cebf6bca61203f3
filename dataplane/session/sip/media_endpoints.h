// Where the media of a session description are sent to: a bounded list of addresses with ports. What of it may be
// copied, and for whom, is the business of who arms them: a description says what its sender likes. Pure function, any
// thread, no allocation.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/session/sip/sdp.h"
#include "dataplane/session/up_to.h"

namespace lictor::sip {

enum class EndpointUse : uint8_t {
  kMedia,       // RTP
  kRtcp,        // RTCP alone
  kMediaMuxed,  // RTP, and RTCP where both sides want it so
  kUdptl,
  kMsrp,
  kOther,
};

struct MediaEndpoint {
  MediaAddress address;
  uint16_t port = 0;
  EndpointUse use = EndpointUse::kOther;
  uint8_t stream = 0;  // the first that uses it
  bool tcp = false;
  bool candidate = false;  // by an ICE candidate: one of several, of which one is used
  friend bool operator==(const MediaEndpoint&, const MediaEndpoint&) = default;
};

constexpr size_t kEndpointsMax = 128;
// Pairs of ports in a row of one stream; layered encodings have two or three.
constexpr uint16_t kPortPairsMax = 4;

struct MediaEndpoints {
  UpTo<MediaEndpoint, kEndpointsMax> all;  // no two with the same address, port and transport
  uint16_t ports_beyond = 0;               // pairs behind kPortPairsMax
  uint16_t unusable = 0;                   // unspecified or multicast addresses, ports 0 and 9 of TCP, names
  // Of `all`: streams' own ports, what else they name, candidates; in this order.
  std::array<uint16_t, 3> of_rank{};

  void clear();
};

// `endpoints` is overwritten. Of a stream: its address and port, RTCP's, its path's, its candidates'; first each
// stream's own port, last all candidates, so that who has room for some takes the first. A stream that is refused (port
// 0) has none, and neither has one of a bundle (RFC 9143) without port of its own: its media go where those of the
// stream whose transport it shares do. On hold by address (0.0.0.0) there are none; by direction they stay: comfort
// noise and early media do not ask.
void list_endpoints(const SessionDescription& description, MediaEndpoints& endpoints) noexcept;

// The same beside what is in `endpoints`, of further descriptions of one message: its streams' ports come before the
// others' candidates.
void add_endpoints(const SessionDescription& description, MediaEndpoints& endpoints) noexcept;

}  // namespace lictor::sip
