// What the DHCP parsers make of datagrams, for tests that compare it with another program's reading: lines of "4 HEX"
// or "6 HEX" in, a line each of name=value words out, in the order of the datagram. Addresses and octets are
// hexadecimal.

#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "dataplane/session/dhcp4/message.h"
#include "dataplane/session/dhcp6/message.h"

namespace {

using namespace lictor;

std::vector<uint8_t> octets_of_hex(std::string_view text) {
  std::vector<uint8_t> octets;
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    octets.push_back(static_cast<uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
  return octets;
}

class Line {
 public:
  void add(std::string_view name, std::string_view value) {
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : " ", name, value);
  }
  void add(std::string_view name, uint64_t value) { add(name, std::string_view(fmt::format("{}", value))); }
  // Nothing where there is nothing.
  void octets(std::string_view name, Bytes value) {
    std::string hex;
    for (const uint8_t octet : value) hex += fmt::format("{:02x}", octet);
    if (!hex.empty()) add(name, std::string_view(hex));
  }
  void number(std::string_view name, std::optional<uint32_t> value) {
    if (value) add(name, *value);
  }
  void address(std::string_view name, std::optional<uint32_t> value) {
    if (value) add(name, std::string_view(fmt::format("{:08x}", *value)));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void show4(Bytes datagram, Line& line) {
  static dhcp4::Parser parser;
  dhcp4::Message message;
  const dhcp4::Reading reading = parser.read(datagram, message);
  line.add("reading", dhcp4::kReadingNames[static_cast<size_t>(reading)]);
  if (reading != dhcp4::Reading::kMessage) return;
  line.add("damage", message.damage);
  line.add("op", static_cast<uint64_t>(message.op));
  line.add("type", static_cast<uint64_t>(message.type));
  line.address("xid", message.xid);
  line.address("ciaddr", message.ciaddr);
  line.address("yiaddr", message.yiaddr);
  line.address("giaddr", message.giaddr);
  line.octets("chaddr", message.chaddr);
  line.address("requested", message.requested_address);
  line.number("lease", message.lease_s);
  line.address("server", message.server_id);
  line.octets("host", message.host_name);
  line.octets("circuit", message.relay.circuit_id);
  line.octets("remote", message.relay.remote_id);
  line.octets("subscriber", message.relay.subscriber_id);
}

void show_leases(const dhcp6::Message& message, Line& line) {
  for (const dhcp6::Lease& lease : message.leases) {
    const bool prefix = message.associations[lease.association].kind == dhcp6::AssociationKind::kPrefixes;
    line.octets(prefix ? "prefix" : "address", lease.prefix);
    if (prefix) line.add("bits", lease.bits);
    line.add(prefix ? "prefix_valid" : "valid", lease.valid_s);
  }
}

void show6(Bytes datagram, Line& line) {
  static dhcp6::Parser parser;
  dhcp6::Message message;
  const dhcp6::Reading reading = parser.read(datagram, message);
  line.add("reading", dhcp6::kReadingNames[static_cast<size_t>(reading)]);
  if (reading != dhcp6::Reading::kMessage) return;
  line.add("damage", message.damage);
  for (const dhcp6::Relay& relay : message.relays) {
    line.octets("link", relay.link);
    line.octets("peer", relay.peer);
    line.octets("duid", relay.relay_id);
    line.octets("interface", relay.interface_id);
    line.octets("remote", relay.remote_id.id);
  }
  line.add("type", static_cast<uint64_t>(message.type));
  line.address("xid", message.transaction);
  line.octets("duid", message.client_duid);
  line.octets("duid", message.server_duid);
  for (const dhcp6::Association& association : message.associations)
    line.address(association.kind == dhcp6::AssociationKind::kTemporary ? "iata" : "iaid", association.id);
  show_leases(message, line);
}

}  // namespace

int main() {
  std::string input;
  while (std::getline(std::cin, input)) {
    const std::vector<uint8_t> datagram = octets_of_hex(std::string_view(input).substr(2));
    Line line;
    input[0] == '4' ? show4(datagram, line) : show6(datagram, line);
    std::cout << line.text() << '\n';
  }
  return 0;
}
