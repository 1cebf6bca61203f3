// What a peer sends on a handover connection: any octets, framed as the connection frames them.

#include <cstddef>
#include <cstdint>

#include "dataplane/base/check.h"
#include "encoders/etsi/keepalive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  Bytes received(data, size);
  PeerPdu pdu;
  while (read_peer_pdu(received, pdu) == PeerRead::kPdu) {
    LICTOR_CHECK(pdu.bytes > 0 && pdu.bytes <= received.size() && pdu.bytes <= kPeerPduBytesMax);
    received = received.subspan(pdu.bytes);
  }
  return 0;
}
