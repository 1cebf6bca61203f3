// Any octets as one DHCPv6 datagram: every view lies in it or in the parser, counts keep their bounds, every lease has
// an association, and another relay around it changes nothing inside.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/dhcp6/message.h"

using namespace lictor;

namespace {

bool inside(Bytes view, Bytes datagram) {
  return view.empty() ||
         (view.data() >= datagram.data() && view.data() + view.size() <= datagram.data() + datagram.size());
}

void check_views(const dhcp6::Message& message, Bytes datagram) {
  for (const Bytes view : {message.client_duid, message.server_duid, message.full_name})
    LICTOR_CHECK(inside(view, datagram));
  for (const dhcp6::Relay& relay : message.relays)
    for (const Bytes view :
         {relay.interface_id, relay.remote_id.id, relay.subscriber_id, relay.relay_id, relay.client_hardware})
      LICTOR_CHECK(inside(view, datagram));
  LICTOR_CHECK(message.client_duid.size() <= dhcp6::kDuidBytesMax);
  LICTOR_CHECK(inside(dhcp6::mac_of_duid(message.client_duid), datagram));
}

void check_leases(const dhcp6::Message& message) {
  LICTOR_CHECK(message.relays.size() <= dhcp6::kRelaysMax && message.leases.size() <= dhcp6::kLeasesMax);
  LICTOR_CHECK(message.associations.size() <= dhcp6::kAssociationsMax);
  for (const dhcp6::Lease& lease : message.leases)
    LICTOR_CHECK(lease.bits <= 128 && lease.association < message.associations.size());
}

// With one more relay towards the server around it.
void check_relayed(const dhcp6::Message& message, Bytes datagram) {
  static const auto parser = std::make_unique<dhcp6::Parser>();
  if (datagram.size() > UINT16_MAX || message.relays.size() == dhcp6::kRelaysMax) return;
  std::vector<uint8_t> outer(34);
  outer[0] = message.relays.empty() || !message.from_server ? 12 : 13;
  for (const size_t octet : {size_t{0}, size_t{9}, datagram.size() >> 8, datagram.size() & 255})
    outer.push_back(static_cast<uint8_t>(octet));
  outer.insert(outer.end(), datagram.begin(), datagram.end());
  dhcp6::Message again;
  LICTOR_CHECK(parser->read(outer, again) == dhcp6::Reading::kMessage);
  LICTOR_CHECK(again.relays.size() == message.relays.size() + 1 && again.leases.size() == message.leases.size());
  LICTOR_CHECK(again.transaction == message.transaction && again.damage == message.damage);
  LICTOR_CHECK(again.client_duid.size() == message.client_duid.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto parser = std::make_unique<dhcp6::Parser>();
  const Bytes datagram(data, size);
  dhcp6::Message message;
  if (parser->read(datagram, message) != dhcp6::Reading::kMessage) return 0;
  check_views(message, datagram);
  check_leases(message);
  check_relayed(message, datagram);
  return 0;
}
