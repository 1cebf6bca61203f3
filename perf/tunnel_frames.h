// Frames for the benches with a packet inside of another: every encapsulation that a port can trust. Made once before
// measuring; read by the measuring thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"
#include "dataplane/packet/parse_frame.h"

namespace lictor::perf {

enum class Tunnel { kMpls, kPseudowire, kPppoe, kGre, kErspan, kNvgre, kIpInIp, k6in4, kVxlan, kGeneve, kGtpU, kL2tp };

class TunnelFrames {
 public:
  // `count` frames of `frame_bytes` octets, between addresses all over the range inside and outside, in an order that
  // is not that of their memory. Each is parsed as what it is meant to be.
  TunnelFrames(Tunnel tunnel, size_t count, size_t frame_bytes) : frame_bytes_(frame_bytes) {
    octets_.reserve(count * frame_bytes);
    for (size_t i = 0; i < count; ++i) {
      const Octets frame = make(tunnel, frame_bytes);
      const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), EncapsulationTrust::all());
      LICTOR_CHECK(frame.size() == frame_bytes && parsed.level_count == levels_of(tunnel) && !parsed.inner_damaged);
      LICTOR_CHECK(parsed.levels().back().ports_known);
      octets_.insert(octets_.end(), frame.begin(), frame.end());
      order_.push_back(i);
    }
    std::shuffle(order_.begin(), order_.end(), random_);
  }

  [[nodiscard]] size_t count() const { return order_.size(); }
  [[nodiscard]] Bytes frame(size_t index) const {
    return Bytes(octets_).subspan(order_[index] * frame_bytes_, frame_bytes_);
  }

 private:
  using Octets = std::vector<uint8_t>;

  // Of IP: what stands below IP is no level.
  static size_t levels_of(Tunnel tunnel) {
    return tunnel == Tunnel::kMpls || tunnel == Tunnel::kPseudowire || tunnel == Tunnel::kPppoe ? 1 : 2;
  }

  static Octets join(std::initializer_list<Octets> parts) {
    Octets whole;
    for (const Octets& part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
  }
  static Octets of16(size_t value) { return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}; }
  static Octets ethernet(size_t type, const Octets& payload) {
    return join({{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, of16(type), payload});
  }
  static Octets udp(size_t port, const Octets& payload) {
    return join({of16(50000), of16(port), of16(8 + payload.size()), {0, 0}, payload});
  }

  // With its checksum, by which a packet below labels is recognised.
  Octets ipv4(uint8_t protocol, const Octets& payload) {
    Octets packet = join({{0x45, 0}, of16(20 + payload.size()), {0, 0, 0, 0, 64, protocol, 0, 0}});
    for (int i = 0; i < 8; ++i) packet.push_back(static_cast<uint8_t>(random_()));
    uint32_t sum = 0;
    for (size_t at = 0; at < packet.size(); at += 2) sum += static_cast<uint32_t>(packet[at] << 8 | packet[at + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    packet[10] = static_cast<uint8_t>(sum >> 8);
    packet[11] = static_cast<uint8_t>(sum);
    return join({packet, payload});
  }
  Octets ipv6(uint8_t next, const Octets& payload) {
    Octets packet = join({{0x60, 0, 0, 0}, of16(payload.size()), {next, 64}});
    for (int i = 0; i < 32; ++i) packet.push_back(static_cast<uint8_t>(random_()));
    return join({packet, payload});
  }

  // A frame around `inner`, an IPv4 packet.
  Octets wrap(Tunnel tunnel, const Octets& inner) {
    constexpr size_t kIpv4 = 0x0800;
    constexpr uint8_t kUdp = 17;
    constexpr uint8_t kGre = 47;
    switch (tunnel) {
      case Tunnel::kMpls:
        return ethernet(0x8847, join({{0, 1, 0, 64, 0, 2, 1, 64}, inner}));
      case Tunnel::kPseudowire:  // with a control word
        return ethernet(0x8847, join({{0, 1, 1, 64, 0, 0, 0, 0}, ethernet(kIpv4, inner)}));
      case Tunnel::kPppoe:
        return ethernet(0x8864, join({{0x11, 0, 0, 7}, of16(2 + inner.size()), of16(0x0021), inner}));
      case Tunnel::kGre:  // with a key
        return ethernet(kIpv4, ipv4(kGre, join({of16(0x2000), of16(kIpv4), {0, 0, 0, 7}, inner})));
      case Tunnel::kErspan:  // type II
        return ethernet(
            kIpv4,
            ipv4(
                kGre,
                join({of16(0x1000), of16(0x88be), {0, 0, 0, 1}, {0x10, 0, 0, 0, 0, 0, 0, 0}, ethernet(kIpv4, inner)})));
      case Tunnel::kNvgre:
        return ethernet(kIpv4, ipv4(kGre, join({of16(0x2000), of16(0x6558), {0, 0, 7, 0}, ethernet(kIpv4, inner)})));
      case Tunnel::kIpInIp:
        return ethernet(kIpv4, ipv4(4, inner));
      case Tunnel::k6in4:
        return ethernet(kIpv4, ipv4(41, ipv6(kUdp, Octets(inner.begin() + 20, inner.end()))));
      case Tunnel::kVxlan:
        return ethernet(kIpv4, ipv4(kUdp, udp(4789, join({{8, 0, 0, 0, 0, 0, 7, 0}, ethernet(kIpv4, inner)}))));
      case Tunnel::kGeneve:
        return ethernet(kIpv4,
                        ipv4(kUdp, udp(6081, join({{0, 0}, of16(0x6558), {0, 0, 7, 0}, ethernet(kIpv4, inner)}))));
      case Tunnel::kGtpU:
        return ethernet(kIpv4, ipv4(kUdp, udp(2152, join({{0x30, 255}, of16(inner.size()), {0, 0, 0, 7}, inner}))));
      case Tunnel::kL2tp:  // PPP in version 2
        return ethernet(kIpv4, ipv4(kUdp, udp(1701, join({{0, 2, 0, 7, 0, 9}, {0xff, 3}, of16(0x0021), inner}))));
    }
    return {};
  }

  // Its inner packet is as long as there is room.
  Octets make(Tunnel tunnel, size_t frame_bytes) {
    const size_t around = wrap(tunnel, ipv4(17, udp(53, {}))).size() - 28;
    return wrap(tunnel, ipv4(17, udp(53, Octets(frame_bytes - around - 28))));
  }

  size_t frame_bytes_;
  std::mt19937 random_{2026};
  std::vector<uint8_t> octets_;
  std::vector<size_t> order_;
};

}  // namespace lictor::perf
