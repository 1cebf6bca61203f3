// Frames for randomised tests: generated traffic, wrapped into every encapsulation and those into each other, then cut
// and damaged. Identifiers come from few values, so that rules that name some find them. One thread.
#pragma once

#include "encoders/pcap/capture_talk.h"
#include "tests/unit/dataplane/packet/dice.h"
#include "tests/unit/dataplane/packet/tunnel_octets.h"

namespace lictor {

// Few values each. Addresses that begin like IP, like a control word, and like neither.
inline constexpr std::array<uint32_t, 4> kSomeLabels = {17, 42, 43, 900000};
inline constexpr std::array<uint32_t, 3> kSomeNetworks = {7, 8, 0xfffffe};
inline constexpr std::array<uint32_t, 3> kSomeTunnels = {1, 2, 0xfffffffe};
inline constexpr std::array<std::array<uint8_t, 6>, 6> kSomeCards = {{{2, 0, 0, 0, 0, 1},
                                                                      {0, 0x1b, 0x21, 0, 0x45, 2},
                                                                      {0x45, 0, 0, 40, 0, 3},
                                                                      {0x60, 0, 0, 0, 0, 60},
                                                                      {0, 0, 0x5e, 0, 1, 1},
                                                                      {0x6c, 0, 0x81, 0, 0, 5}}};
inline constexpr std::array<uint16_t, 3> kTagTypes = {0x8100, 0x88a8, 0x9100};

class RandomFrames {
 public:
  // `dice` outlives this.
  explicit RandomFrames(Dice& dice) : dice_(dice) {}

  // Generated traffic: TCP and UDP over IPv4 and IPv6, some of it tagged; longer frames are kept in part.
  std::vector<Octets> traffic(size_t count);

  // `ip` in `tunnels` encapsulations, as a frame.
  Octets wrap(Octets ip, uint64_t tunnels);

  // The IP packet of a frame of traffic().
  static Octets packet_of(const Octets& frame);

  // Now and then cut, with other octets, with more tags or LLC.
  void damage(Octets& frame);

 private:
  static constexpr size_t kKeptBytes = 300;

  Octets tunnel(const Octets& ip);
  Octets gre_tunnel(const Octets& ip);
  Octets udp_tunnel(const Octets& ip);
  Octets outer(uint8_t protocol, const Octets& payload);
  Octets link(const Octets& ip);
  Octets service_chain(const Octets& ip);
  Octets ethernet_frame(uint16_t type, const Octets& payload);
  Octets labelled(const Octets& ip);
  void retag(Octets& frame);
  Octets ppp_of(const Octets& ip);
  std::vector<Tag> tags();
  Octets filler(size_t bytes);

  static bool is_ipv6(const Octets& ip) { return !ip.empty() && ip[0] >> 4 == 6; }
  static uint16_t type_of(const Octets& ip) { return is_ipv6(ip) ? kIpv6Type : kIpv4Type; }

