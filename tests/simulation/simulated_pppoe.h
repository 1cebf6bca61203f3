// Subscribers of a PPPoE concentrator who log in with PAP and are given addresses. Numbers of sessions come again soon.
// One thread.
#pragma once

#include "dataplane/session/pppoe/tracker.h"
#include "tests/simulation/simulated_network.h"
#include "tests/unit/dataplane/session/pppoe/pppoe_octets.h"

namespace lictor::simulation {

class SimulatedPppoe {
 public:
  static constexpr uint16_t kSourceSet = 1;
  static constexpr IdentityKind kNamedBy = IdentityKind::kRadiusUser;
  static constexpr size_t kSubscribers = 60;

  explicit SimulatedPppoe(World& world) : world_(world), lines_(kSubscribers) {
    for (Line& line : lines_) line.next = world.in_ms(world.between(0, 60'000));
  }

  static PppoePlan plan() {
    PppoePlan plan;
    plan.sets = {{}, {.concentrators = {kConcentrator}}};
    plan.requests_max = plan.authentications_max = plan.ends_max = 512;
    plan.idle_s = kIdleSeconds;
    return plan;
  }

  void step() {
    for (size_t i = 0; i < lines_.size(); ++i)
      if (lines_[i].next <= world_.now) act(i);
  }
  [[nodiscard]] std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (uint8_t last = 1; last <= pool_.count(); ++last) all.push_back(ipv4_text(octets(last)));
    return all;
  }

 private:
  static constexpr MacOctets kConcentrator = {2, 0, 0, 0, 0, 0xac};
  static constexpr uint32_t kIdleSeconds = 600;
  static constexpr uint64_t kNumbers = 3;  // of a line

  // What whoever reads the messages knows of a session.
  struct Known {
    bool is_open = false;
    bool has_asked = false;
    bool has_name = false;
  };
  struct Line {
    PacketTime next;
    bool is_up = false;
    uint64_t dialled = 0;
    uint8_t address = 0;
  };

  void act(size_t i) {
    Line& line = lines_[i];
    line.next = world_.in_ms(world_.between(5'000, 60'000));
    if (line.is_up) return hang_up(i);
    line.address = pool_.take(world_.now);
    if (line.address == 0) return;
    line.is_up = true;
    ++line.dialled;
    dial(i);
  }

  // A step each 200 ms: more than a jitter.
  void dial(size_t i) {
    const auto known = std::make_shared<Known>();
    const uint16_t number = number_of(i);
    const std::string session = session_of(i);
    const Octets host = tag(0x0103, {static_cast<uint8_t>(i), static_cast<uint8_t>(lines_[i].dialled)});
    up(i, 0, pppoe_packet(PppoeCode::kPadr, 0, host), SignalKind::kPppoeDiscovery);
    down(i, 200, pppoe_packet(PppoeCode::kPads, number, host), SignalKind::kPppoeDiscovery,
         [this, known, session, when = world_.in_ms(200)] {
           known->is_open = true;
           world_.reference.begin(session, when);
         });
    up(i, 400, pap_request(number, name_of(i), "secret"), SignalKind::kPppoeSession,
       [known] { known->has_asked = known->is_open; });
    down(i, 600, ppp_control(number, kPapProtocol, 2, {0}), SignalKind::kPppoeSession,
         [known] { known->has_name = known->has_asked; });
    const Octets option = join({{3, 6}, octets(lines_[i].address)});
    const PacketTime when = world_.in_ms(800);
    const Reference::Claim claim{.session = session,
                                 .name = name_of(i),
                                 .since = when,
                                 .until = {when.unix_ns + kIdleSeconds * kNanosecondsPerSecond}};
    down(i, 800, ppp_control(number, kIpcpProtocol, 2, option), SignalKind::kPppoeSession,
         [this, known, claim, address = ipv4_text(octets(lines_[i].address))] {
           known->is_open = true;
           Reference::Claim taken = claim;
           taken.name_is_known = known->has_name;
           world_.reference.bind(address, taken);
         });
  }

  void hang_up(size_t i) {
    Line& line = lines_[i];
    line.is_up = false;
    pool_.give_back(line.address);
    const uint16_t number = number_of(i);
    const auto ended_in = [this, session = session_of(i)](int64_t ms) {
      return [this, session, when = world_.in_ms(ms)] { world_.reference.end(session, when); };
    };
    if (world_.one_in(3)) {
      up(i, 0, ppp_control(number, kLcpProtocol, 5, {}), SignalKind::kPppoeSession);
      down(i, 200, ppp_control(number, kLcpProtocol, 6, {}), SignalKind::kPppoeSession, ended_in(200));
    } else {
      up(i, 0, pppoe_packet(PppoeCode::kPadt, number, {}), SignalKind::kPppoeDiscovery, ended_in(0));
    }
  }

  void up(
      size_t i, int64_t in_ms, Octets octets, SignalKind kind, SimulatedTap::Effect effect = [] {}) {
    carry(mac_of(i), kConcentrator, in_ms, std::move(octets), kind, std::move(effect));
  }
  void down(size_t i, int64_t in_ms, Octets octets, SignalKind kind, SimulatedTap::Effect effect) {
    carry(kConcentrator, mac_of(i), in_ms, std::move(octets), kind, std::move(effect));
  }
  void carry(const MacOctets& from, const MacOctets& to, int64_t in_ms, Octets octets, SignalKind kind,
             SimulatedTap::Effect effect) {
    SignalRecordHeader header{.arrival = world_.in_ms(in_ms), .kind = kind, .source_set = kSourceSet};
    header.source_mac = from;
    header.destination_mac = to;
    world_.tap.carry(header, std::move(octets), std::move(effect));
  }

  [[nodiscard]] uint16_t number_of(size_t i) const {
    return static_cast<uint16_t>(1 + i * kNumbers + lines_[i].dialled % kNumbers);
  }
  [[nodiscard]] std::string session_of(size_t i) const { return "pppoe-" + std::to_string(number_of(i)); }
  static MacOctets mac_of(size_t i) { return {2, 0, 0, 0, 1, static_cast<uint8_t>(i)}; }
  static std::string name_of(size_t i) { return "user" + std::to_string(i) + "@example.org"; }
  static Octets octets(uint8_t last) { return {198, 51, 100, last}; }

  World& world_;
  std::vector<Line> lines_;
  AddressPool pool_{45};
};

}  // namespace lictor::simulation
