// PPPoE and PPP messages for tests, written out field by field. Any thread.
#pragma once

#include <string_view>

#include "dataplane/session/pppoe/message.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

inline Octets of_text(std::string_view text) { return {text.begin(), text.end()}; }

inline Octets tag(unsigned type, const Octets& value) {
  Octets octets;
  append16(octets, type);
  append16(octets, static_cast<unsigned>(value.size()));
  append(octets, value);
  return octets;
}

// What an access node puts in: the Broadband Forum's tag with both identifiers.
inline Octets line_tag(std::string_view circuit, std::string_view remote) {
  return tag(0x0105, join({{0, 0, 0x0d, 0xe9},
                           {1, static_cast<uint8_t>(circuit.size())},
                           of_text(circuit),
                           {2, static_cast<uint8_t>(remote.size())},
                           of_text(remote)}));
}

// What stands behind the EtherType.
inline Octets pppoe_packet(PppoeCode code, uint16_t session, const Octets& inside) {
  Octets octets = {0x11, static_cast<uint8_t>(code)};
  append16(octets, session);
  append16(octets, static_cast<unsigned>(inside.size()));
  append(octets, inside);
  return octets;
}

constexpr uint16_t kLcpProtocol = 0xc021;
constexpr uint16_t kPapProtocol = 0xc023;
constexpr uint16_t kChapProtocol = 0xc223;
constexpr uint16_t kIpcpProtocol = 0x8021;
constexpr uint16_t kIpv6cpProtocol = 0x8057;

// A control message in a session, behind the EtherType.
inline Octets ppp_control(uint16_t session, uint16_t protocol, uint8_t code, const Octets& data, uint8_t id = 7) {
  Octets inside;
  append16(inside, protocol);
  append(inside, {code, id});
  append16(inside, static_cast<unsigned>(4 + data.size()));
  append(inside, data);
  return pppoe_packet(PppoeCode::kSession, session, inside);
}

inline Octets pap_request(uint16_t session, std::string_view name, std::string_view password) {
  return ppp_control(session, kPapProtocol, 1,
                     join({{static_cast<uint8_t>(name.size())},
                           of_text(name),
                           {static_cast<uint8_t>(password.size())},
                           of_text(password)}));
}

inline Octets chap_response(uint16_t session, std::string_view name, uint8_t id = 7) {
  return ppp_control(session, kChapProtocol, 2, join({{16}, Octets(16, 0x5a), of_text(name)}), id);
}

}  // namespace lictor
