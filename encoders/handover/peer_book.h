// Whom this process is connected to or about to be, so that a dataplane never copies its own deliveries: a connection
// is begun only after whoever copies has said that it leaves the peer out. Handover threads ask, the control thread
// answers. A lock is taken, so no packet's thread comes here.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "dataplane/packet/exclusion_set.h"
#include "encoders/handover/transport.h"

namespace lictor {

class PeerBook {
 public:
  // --- handover threads: one peer at a time for each connection ---
  // Takes a reference on the peer.
  void enter(const TransportEndpoint& peer);
  // Whether its packets are left out by now.
  [[nodiscard]] bool is_in_force(const TransportEndpoint& peer) const;
  // Gives the reference back: the connection has another peer, or has ended.
  void leave(const TransportEndpoint& peer);

  // --- control thread ---
  struct Changes {
    std::vector<TransportEndpoint> peers;  // all that have references
    uint64_t version = 0;
  };
  // What is to be left out, where that has changed since it was last put in force.
  [[nodiscard]] std::optional<Changes> changes() const;
  // The peers of that version are left out.
  void put_in_force(uint64_t version);
  // Nobody copies any more: every peer is in force. Main thread, at the end.
  void put_all_in_force();

 private:
  struct Peer {
    size_t references = 0;
    uint64_t since = 0;  // the version that it came with
  };

  mutable std::mutex mutex_;
  std::map<TransportEndpoint, Peer> peers_;
  uint64_t version_ = 0;
  uint64_t in_force_ = 0;
};

// The TCP endpoint of an address.
TransportEndpoint endpoint_of(const SocketAddress& address);

}  // namespace lictor
