// Who may speak RADIUS: the configured servers and the access servers and proxies that are their clients, with their
// secrets. Made at start, then read by a session lcore.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/base/signal_record.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/session/radius/shared_secret.h"

namespace lictor::radius {

struct ClientPlan {
  IpPrefix addresses;         // of access servers, or proxies, that share one secret
  SecretPointer secret = {};  // none: believed by their addresses alone
};

// The servers of one set of SignalRecordHeader::source_set.
struct PeerSetPlan {
  uint16_t source_set = 0;
  std::vector<IpPrefix> servers;    // hosts
  std::vector<ClientPlan> clients;  // the longest prefix that holds an address counts
};

class Peers {
 public:
  static constexpr size_t kServersMax = 256;
  static constexpr size_t kClientsMax = 65'536;

  // InvalidArgument, naming the set, where a bound is exceeded, a server is no host, or a set or prefix comes twice.
  static Result<Peers> make(const std::vector<PeerSetPlan>& sets);

  [[nodiscard]] bool is_server(uint16_t source_set, bool ipv6, const SignalEnd& end) const noexcept;
  // Null where it is none.
  [[nodiscard]] const ClientPlan* client(uint16_t source_set, bool ipv6, const SignalEnd& end) const noexcept;

 private:
  struct Set {
    uint16_t source_set = 0;
    std::vector<IpPrefix> servers;     // sorted
    std::vector<ClientPlan> hosts;     // sorted by address
    std::vector<ClientPlan> networks;  // the longest first
  };
  [[nodiscard]] const Set* find(uint16_t source_set) const noexcept;

  std::vector<Set> sets_;  // sorted by number
};

}  // namespace lictor::radius
