// Whether the kernel makes ESP of what goes to a peer: its outgoing policies, read over netlink and judged as the
// kernel would look them up. It says what must happen to a packet, not how strong the cipher is. Any thread; the
// question to the kernel takes microseconds and does not wait for the network.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "encoders/handover/transport.h"

namespace lictor {

// One direction of a TCP connection as policies see it. Addresses in network order; IPv4 in the first four octets.
struct PolicyQuestion {
  bool ipv6 = false;
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> peer{};
  uint16_t peer_port = 0;
};

// What an outgoing policy says, as far as it matters here.
struct OutgoingPolicy {
  bool ipv6 = false;
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> peer{};
  uint8_t source_bits = 0;
  uint8_t peer_bits = 0;
  uint16_t peer_port = 0;  // under the mask
  uint16_t peer_port_mask = 0;
  uint8_t protocol = 0;   // 0: any
  bool narrower = false;  // it asks for a source port or an interface too: some packets of a connection may escape it
  bool applies = true;    // false: for packets with a mark or an interface id, which ours have not
  uint32_t priority = 0;  // the lowest is looked at first
  bool allows = true;     // else it blocks
  bool demands_esp = false;  // a template with ESP that is not optional
};

// The outgoing policies of one netlink datagram, appended to `policies`. True where the kernel says that these were the
// last. InvalidArgument where the octets are no answer to the question.
Result<bool> read_policies(Bytes datagram, std::vector<OutgoingPolicy>& policies);

// Ok where every packet of the connection becomes ESP; FailedPrecondition says what is in the way.
Status judge_policies(std::vector<OutgoingPolicy> policies, const PolicyQuestion& question);

// Asks the kernel about a connection to `peer`, from the address that the kernel would give it, or from `source`.
Status check_ipsec(const SocketAddress& peer, const SocketAddress* source);

}  // namespace lictor
