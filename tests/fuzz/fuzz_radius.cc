// Any octets as a RADIUS datagram: every span lies in it, bounds hold, what is masked parses as before and shows no
// password, and nothing is proven with a secret that nobody used.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/radius/authenticator.h"
#include "dataplane/session/radius/mask.h"
#include "dataplane/session/radius/message.h"

namespace {

using namespace lictor;
using namespace lictor::radius;

void check_inside(Bytes part, Bytes whole) {
  if (part.empty()) return;
  LICTOR_CHECK(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_spans(const Message& message) {
  for (const Bytes part : {message.user_name, message.chargeable_identity, message.called_station,
                           message.calling_station, message.nas_identifier, message.nas_port_id, message.session_id,
                           message.multi_session_id, message.session_class, message.framed_interface_id})
    check_inside(part, message.octets);
  for (const Bytes part : message.by_map) check_inside(part, message.octets);
  for (const Bytes part : message.framed_routes.all()) {
    check_inside(part, message.octets);
    (void)route_prefix(part);
  }
  for (const Bytes part : message.framed_ipv6_routes.all()) (void)route_prefix(part);
  for (const auto& prefixes : {message.framed_ipv6_prefixes, message.delegated_ipv6_prefixes}) {
    for (const IpPrefix& prefix : prefixes.all()) LICTOR_CHECK(IpPrefix::make(prefix.octets, prefix.bits).ok());
  }
}

void check_masked(const Message& message, const AttributeMap& map) {
  std::vector<uint8_t> copy(message.octets.size());
  LICTOR_CHECK(copy_masked(message.octets, {}, copy) == copy.size());
  Message again;
  LICTOR_CHECK(parse_message(copy, map, again) == MessageError::kNone);
  LICTOR_CHECK(again.code == message.code && again.id == message.id);
  LICTOR_CHECK(as_text(again.user_name) == as_text(message.user_name));
  LICTOR_CHECK(again.framed_ipv4 == message.framed_ipv4 && again.status_type == message.status_type);
  for (ByteReader in(Bytes(copy).subspan(kHeaderBytes)); in.remaining() > 0;) {
    const uint8_t type = in.u8();
    const Bytes value = in.take(in.u8() - 2U);
    for (const uint8_t octet : value) LICTOR_CHECK(type != 2 || octet == kMask);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const AttributeMap map = AttributeMap::standard();
  static const SecretPointer secret = *SharedSecret::make(as_bytes("what no seed was made with"));
  const Bytes datagram(data, size);
  Message message;
  if (parse_message(datagram, map, message) != MessageError::kNone) return 0;
  LICTOR_CHECK(message.octets.data() == data && message.octets.size() <= size);
  check_spans(message);
  check_masked(message, map);
  LICTOR_CHECK(check_request(message, *secret) != Proof::kProven);
  LICTOR_CHECK(check_response(message, message.authenticator, *secret) != Proof::kProven);
  return 0;
}
