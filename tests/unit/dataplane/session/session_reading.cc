// The sessions that the trackers find in a capture, for a test that compares them with another program's reading of it.
//
//   session_reading CAPTURE < PARTIES
//
// Parties, one a line, are whom to believe: "radius-server IP", "radius-client IP", "dhcp4-server IP", "dhcp4-relay
// IP", "dhcp6-server IP", "dhcp6-relay IP", "concentrator MAC". A line comes out for each session, in the order in
// which they ended or, at the end of the capture, stand: protocol, name, addresses that it ever had, the numbers of the
// frames that began and ended it (0: it goes on), between tabs. Names are octets in hexadecimal. A test's tool: it
// prints what it is given.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <pcap/pcap.h>

#include <cstdio>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "dataplane/packet/flow_match.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/session/dhcp4/tracker.h"
#include "dataplane/session/dhcp6/tracker.h"
#include "dataplane/session/pppoe/tracker.h"
#include "dataplane/session/radius/tracker.h"

namespace {

using namespace lictor;

std::string hex_of(Bytes octets) {
  std::string hex;
  for (const uint8_t octet : octets) hex += fmt::format("{:02x}", octet);
  return hex;
}

std::string text_of(const IpPrefix& prefix) {
  std::array<char, INET6_ADDRSTRLEN> words{};
  inet_ntop(prefix.ipv6 ? AF_INET6 : AF_INET, prefix.octets.data(), words.data(), words.size());
  return fmt::format("{}/{}", words.data(), prefix.bits);
}

// Sessions as they are told of.
class Listing : public SessionSink {
 public:
  explicit Listing(const SessionBook& book) : book_(book) {}

  void on_event(const SessionEvent& event) noexcept override {
    if (event.session == kNoSession) return;
    Session& session = open_[event.session];
    if (session.begun == 0) session = {.source = event.source, .begun = frame};
    for (const SessionAddress& address : event.bound) session.addresses.insert(text_of(address.prefix));
    session.name = name_of(event.session, event.source);
    if (event.kind != AccessEvent::kEnd) return;
    print(session, frame);
    open_.erase(event.session);
  }
  void print_open() {
    for (const auto& [id, session] : open_) print(session, 0);
  }

  size_t frame = 0;

 private:
  struct Session {
    SessionSource source = SessionSource::kRadius;
    size_t begun = 0;
    std::string name;
    std::set<std::string> addresses;
  };

  // RADIUS: the user; DHCPv4: the hardware address; DHCPv6: the DUID; PPPoE: hardware address and user.
  [[nodiscard]] std::string name_of(SessionId session, SessionSource source) const {
    std::map<IdentityKind, std::string> names;
    book_.for_each_identity(session, [&names](IdentityKind kind, Bytes shown) { names[kind] = hex_of(shown); });
    switch (source) {
      case SessionSource::kRadius:
        return names[IdentityKind::kRadiusUser];
      case SessionSource::kDhcp6:
        return names[IdentityKind::kDuid];
      case SessionSource::kPppoe:
        return names[IdentityKind::kMac] + "/" + names[IdentityKind::kRadiusUser];
      default:
        return names[IdentityKind::kMac];
    }
  }
  static void print(const Session& session, size_t ended) {
    static constexpr std::array<const char*, kSessionSources> kNames = {"radius", "dhcp4", "dhcp6", "pppoe",
                                                                        "neighbour"};
    std::string addresses;
    for (const std::string& address : session.addresses) addresses += (addresses.empty() ? "" : ",") + address;
    std::cout << fmt::format("{}\t{}\t{}\t{}\t{}\n", kNames.at(static_cast<size_t>(session.source)), session.name,
                             addresses, session.begun, ended);
  }

  const SessionBook& book_;
  std::map<SessionId, Session> open_;
};

// Whom to believe.
struct Parties {
  radius::PeerSetPlan radius;
  dhcp4::SourceSet dhcp4;
  dhcp6::SourceSet dhcp6;
  PppoeSet pppoe;

  void add(const std::string& what, const std::string& who) {
    if (what == "concentrator") {
      MacOctets mac{};
      for (size_t i = 0; i < mac.size(); ++i)
        mac.at(i) = static_cast<uint8_t>(std::stoul(who.substr(3 * i, 2), nullptr, 16));
      return pppoe.concentrators.push_back(mac);
    }
    const IpPrefix host = *IpPrefix::parse(who);
    const uint32_t ipv4 = ByteReader(host.octets).u32();
    if (what == "radius-server") radius.servers.push_back(host);
    if (what == "radius-client") radius.clients.push_back({.addresses = host});
    if (what == "dhcp4-server") dhcp4.servers.push_back(ipv4);
    if (what == "dhcp4-relay") dhcp4.relays.push_back(ipv4);
    if (what == "dhcp6-server") dhcp6.servers.push_back(host.octets);
    if (what == "dhcp6-relay") dhcp6.relays.push_back(host.octets);
  }
};

Parties read_parties() {
  Parties parties;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what;
    std::string who;
    words >> what >> who;
    parties.add(what, who);
  }
  return parties;
}