  Dice& dice_;
  std::vector<CaptureHost> hosts_;
};

inline std::vector<Octets> RandomFrames::traffic(size_t count) {
  static const Octets payloads(kPayloadsBytes, 7);
  CaptureRandom random(dice_.any<uint64_t>());
  CaptureFlows flows({}, true, random);
  FrameBuilder builder;
  std::vector<Octets> frames;
  hosts_.clear();
  while (frames.size() < count) {
    CaptureFlow& flow = flows.pick_stranger(random);
    hosts_.push_back(flow.client);
    hosts_.push_back(flow.server);
    start_next(flow, {}, random, payloads, builder);
    while (builder.has_next()) {
      const Bytes frame = builder.next();
      const Bytes kept = frame.first(std::min(frame.size(), kKeptBytes));
      frames.emplace_back(kept.begin(), kept.end());
    }
  }
  frames.resize(count);
  return frames;
}

inline Octets RandomFrames::packet_of(const Octets& frame) {
  const ParsedFrame parsed = parse(frame);
  if (parsed.level_count == 0) return {};
  const Bytes packet = Bytes(frame).subspan(parsed.level[0].offset, parsed.level[0].bytes);
  return {packet.begin(), packet.end()};
}

inline Octets RandomFrames::wrap(Octets ip, uint64_t tunnels) {
  for (; tunnels > 0; --tunnels) ip = tunnel(ip);
  return link(ip);
}

inline Octets RandomFrames::filler(size_t bytes) {
  Octets octets(bytes);
  for (uint8_t& octet : octets) octet = dice_.any<uint8_t>();
  return octets;
}

inline Octets RandomFrames::outer(uint8_t protocol, const Octets& payload) {
  const CaptureHost& from = dice_.of(hosts_);
  const CaptureHost& to = dice_.of(hosts_);
  const auto fragment = dice_.one_in(10) ? dice_.from<uint16_t>(dice_.one_in(2) ? 0x2000 : 0, 3) : uint16_t{0};
  if (from.address().size() == 4 && to.address().size() == 4) {
    const Octets packet = ipv4({.fragment = fragment,
                                .protocol = protocol,
                                .source = {from.address().begin(), from.address().end()},
                                .destination = {to.address().begin(), to.address().end()}},
                               payload);
    return dice_.one_in(2) ? with_checksum(packet) : packet;
  }
  Ipv6Fields fields{.next = protocol};
  if (from.address().size() == 16) fields.source.assign(from.address().begin(), from.address().end());
  if (to.address().size() == 16) fields.destination.assign(to.address().begin(), to.address().end());
  Octets header;
  if (dice_.one_in(4)) {
    fields.next = dice_.of(std::array<uint8_t, 3>{0, 60, 43});
    header = extension(protocol);
  } else if (fragment != 0) {
    fields.next = 44;
    header = join({{protocol, 0}, of16(fragment == 0x2000 ? 1U : fragment * 8U), of32(1)});
  }
  return ipv6(fields, join({header, payload}));
}

inline std::vector<Tag> RandomFrames::tags() {
  std::vector<Tag> tags;
  for (uint64_t count = dice_.one_in(2) ? 0 : dice_.below(3); count > 0; --count)
    tags.push_back({dice_.of(kTagTypes), dice_.from<uint16_t>(100, 8)});
  return tags;
}

inline Octets RandomFrames::ethernet_frame(uint16_t type, const Octets& payload) {
  Octets frame = dice_.one_in(16) && type != kMplsType && type != kPppoeType
                     ? ethernet(dice_.from<uint16_t>(0, 1501), snap(type, payload), tags())
                     : ethernet(type, payload, tags());
  std::ranges::copy(dice_.of(kSomeCards), frame.begin());
  std::ranges::copy(dice_.of(kSomeCards), frame.begin() + 6);
  return frame;
}

inline Octets RandomFrames::labelled(const Octets& ip) {
  std::vector<uint32_t> labels;
  for (uint64_t count = dice_.from<uint64_t>(1, 3); count > 0; --count) labels.push_back(dice_.of(kSomeLabels));
  if (dice_.one_in(6)) labels.insert(labels.end(), {7, dice_.from<uint32_t>(16, 100)});
  if (dice_.one_in(2)) return mpls(labels, ip);
  const Octets word = dice_.one_in(2) ? Octets(4) : Octets{0, 0, 0, dice_.any<uint8_t>()};
  return mpls(labels, join({dice_.one_in(2) ? word : Octets{}, ethernet_frame(type_of(ip), ip)}));
}

inline Octets RandomFrames::ppp_of(const Octets& ip) {
  const uint8_t protocol = is_ipv6(ip) ? 0x57 : 0x21;
  return join(
      {dice_.one_in(3) ? Octets{0xff, 0x03} : Octets{}, dice_.one_in(3) ? Octets{} : Octets{0}, {protocol}, ip});
}

inline Octets RandomFrames::link(const Octets& ip) {
  switch (dice_.below(8)) {
    case 0:
      return ethernet_frame(kMplsType, labelled(ip));
    case 1:
      return ethernet_frame(kPppoeType, pppoe(ppp_of(ip)));
    case 2:
      return ethernet_frame(kNshType, service_chain(ip));
    default:
      return ethernet_frame(type_of(ip), ip);
  }
}

inline Octets RandomFrames::service_chain(const Octets& ip) {
  const auto words = dice_.from<uint8_t>(0, 6);
  const uint8_t of_ip = is_ipv6(ip) ? 2 : 1;
  switch (dice_.below(6)) {
    case 0:
      return nsh(3, link(ip), words);
    case 1:
      return nsh(5, labelled(ip), words);
    case 2:
      return nsh(4, nsh(of_ip, ip, 0), words);
    default:
      return nsh(of_ip, ip, words);
  }
}

inline Octets RandomFrames::gre_tunnel(const Octets& ip) {
  const Octets key = of32(dice_.of(kSomeNetworks) << 8 | 5);
  const Octets second = {0x10, 0x64, 0, 1, 0, 0, 0, 0};
  const Octets third = join({{0x20}, Octets(9), {static_cast<uint8_t>(dice_.one_in(4) ? 2 << 2 : 0), 0}});
  switch (dice_.below(8)) {
    case 0:
      return gre(0x2000, kBridgedType, key, link(ip));
    case 1:
      return gre(0x3000, kBridgedType, join({key, Octets(4)}), link(ip));
    case 2:
      return gre(0x3001, 0x880b, Octets(8), ppp_of(ip));
    case 3:
      return gre(0, kErspanType, {}, link(ip));
    case 4:
      return gre(0x1000, kErspanType, Octets(4), join({second, link(ip)}));
    case 5:
      return gre(0x1000, kErspanIiiType, Octets(4), join({third, third[10] != 0 ? ip : link(ip)}));
    case 6:
      return gre(0, kMplsType, {}, labelled(ip));
    default:
      return gre(0xb000, type_of(ip), Octets(12), ip);
  }
}

inline Octets RandomFrames::udp_tunnel(const Octets& ip) {
  const auto over = [this](uint16_t port, const Octets& payload) {
    return outer(17, udp_between(dice_.from<uint16_t>(50000, 8), port, payload));
  };
  switch (dice_.below(10)) {
    case 6:
      return over(4790, vxlan_gpe(dice_.of(kSomeNetworks), 4, service_chain(ip)));
    case 7:
      return over(4790, vxlan_gpe(dice_.of(kSomeNetworks), is_ipv6(ip) ? 2 : 1, ip, dice_.one_in(8) ? 0x1c : 0x0c));
    case 8:
      return over(6635, labelled(ip));
    case 9:
      return over(2152, gtp_u({.teid = dice_.of(kSomeTunnels)}, link(ip)));
    case 0:
      return over(4789, vxlan(dice_.of(kSomeNetworks), link(ip), dice_.one_in(8) ? 0 : 8));
    case 1:
      return over(6081, geneve(dice_.of(kSomeNetworks), kBridgedType, link(ip), dice_.below(3)));
    case 2:
      return over(6081, geneve(dice_.of(kSomeNetworks), type_of(ip), ip, dice_.below(3)));
    case 3:
      return over(2152, gtp_u({.teid = dice_.of(kSomeTunnels)}, ip));
    case 4:
      return over(2152,
                  gtp_u({.flags = 0x34, .teid = dice_.of(kSomeTunnels)}, join({{0, 0, 0, 0x85, 1, 0, 9, 0}, ip})));
    default:
      return dice_.one_in(2) ? over(1701, l2tp_v2(0x4800, Octets(4), ppp_of(ip)))
                             : over(1701, join({{0, 3, 0, 0}, of32(7), dice_.one_in(2) ? link(ip) : ppp_of(ip)}));
  }
}

inline Octets RandomFrames::tunnel(const Octets& ip) {
  const uint8_t in_ip = is_ipv6(ip) ? 41 : 4;
  switch (dice_.below(8)) {
    case 0:
      return outer(in_ip, ip);
    case 1:
      return outer(51, join({{in_ip, 1}, Octets(10), ip}));
    case 2:
      return outer(115, join({of32(dice_.below(8) == 0 ? 0 : 7), dice_.one_in(2) ? Octets(4) : Octets{}, link(ip)}));
    case 3:
      return outer(137, labelled(ip));
    case 4:
    case 5:
      return outer(47, gre_tunnel(ip));
    default:
      return udp_tunnel(ip);
  }
}

inline void RandomFrames::retag(Octets& frame) {
  if (dice_.one_in(2)) {
    Octets tags;
    for (uint64_t count = dice_.below(6); count > 0; --count) {
      append16(tags, dice_.of(kTagTypes));
      append16(tags, dice_.any<uint16_t>());
    }
    frame.insert(frame.begin() + 12, tags.begin(), tags.end());
  } else if (frame[12] == 0x08 || frame[12] == 0x86) {
    Octets header;
    append16(header, dice_.from<unsigned>(0, 1502));
    append(header, {0xaa, 0xaa, 0x03, 0, 0, 0});
    frame.insert(frame.begin() + 12, header.begin(), header.end());
  }
}

inline void RandomFrames::damage(Octets& frame) {
  if (dice_.one_in(16)) retag(frame);
  if (dice_.one_in(5)) frame.resize(dice_.below(frame.size()));
  if (frame.empty() || !dice_.one_in(4)) return;
  const size_t reach = dice_.one_in(2) ? 40 : 200;
  for (uint64_t flips = dice_.from<uint64_t>(1, 3); flips > 0; --flips)
    frame[dice_.below(std::min<size_t>(frame.size(), reach))] = dice_.any<uint8_t>();
}

}  // namespace lictor
