// DHCPv6 datagrams for tests, octet by octet from RFC 8415; nothing is shared with the parser. Any thread.
#pragma once

#include "tests/unit/dataplane/session/octets.h"

namespace lictor::dhcp6 {

inline Octets option(unsigned code, const Octets& value) {
  return join({big16(code), big16(static_cast<unsigned>(value.size())), value});
}

// 2001:db8::, with its last 16 bits.
inline Octets address(unsigned last) { return join({{0x20, 0x01, 0x0d, 0xb8}, Octets(10), big16(last)}); }

inline Octets message(uint8_t type, uint32_t transaction, std::initializer_list<Octets> options) {
  const Octets header = {type, static_cast<uint8_t>(transaction >> 16), static_cast<uint8_t>(transaction >> 8),
                         static_cast<uint8_t>(transaction)};
  return join({header, join(options)});
}

inline Octets status(unsigned code) { return option(13, join({big16(code), octets_of("why")})); }

inline Octets lease(const Octets& address, uint32_t preferred, uint32_t valid, const Octets& options = {}) {
  return option(5, join({address, big32(preferred), big32(valid), options}));
}

inline Octets prefix(const Octets& address, uint8_t bits, uint32_t preferred, uint32_t valid,
                     const Octets& options = {}) {
  return option(26, join({big32(preferred), big32(valid), {bits}, address, options}));
}

// IA_NA (3) or IA_PD (25); an IA_TA (4) has no times.
inline Octets association(unsigned code, uint32_t id, const Octets& options) {
  return option(code, join({big32(id), code == 4 ? Octets{} : join({big32(1000), big32(2000)}), options}));
}

struct RelayFields {
  uint8_t type = 12;
  uint8_t hops = 0;
  unsigned link = 1;
  unsigned peer = 2;
};

inline Octets relayed(const RelayFields& fields, const Octets& inside, const Octets& options = {}) {
  return join({{fields.type, fields.hops}, address(fields.link), address(fields.peer), options, option(9, inside)});
}

// DUID-LLT and DUID-LL of an Ethernet address.
const Octets kMac = {2, 0, 0, 0, 0, 7};
const Octets kDuidTime = join({big16(1), big16(1), big32(0x12345678), kMac});
const Octets kDuidPlain = join({big16(3), big16(1), kMac});

}  // namespace lictor::dhcp6
