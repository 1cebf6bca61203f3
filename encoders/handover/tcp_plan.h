// How the TCP connections of a destination are made, as the agency's profile says. Plain values.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "dataplane/base/result.h"
#include "encoders/handover/transport.h"

namespace lictor {

struct TcpPlan {
  std::string source_address;  // in digits; empty: the kernel's choice
  // A dead peer on an idle connection is found within two minutes, also where the profile sends no keepalive of its
  // own.
  uint32_t keepalive_idle_s = 60;
  uint32_t keepalive_interval_s = 10;
  uint32_t keepalive_probes = 6;
  uint32_t send_buffer_bytes = 0;     // SO_SNDBUF; 0: the kernel's own tuning, which follows the round-trip time
  uint32_t receive_buffer_bytes = 0;  // SO_RCVBUF, the same

  friend bool operator==(const TcpPlan&, const TcpPlan&) = default;
};

// An address in digits, to bind to: any port.
inline Result<SocketAddress> source_address(const std::string& text) {
  SocketAddress address;
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1) {
    address.storage.ss_family = AF_INET;
    address.length = sizeof ipv4;
    return address;
  }
  address.storage = {};
  if (inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) != 1) return absl::InvalidArgumentError("is no IP address");
  address.storage.ss_family = AF_INET6;
  address.length = sizeof ipv6;
  return address;
}

}  // namespace lictor
