// Clients of one DHCP server behind a relay; the tap sees both sides of the relay. Some give their address back, some
// find it in use, some are refused, and some are switched off, and the server waits for their lease to end. One thread.
#pragma once

#include "dataplane/session/dhcp4/tracker.h"
#include "tests/simulation/simulated_network.h"
#include "tests/unit/dataplane/session/dhcp4/dhcp4_octets.h"

namespace lictor::simulation {

class SimulatedDhcp4 {
 public:
  static constexpr uint16_t kSourceSet = 2;
  static constexpr IdentityKind kNamedBy = IdentityKind::kMac;
  static constexpr size_t kClients = 60;

  explicit SimulatedDhcp4(World& world) : world_(world), clients_(kClients) {
    for (Client& client : clients_) client.next = world.in_ms(world.between(0, 60'000));
  }

  static dhcp4::TrackerPlan plan() {
    return {.sets = {{}, {}, {.servers = {kServer}, .relays = {kRelay}}}, .exchanges_max = 1024, .key = {1, 2}};
  }

  void step() {
    for (size_t i = 0; i < clients_.size(); ++i)
      if (clients_[i].next <= world_.now) act(i);
  }
  [[nodiscard]] std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (uint8_t last = 1; last <= pool_.count(); ++last) all.push_back(ipv4_text(octets(last)));
    return all;
  }

 private:
  static constexpr uint32_t kServer = 0xc6336435;  // 198.51.100.53
  static constexpr uint32_t kRelay = 0xc6336401;   // 198.51.100.1
  static constexpr int64_t kAnswerMs = 200;

  enum class Next : uint8_t { kAsk, kRenewAtOnce, kRenew, kDecline, kFree };
  // By way of the relay for an address, or without it for the one that a client has (`ciaddr`).
  enum class Asked : uint8_t { kByRelay, kByClient };
  // Of one exchange: what whoever reads it knows.
  struct Known {
    bool is_asked = false;
    bool is_answered = false;
    std::shared_ptr<Known> before;  // of the same xid

    // Whether an answer is one to something that was seen, and the first.
    std::optional<Asked> take_answer(Asked asked) {
      const bool is_for_before = !is_asked && before != nullptr && before->is_asked && !before->is_answered;
      if ((!is_asked && !is_for_before) || std::exchange(is_answered, true)) return std::nullopt;
      return is_for_before ? Asked::kByRelay : asked;
    }
  };
  struct Client {
    PacketTime next;
    Next what = Next::kAsk;
    uint8_t address = 0;
    uint32_t xid = 0;
    PacketTime until;
    std::shared_ptr<Known> known;  // of its last exchange
  };

  void act(size_t i) {
    Client& client = clients_[i];
    switch (client.what) {
      case Next::kAsk:
        client.next = world_.in_ms(world_.between(5'000, 30'000));
        client.address = pool_.take(world_.now);
        if (client.address == 0) return;
        client.xid = ++xid_;
        client.until = {};
        client.known = nullptr;
        lease(i, Asked::kByRelay);
        if (world_.one_in(10)) return go_on(client, Next::kRenewAtOnce, 1'000);
        if (world_.one_in(20)) go_on(client, Next::kDecline, 500);
        return;
      case Next::kRenewAtOnce:  // by the same xid
        return lease(i, Asked::kByClient);
      case Next::kRenew:
        client.xid = ++xid_;
        client.known = nullptr;
        if (world_.one_in(4)) return give_back(i);
        if (world_.one_in(4)) return vanish(i);
        if (world_.one_in(8)) return refuse(i);
        return lease(i, Asked::kByClient);
      case Next::kDecline:
        return decline(i);
      case Next::kFree:
        pool_.give_back(client.address);
        return go_on(client, Next::kAsk, world_.between(1'000, 30'000));
    }
  }
  void go_on(Client& client, Next what, int64_t in_ms) {
    client.what = what;
    client.next = world_.in_ms(in_ms);
  }

  void lease(size_t i, Asked asked) {
    Client& client = clients_[i];
    go_on(client, Next::kRenew, world_.between(15'000, 25'000));
    const int64_t lease_s = world_.between(30, 60);
    const PacketTime until = world_.in_ms(kAnswerMs + lease_s * 1000);
    client.until = std::max(client.until, until);
    world_.promise(text(client), name_of(i), until);
    const auto known = std::make_shared<Known>(Known{.before = client.known});
    client.known = known;
    ask(i, asked, known);
    const auto effect = [this, known, i, lease_s, asked, address = text(client)](PacketTime when) {
      return [this, known, i, lease_s, asked, address, when] {
        if (const std::optional<Asked> to = known->take_answer(asked)) bind(i, address, when, lease_s, *to);
      };
    };
    const Octets time = dhcp4::option(51, big32(static_cast<uint32_t>(lease_s)));
    const bool by_relay = asked == Asked::kByRelay;
    answer(i, kAnswerMs, 5, by_relay ? kRelay : 0, time, effect(world_.in_ms(kAnswerMs)));
    if (by_relay) answer(i, kAnswerMs + 2, 5, 0, time, effect(world_.in_ms(kAnswerMs + 2)));
  }

  // Who renews goes on with what he has, and begins something without a line where that was lost.
  void bind(size_t i, const std::string& address, PacketTime when, int64_t lease_s, Asked asked) {
    std::string session = "dhcp-" + std::to_string(i);
    if (asked == Asked::kByClient) {
      const Reference::Answer before = world_.reference.find(address, when);
      const bool goes_on = before.state == Reference::State::kHeld && before.claim->name == name_of(i);
      session = goes_on ? before.claim->session : session + "-somewhere";
    }
    world_.reference.bind(address, {.session = session,
                                    .name = name_of(i),
                                    .line_is_known = false,  // what shows it may have been lost
                                    .since = when,
                                    .until = {when.unix_ns + lease_s * kNanosecondsPerSecond}});
  }

  void give_back(size_t i) {
    Client& client = clients_[i];
    go_on(client, Next::kFree, 500);
    carry(0, address_of(client),
          dhcp4::datagram({.xid = client.xid, .ciaddr = address_of(client), .hardware = mac_of(i)},
                          {dhcp4::type(7), dhcp4::option(54, big32(kServer)), dhcp4::kEndOption}),
          ends(i, 0));
  }
  // The relay's copy, which has the line.
  void decline(size_t i) {
    Client& client = clients_[i];
    go_on(client, Next::kFree, 500);
    carry(
        0, kRelay,
        dhcp4::datagram({.xid = client.xid, .giaddr = kRelay, .hardware = mac_of(i)},
                        {dhcp4::type(4), dhcp4::option(50, big32(address_of(client))), line_of(i), dhcp4::kEndOption}),
        ends(i, 0));
  }
  // A renewal that is not granted.
  void refuse(size_t i) {
    Client& client = clients_[i];
    go_on(client, Next::kFree, 500);
    const auto known = std::make_shared<Known>();
    ask(i, Asked::kByClient, known);
    answer(i, kAnswerMs, 6, 0, {}, [known, end = ends(i, kAnswerMs)] {
      if (known->is_asked) end();
    });
  }
  SimulatedTap::Effect ends(size_t i, int64_t in_ms) {
    return [this, name = name_of(i), address = text(clients_[i]), when = world_.in_ms(in_ms)] {
      world_.reference.give_back(name, address, when);
    };
  }

  void vanish(size_t i) {
    Client& client = clients_[i];
    client.what = Next::kFree;
    client.next = {client.until.unix_ns + 1000 * kMillisecond};
  }

  void ask(size_t i, Asked asked, const std::shared_ptr<Known>& known) {
    const Client& client = clients_[i];
    const auto note = [known] { known->is_asked = true; };
    if (asked == Asked::kByClient) {
      const uint32_t ciaddr = address_of(client);
      return carry(0, ciaddr,
                   dhcp4::datagram({.xid = client.xid, .ciaddr = ciaddr, .hardware = mac_of(i)},
                                   {dhcp4::type(3), dhcp4::kEndOption}),
                   note);
    }
    const Octets wanted = dhcp4::option(50, big32(address_of(client)));
    carry(0, 0,
          dhcp4::datagram({.xid = client.xid, .hardware = mac_of(i)}, {dhcp4::type(3), wanted, dhcp4::kEndOption}),
          note);
    carry(2, kRelay,
          dhcp4::datagram({.xid = client.xid, .giaddr = kRelay, .hardware = mac_of(i)},
                          {dhcp4::type(3), wanted, line_of(i), dhcp4::kEndOption}),
          note);
  }

  // `relay`: the server's to the relay; 0: the relay's or the server's own to the client.
  void answer(size_t i, int64_t in_ms, uint8_t type, uint32_t relay, const Octets& time, SimulatedTap::Effect effect) {
    const Client& client = clients_[i];
    const Octets line = relay == 0 ? Octets{} : line_of(i);
    carry(in_ms, kServer,
          dhcp4::datagram({.op = 2,
                           .xid = client.xid,
                           .yiaddr = type == 5 ? address_of(client) : 0,
                           .giaddr = relay,
                           .hardware = mac_of(i)},
                          {dhcp4::type(type), dhcp4::option(54, big32(kServer)), time, line, dhcp4::kEndOption}),
          std::move(effect));
  }

  void carry(int64_t in_ms, uint32_t source, Octets octets, SimulatedTap::Effect effect) {
    SignalRecordHeader header{.arrival = world_.in_ms(in_ms), .kind = SignalKind::kDhcp4, .source_set = kSourceSet};
    const Octets address = big32(source);
    std::copy(address.begin(), address.end(), header.source.address.begin());
    world_.tap.carry(header, std::move(octets), std::move(effect));
  }

  static Octets octets(uint8_t last) { return {192, 0, 2, last}; }
  static std::string text(const Client& client) { return ipv4_text(octets(client.address)); }
  static uint32_t address_of(const Client& client) { return ByteReader(octets(client.address)).u32(); }
  static Octets line_of(size_t i) { return dhcp4::option(82, dhcp4::option(1, {static_cast<uint8_t>(i + 1)})); }
  static Octets mac_of(size_t i) { return {2, 0, 0, 0, 2, static_cast<uint8_t>(i)}; }
  static std::string name_of(size_t i) { return std::string(as_text(mac_of(i))); }

  World& world_;
  std::vector<Client> clients_;
  AddressPool pool_{45};
  uint32_t xid_ = 0;
};

}  // namespace lictor::simulation
