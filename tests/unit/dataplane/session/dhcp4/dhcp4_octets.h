// DHCPv4 datagrams for tests, octet by octet from RFC 2131's figure 1; nothing is shared with the parser. Any thread.
#pragma once

#include "tests/unit/dataplane/session/octets.h"

namespace lictor::dhcp4 {

struct Dhcp4Fields {
  uint8_t op = 1;
  uint8_t hardware_type = 1;
  uint8_t hardware_bytes = 6;
  uint8_t hops = 0;
  uint32_t xid = 0x3903f326;
  uint16_t flags = 0;
  uint32_t ciaddr = 0;
  uint32_t yiaddr = 0;
  uint32_t siaddr = 0;
  uint32_t giaddr = 0;
  Octets hardware = {2, 0, 0, 0, 0, 7};
  Octets server_name;  // padded with zeros
  Octets file;
  Octets magic = {0x63, 0x82, 0x53, 0x63};
};

inline Octets padded(Octets octets, size_t length) {
  octets.resize(length);
  return octets;
}

inline Octets option(uint8_t code, const Octets& value) {
  return join({{code, static_cast<uint8_t>(value.size())}, value});
}

inline Octets type(uint8_t value) { return option(53, {value}); }

const Octets kEndOption = {255};

inline Octets datagram(const Dhcp4Fields& fields, std::initializer_list<Octets> options) {
  Octets whole = {fields.op, fields.hardware_type, fields.hardware_bytes, fields.hops};
  append(whole, join({big32(fields.xid), big16(3), big16(fields.flags), big32(fields.ciaddr), big32(fields.yiaddr),
                      big32(fields.siaddr), big32(fields.giaddr), padded(fields.hardware, 16),
                      padded(fields.server_name, 64), padded(fields.file, 128), fields.magic}));
  append(whole, join(options));
  return whole;
}

}  // namespace lictor::dhcp4