// The frame as Ethernet has it: of other links what stands for its type, behind addresses of nobody.
std::vector<uint8_t> ethernet_of(Bytes captured, int link) {
  const auto behind = [&captured](size_t skipped, unsigned type) {
    std::vector<uint8_t> frame(14);
    frame[12] = static_cast<uint8_t>(type >> 8);
    frame[13] = static_cast<uint8_t>(type);
    if (captured.size() >= skipped)
      frame.insert(frame.end(), captured.begin() + static_cast<ptrdiff_t>(skipped), captured.end());
    return frame;
  };
  const auto ip_behind = [&](size_t skipped) {
    const bool is_ipv6 = captured.size() > skipped && captured[skipped] >> 4 == 6;
    return behind(skipped, is_ipv6 ? 0x86dd : 0x0800);
  };
  if (link == DLT_NULL) return ip_behind(4);
  if (link == DLT_RAW) return ip_behind(0);
  if (link == DLT_LINUX_SLL && captured.size() >= 16) return behind(16, captured[14] * 256U + captured[15]);
  return {captured.begin(), captured.end()};
}

class Reader {
 public:
  explicit Reader(const Parties& parties)
      : book_(SessionBook::make({}).value()),
        radius_(radius::RadiusTracker::make(radius_plan(parties), *book_).value()),
        pppoe_({.sets = {parties.pppoe}}, *book_),
        dhcp4_({.sets = {parties.dhcp4}}, *book_),
        dhcp6_({.sets = {parties.dhcp6}}, *book_),
        listing_(*book_) {}

  void read(Bytes frame, PacketTime arrival, size_t number) {
    listing_.frame = number;
    header_ = {.frame_bytes = static_cast<uint32_t>(frame.size()), .arrival = arrival};
    radius_->on_tick(arrival, listing_);
    const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(frame.size()), EncapsulationTrust::all());
    for (size_t at = parsed.level_count; at-- > 0;)
      if (read_datagram(frame, parsed.level.at(at))) return;
    if (parsed.level_count == 0) read_link(frame);
  }
  void finish() { listing_.print_open(); }

 private:
  static radius::TrackerPlan radius_plan(const Parties& parties) {
    radius::TrackerPlan plan;
    plan.peers = {parties.radius};
    return plan;
  }

  static std::optional<SignalKind> kind_of(uint16_t port) {
    if (port == 1812 || port == 1813 || port == 1645 || port == 1646 || port == 3799) return SignalKind::kRadius;
    if (port == 67) return SignalKind::kDhcp4;
    if (port == 547) return SignalKind::kDhcp6;
    return std::nullopt;
  }

  bool read_datagram(Bytes frame, const IpLevel& level) {
    constexpr size_t kUdpHeaderBytes = 8;
    if (level.protocol != 17 || !level.ports_known || level.fragment != FragmentKind::kWhole) return false;
    const std::optional<SignalKind> to = kind_of(level.destination_port);
    const std::optional<SignalKind> kind = to ? to : kind_of(level.source_port);
    const size_t begin = level.transport_offset + kUdpHeaderBytes;
    if (!kind || begin > frame.size()) return false;
    const size_t claimed = ByteReader(frame.subspan(level.transport_offset + 4)).u16();
    const size_t captured = level.offset + level.bytes - level.transport_offset;
    if (claimed < kUdpHeaderBytes || captured < kUdpHeaderBytes) return false;
    const uint8_t* const ip = frame.data() + level.offset;
    header_.kind = *kind;
    header_.ipv6 = level.ipv6;
    header_.source.port = level.source_port;
    header_.destination.port = level.destination_port;
    std::copy_n(source_of(level, ip), level.ipv6 ? 16 : 4, header_.source.address.begin());
    std::copy_n(destination_of(level, ip), level.ipv6 ? 16 : 4, header_.destination.address.begin());
    tell(frame, frame.subspan(begin, std::min(claimed, captured) - kUdpHeaderBytes));
    return true;
  }

  void read_link(Bytes frame) {
    ByteReader in(frame);
    const Bytes to = in.take(6);
    const Bytes from = in.take(6);
    uint16_t type = in.u16();
    for (; in.ok() && (type == 0x8100 || type == 0x88a8) && header_.vlan_count < header_.vlans.size(); type = in.u16())
      header_.vlans.at(header_.vlan_count++) = in.u16() & 0x0fff;
    if (!in.ok() || (type != 0x8863 && type != 0x8864)) return;
    std::ranges::copy(to, header_.destination_mac.begin());
    std::ranges::copy(from, header_.source_mac.begin());
    header_.kind = type == 0x8863 ? SignalKind::kPppoeDiscovery : SignalKind::kPppoeSession;
    tell(frame, in.rest());
  }

  void tell(Bytes frame, Bytes message) {
    const SignalRecord record{.header = header_, .frame = frame, .message = message};
    switch (header_.kind) {
      case SignalKind::kRadius:
        return radius_->on_message(record, listing_);
      case SignalKind::kDhcp4:
        return dhcp4_.on_message(record, listing_);
      case SignalKind::kDhcp6:
        return dhcp6_.on_message(record, listing_);
      default:
        return pppoe_.on_message(record, listing_);
    }
  }

  std::unique_ptr<SessionBook> book_;
  std::unique_ptr<radius::RadiusTracker> radius_;
  PppoeTracker pppoe_;
  dhcp4::LeaseTracker dhcp4_;
  dhcp6::LeaseTracker dhcp6_;
  Listing listing_;
  SignalRecordHeader header_;
};

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  char error[PCAP_ERRBUF_SIZE];
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> file(pcap_open_offline(words[1], error), pcap_close);
  if (file == nullptr) {
    std::cerr << error << '\n';
    return 1;
  }
  Reader reader(read_parties());
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  for (size_t number = 1; pcap_next_ex(file.get(), &header, &octets) == 1; ++number) {
    const PacketTime arrival{header->ts.tv_sec * kNanosecondsPerSecond + header->ts.tv_usec * int64_t{1000}};
    reader.read(ethernet_of({octets, header->caplen}, pcap_datalink(file.get())), arrival, number);
  }
  reader.finish();
  return 0;
}
