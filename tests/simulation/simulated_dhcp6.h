// Clients of one DHCPv6 server behind a relay, each with an address and a delegated prefix, which end at different
// times. One thread.
#pragma once

#include "dataplane/session/dhcp6/tracker.h"
#include "tests/simulation/simulated_network.h"
#include "tests/unit/dataplane/session/dhcp6/dhcp6_octets.h"

namespace lictor::simulation {

class SimulatedDhcp6 {
 public:
  static constexpr uint16_t kSourceSet = 3;
  static constexpr IdentityKind kNamedBy = IdentityKind::kDuid;
  static constexpr size_t kClients = 60;

  explicit SimulatedDhcp6(World& world) : world_(world), clients_(kClients) {
    for (Client& client : clients_) client.next = world.in_ms(world.between(0, 60'000));
  }

  static dhcp6::TrackerPlan plan() {
    return {
        .sets = {{}, {}, {}, {.servers = {address_of("2001:db8:ff::53")}, .relays = {address_of("2001:db8:ff::1")}}},
        .exchanges_max = 1024,
        .leases_max = kLeasesMax,
        .key = {1, 2}};
  }

  void step() {
    for (size_t i = 0; i < clients_.size(); ++i)
      if (clients_[i].next <= world_.now) act(i);
  }
  [[nodiscard]] std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (uint8_t number = 1; number <= pool_.count(); ++number) {
      all.push_back(address_text(number));
      all.push_back(prefix_text(number));
    }
    return all;
  }

 private:
  static constexpr int64_t kAnswerMs = 200;
  static constexpr uint32_t kLeasesMax = 1024;
  static constexpr unsigned kAddresses = 3;  // options
  static constexpr unsigned kPrefixes = 25;
  enum Type : uint8_t { kRequest = 3, kRenew = 5, kReply = 7, kRelease = 8, kDecline = 9 };

  enum class Next : uint8_t { kAsk, kRenew, kDecline, kFree };
  struct Client {
    PacketTime next;
    Next what = Next::kAsk;
    uint8_t number = 0;  // of its address and prefix; 0: none
    bool has_address = false;
    uint32_t transaction = 0;
    PacketTime until;
  };
  // Of one exchange: what whoever reads it knows.
  struct Known {
    bool is_asked = false;
    bool is_answered = false;
  };
  // One of a client's two leases.
  struct Leased {
    std::string address;
    std::string session;  // of its own association
    int64_t seconds = 0;
  };

  void act(size_t i) {
    Client& client = clients_[i];
    switch (client.what) {
      case Next::kAsk:
        client.next = world_.in_ms(world_.between(5'000, 30'000));
        client.number = pool_.take(world_.now);
        if (client.number == 0) return;
        client.has_address = true;
        client.until = {};
        lease(i, kRequest);
        if (world_.one_in(15)) go_on(client, Next::kDecline, 500);
        return;
      case Next::kRenew:
        if (world_.one_in(4)) return give_back(i);
        if (world_.one_in(4)) return vanish(i);
        if (world_.one_in(8)) return refuse(i);
        return lease(i, kRenew);
      case Next::kDecline:
        return decline(i);
      case Next::kFree:
        pool_.give_back(client.number);
        return go_on(client, Next::kAsk, world_.between(1'000, 30'000));
    }
  }
  void go_on(Client& client, Next what, int64_t in_ms) {
    client.what = what;
    client.next = world_.in_ms(in_ms);
  }

  void lease(size_t i, Type type) {
    Client& client = clients_[i];
    go_on(client, Next::kRenew, world_.between(15'000, 25'000));
    client.transaction = ++transaction_;
    std::vector<Leased> leased = {{prefix_text(client.number), session_of(i) + "-prefix", world_.between(30, 80)}};
    if (client.has_address)
      leased.push_back({address_text(client.number), session_of(i) + "-address", world_.between(30, 60)});
    for (const Leased& one : leased) {
      const PacketTime until = world_.in_ms(kAnswerMs + one.seconds * 1000);
      client.until = std::max(client.until, until);
      world_.promise(one.address, name_of(i), until);
    }
    const Octets wanted = associations(client, leased);
    const auto known = std::make_shared<Known>();
    send(i, 0, type, wanted, [known] { known->is_asked = true; });
    const PacketTime when = world_.in_ms(kAnswerMs);
    send(i, kAnswerMs, kReply, wanted, [this, known, i, leased, when, anew = type == kRequest] {
      if (!known->is_asked || std::exchange(known->is_answered, true)) return;
      for (const Leased& one : leased) {
        world_.reference.bind(one.address, {.session = one.session,
                                            .name = name_of(i),
                                            .is_one_of_several = true,
                                            .since = when,
                                            .until = {when.unix_ns + one.seconds * kNanosecondsPerSecond},
                                            .leaves_others = anew});
      }
    });
  }

  void give_back(size_t i) {
    Client& client = clients_[i];
    go_on(client, Next::kFree, 500);
    client.transaction = ++transaction_;
    send(i, 0, kRelease, held(client), ends(i, 0, client.has_address ? Ends::kAll : Ends::kPrefix));
  }
  // The address alone is somebody else's already.
  void decline(size_t i) {
    Client& client = clients_[i];
    go_on(client, Next::kRenew, world_.between(15'000, 25'000));
    client.transaction = ++transaction_;
    send(i, 0, kDecline, associations(client, {{address_text(client.number), "", 60}}), ends(i, 0, Ends::kAddress));
    client.has_address = false;
  }
  // A renewal of what the server knows nothing of.
  void refuse(size_t i) {
    Client& client = clients_[i];
    go_on(client, Next::kFree, 500);
    client.transaction = ++transaction_;
    const auto known = std::make_shared<Known>();
    send(i, 0, kRenew, held(client), [known] { known->is_asked = true; });
    const Octets no_binding = dhcp6::status(3);
    const Octets refused =
        join({dhcp6::association(kAddresses, 7, no_binding), dhcp6::association(kPrefixes, 8, no_binding)});
    // Of neither association: what he had in it before goes with it.
    const auto end = [this, session = session_of(i), when = world_.in_ms(kAnswerMs)] {
      for (const char* const association : {"-prefix", "-address"}) world_.reference.end(session + association, when);
    };
    send(i, kAnswerMs, kReply, refused, [known, end, own = ends(i, kAnswerMs, Ends::kAll)] {
      if (!known->is_asked) return;
      own();
      end();
    });
  }
  enum class Ends : uint8_t { kAddress, kPrefix, kAll };
  SimulatedTap::Effect ends(size_t i, int64_t in_ms, Ends which) {
    return [this, name = name_of(i), number = clients_[i].number, when = world_.in_ms(in_ms), which] {
      if (which != Ends::kPrefix) world_.reference.give_back(name, address_text(number), when);
      if (which != Ends::kAddress) world_.reference.give_back(name, prefix_text(number), when);
    };
  }

  void vanish(size_t i) {
    Client& client = clients_[i];
    client.what = Next::kFree;
    client.next = {client.until.unix_ns + 1000 * kMillisecond};
  }

  // As the relay sends it on, to the server or to the client.
  void send(size_t i, int64_t in_ms, Type type, const Octets& options, SimulatedTap::Effect effect) {
    const bool from_server = type == kReply;
    const Octets server = from_server ? dhcp6::option(2, {0, 3, 0, 1, 2, 0, 0, 0, 0, 0x53}) : Octets{};
    const Octets inside =
        dhcp6::message(type, clients_[i].transaction, {dhcp6::option(1, duid_of(i)), server, options});
    const dhcp6::RelayFields relay{.type = from_server ? uint8_t{13} : uint8_t{12},
                                   .peer = static_cast<unsigned>(i + 1)};
    SignalRecordHeader header{
        .arrival = world_.in_ms(in_ms), .kind = SignalKind::kDhcp6, .ipv6 = true, .source_set = kSourceSet};
    header.source.address = address_of(from_server ? "2001:db8:ff::53" : "2001:db8:ff::1");
    const Octets line = dhcp6::option(18, {static_cast<uint8_t>(i + 1)});
    world_.tap.carry(header, dhcp6::relayed(relay, inside, line), std::move(effect));
  }

  static Octets associations(const Client& client, const std::vector<Leased>& leased) {
    Octets options;
    for (const Leased& one : leased) {
      const auto seconds = static_cast<uint32_t>(one.seconds);
      if (one.address == prefix_text(client.number)) {
        append(options, dhcp6::association(kPrefixes, 8,
                                           dhcp6::prefix(octets_of(address_of(one.address)), 56, seconds, seconds)));
      } else {
        append(options,
               dhcp6::association(kAddresses, 7, dhcp6::lease(octets_of(address_of(one.address)), seconds, seconds)));
      }
    }
    return options;
  }
  static Octets held(const Client& client) {
    std::vector<Leased> leased = {{prefix_text(client.number), "", 60}};
    if (client.has_address) leased.push_back({address_text(client.number), "", 60});
    return associations(client, leased);
  }

  static std::string address_text(uint8_t number) { return "2001:db8:1::" + std::to_string(number); }
  static std::string prefix_text(uint8_t number) { return "2001:db8:2:" + std::to_string(number) + "00::/56"; }
  static dhcp6::Ipv6Octets address_of(const std::string& text) { return IpPrefix::parse(text)->octets; }
  static Octets duid_of(size_t i) { return {0, 3, 0, 1, 2, 0, 0, 0, 3, static_cast<uint8_t>(i)}; }
  static std::string name_of(size_t i) { return std::string(as_text(duid_of(i))); }
  static std::string session_of(size_t i) { return "dhcp6-" + std::to_string(i); }

  World& world_;
  std::vector<Client> clients_;
  AddressPool pool_{45};
  uint32_t transaction_ = 0;
};

}  // namespace lictor::simulation
