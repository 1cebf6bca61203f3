// ARP and Neighbour Discovery messages for tests, written out field by field. Any thread.
#pragma once

#include "dataplane/session/neighbour/message.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {

inline const MacOctets kMacA = {2, 0, 0, 0, 0, 0x0a};
inline const MacOctets kMacB = {2, 0, 0, 0, 0, 0x0b};

template <size_t size>
Octets octets_of(const std::array<uint8_t, size>& array) {
  return {array.begin(), array.end()};
}

// 2001:db8::<last>, fe80::<last>, ff02::<last>.
inline Ipv6Octets global(uint8_t last) { return {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}; }
inline Ipv6Octets link_local(uint8_t last) { return {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}; }
inline Ipv6Octets group(uint8_t last) { return {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}; }
inline Ipv6Octets solicited_node(uint8_t last) {
  return {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0, 0, last};
}

struct ArpFields {
  uint16_t hardware = 1;
  uint16_t operation = 1;
  MacOctets sender_mac = kMacA;
  Ipv4Octets sender = {192, 0, 2, 7};
  MacOctets target_mac{};
  Ipv4Octets target = {192, 0, 2, 1};
};

inline Octets arp(const ArpFields& fields) {
  Octets octets;
  append16(octets, fields.hardware);
  append16(octets, 0x0800);
  append(octets, {6, 4});
  append16(octets, fields.operation);
  return join({octets, octets_of(fields.sender_mac), octets_of(fields.sender), octets_of(fields.target_mac),
               octets_of(fields.target)});
}

// An option of type 1 or 2.
inline Octets link_option(uint8_t type, const MacOctets& mac) { return join({{type, 1}, octets_of(mac)}); }

struct PrefixFields {
  Ipv6Octets prefix = global(0);
  uint8_t bits = 64;
  uint8_t flags = 0xc0;
  uint32_t valid_s = 7200;
  uint32_t preferred_s = 3600;
};

inline Octets prefix_option(const PrefixFields& fields) {
  Octets octets = {3, 4, fields.bits, fields.flags};
  for (const uint32_t seconds : {fields.valid_s, fields.preferred_s, uint32_t{0}}) {
    append16(octets, seconds >> 16);
    append16(octets, seconds & 0xffff);
  }
  append(octets, octets_of(fields.prefix));
  return octets;
}

// Writes the checksum that belongs to the message in its envelope.
inline Octets checked(Octets message, const NdEnvelope& envelope) {
  message[2] = message[3] = 0;
  Octets all = join({octets_of(envelope.source), octets_of(envelope.destination), {0, 0}});
  append16(all, static_cast<unsigned>(message.size()));
  append(all, {0, 0, 0, 58});
  append(all, message);
  if (all.size() % 2 != 0) all.push_back(0);
  uint32_t sum = 0;
  for (size_t i = 0; i < all.size(); i += 2) sum += static_cast<uint32_t>(all[i] << 8 | all[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  message[2] = static_cast<uint8_t>(~sum >> 8);
  message[3] = static_cast<uint8_t>(~sum);
  return message;
}

// `rest`: what stands behind the checksum.
inline Octets nd(uint8_t type, const NdEnvelope& envelope, const Octets& rest, uint8_t code = 0) {
  return checked(join({{type, code, 0, 0}, rest}), envelope);
}

inline Octets solicitation(const NdEnvelope& envelope, const Ipv6Octets& target, const Octets& options) {
  return nd(135, envelope, join({{0, 0, 0, 0}, octets_of(target), options}));
}
inline Octets advertisement(const NdEnvelope& envelope, uint8_t flags, const Ipv6Octets& target,
                            const Octets& options) {
  return nd(136, envelope, join({{flags, 0, 0, 0}, octets_of(target), options}));
}
inline Octets router_advertisement(const NdEnvelope& envelope, const Octets& options) {
  return nd(134, envelope, join({{64, 0, 0x07, 0x08}, Octets(8), options}));
}

inline const NdEnvelope kSolicits = {link_local(7), solicited_node(9), 255};
inline const NdEnvelope kAnswers = {global(9), link_local(7), 255};
inline const NdEnvelope kAnnounces = {link_local(1), group(1), 255};

}  // namespace lictor
