#include "encoders/handover/ipsec_transport.h"

#include "encoders/handover/ipsec_policy.h"

namespace lictor {

Status IpsecTransport::connect(const SocketAddress& peer) {
  tcp_.close();
  peer_ = peer;
  check_at_ = {socket_now().ns + kCheckNs};
  if (Status status = check_ipsec(peer_, nullptr); !status.ok()) return status;
  return tcp_.connect(peer);
}

Status IpsecTransport::advance() {
  const SocketTime now = socket_now();
  if (now < check_at_) return absl::OkStatus();
  check_at_ = {now.ns + kCheckNs};
  return check_ipsec(peer_, nullptr);
}

}  // namespace lictor
