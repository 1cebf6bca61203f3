// What stands behind a header that does not say what it carries: labels of MPLS, the tunnel of a GTP-U session. The
// first octets have to tell (RFC 4928), and hosts choose some of them.

#include "dataplane/packet/parse_walk.h"

namespace lictor {
namespace {

constexpr size_t kControlWord = 4;
constexpr uint32_t kTrailerMax = 4;  // octets behind IPv6 under labels: a check sum, or two of padding

// What IPv6 carries, as far as anybody sends it: extension headers, TCP, UDP, ICMP, tunnels, ESP, none, SCTP.
constexpr uint8_t kNextHeaders[] = {0, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 115, 132, 135, 137};

// The ones' complement sum of a header that contains its checksum (RFC 791).
bool has_good_checksum(Bytes header) {
  uint32_t sum = 0;
  for (size_t at = 0; at + 1 < header.size(); at += 2) sum += be16(header, at);
  return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

bool is_surely_ipv4(Bytes octets, uint32_t captured) {
  ByteReader in(octets);
  const Bytes fixed = in.take(20);
  if (!in.ok()) return false;
  const size_t header_bytes = (fixed[0] & 15U) * size_t{4};
  const uint16_t total = be16(fixed, 2);
  const bool lengths_fit = header_bytes >= 20 && header_bytes <= octets.size() && total <= captured;
  return lengths_fit && has_good_checksum(octets.first(header_bytes));
}

bool is_surely_ipv6(Bytes octets, uint32_t captured) {
  if (octets.size() < 40) return false;
  const uint32_t whole = 40U + be16(octets, 4);
  if (whole > captured || captured - whole > kTrailerMax) return false;
  return std::ranges::find(kNextHeaders, octets[6]) != std::end(kNextHeaders);
}

}  // namespace

// An Ethernet address that begins with 4 or 6 looks like IP, and one that begins with 0 like a control word. What is IP
// in every field that can be checked is IP; then whatever leads to IP as Ethernet is Ethernet: in this order, since the
// octets that look like Ethernet's are a host's to choose in IP, and its checksum and lengths are not.
UnnamedPayload name_payload(Bytes octets, uint32_t captured, ControlWord word) noexcept {
  if (octets.empty()) return {};
  const uint8_t nibble = octets[0] >> 4;
  if (nibble == 4 && is_surely_ipv4(octets, captured)) return {Layer::kIpv4};
  if (nibble == 6 && is_surely_ipv6(octets, captured)) return {Layer::kIpv6};
  const bool with = word == ControlWord::kPerhaps && nibble == 0 && octets.size() > kControlWord &&
                    looks_like_ethernet(octets.subspan(kControlWord));
  const bool without = looks_like_ethernet(octets);
  // An empty control word is one: no address begins with four zeros. Else the sequence number stands where an address
  // has its octets, and tagged frames would pass as untagged ones behind a control word.
  if (with && (!without || be32(octets, 0) == 0)) return {Layer::kEthernet, kControlWord};
  if (without) return {Layer::kEthernet};
  if (nibble == 4) return {Layer::kIpv4};
  return {nibble == 6 ? Layer::kIpv6 : Layer::kNothing};
}

}  // namespace lictor
