// Any octets as one DHCPv4 datagram: every view lies in it or in the parser, what is read of its first half is what the
// whole says or nothing, and the next message has nothing of it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/base/check.h"
#include "dataplane/session/dhcp4/message.h"
#include "dataplane/session/domain_name.h"

using namespace lictor;

namespace {

bool inside(Bytes view, const void* begin, size_t size) {
  const auto* first = static_cast<const uint8_t*>(begin);
  return view.data() >= first && view.data() + view.size() <= first + size;
}

void check_names(const dhcp4::Message& message) {
  std::array<char, kDomainTextBytesMax> room;
  for (const std::string_view text :
       {write_domain(message.full_name.name, room), write_host(message.host_name, room)}) {
    LICTOR_CHECK(text.size() <= room.size());
    for (const char letter : text) LICTOR_CHECK(letter > ' ' && letter < 0x7f);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto parser = std::make_unique<dhcp4::Parser>();
  const Bytes datagram(data, size);
  dhcp4::Message message;
  const dhcp4::Reading reading = parser->read(datagram, message);
  LICTOR_CHECK((size < dhcp4::kFixedBytes + 4) == (reading == dhcp4::Reading::kTruncated));
  if (reading != dhcp4::Reading::kMessage) return 0;
  LICTOR_CHECK(message.chaddr.size() <= dhcp4::kHardwareBytesMax);
  const dhcp4::RelayInformation& relay = message.relay;
  for (const Bytes view :
       {message.chaddr, message.client_id, message.host_name, message.vendor_class, message.full_name.name,
        relay.circuit_id, relay.remote_id, relay.subscriber_id, relay.vendor_information, relay.relay_id})
    LICTOR_CHECK(view.empty() || inside(view, data, size) || inside(view, parser.get(), sizeof(dhcp4::Parser)));
  LICTOR_CHECK(relay.present || (relay.circuit_id.empty() && relay.remote_id.empty()));
  check_names(message);

  dhcp4::Message again;
  LICTOR_CHECK(parser->read(datagram, again) == reading && again.damage == message.damage);
  LICTOR_CHECK(again.xid == message.xid && again.lease_s == message.lease_s && again.type == message.type);
  parser->read(datagram.first(dhcp4::kFixedBytes + 4), again);
  LICTOR_CHECK(!again.relay.present || message.relay.present);
  LICTOR_CHECK(again.xid == message.xid && again.yiaddr == message.yiaddr);
  return 0;
}
