// Which MAC address has which IP address, where no server hands them out and hosts only claim them: IPv4 by ARP, IPv6
// by Neighbour Discovery. Anybody can claim anything, so nothing is believed where the configuration does not say so,
// in the prefixes that it names, and what RADIUS, DHCP or PPPoE tell of an address goes before. One session lcore;
// allocates only when it is made.
//
// A session is one MAC address with one IP address, and lasts while it is heard.
#pragma once

#include <array>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/session/neighbour/message.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/tracker.h"

namespace lictor {

// When a MAC address takes over what another has.
enum class NeighbourMove : uint8_t {
  kNever,       // not before the other's binding is too old
  kWhenSilent,  // when the other has not been heard for `silence_s`
  kAtOnce,      // who claims last has it: for links whose switches hold back what is forged
};

struct NeighbourSet {
  uint32_t arp_ports = 0;  // bit i: ARP is believed at port i
  uint32_t nd_ports = 0;   // the same of Neighbour Discovery
  // Addresses that may be claimed. Empty: none, but where `any_address` is set. Link-local ones never may.
  std::vector<IpPrefix> prefixes;
  bool any_address = false;
  NeighbourMove move = NeighbourMove::kWhenSilent;
  // Source sets, besides its own, whose addresses are of the same network: those of its RADIUS and DHCP servers.
  std::vector<uint16_t> other_sets;
};

struct NeighbourPlan {
  std::vector<NeighbourSet> sets;  // SignalRecordHeader::source_set counts into it
  uint32_t bindings_max = 65'536;  // of the book's sessions; beyond them nobody new is bound
  uint32_t bindings_per_mac_max = 16;
  uint32_t idle_s = 4 * 3600;  // a binding of which nothing was heard for so long is over; 1 or more
  uint32_t silence_s = 300;    // of NeighbourMove::kWhenSilent
  // Who asks by a solicitation of nobody whether an address is free can be told for so long that it is not (RFC 4862,
  // 5.4: a second a solicitation).
  int64_t tentative_ns = 3 * kNanosecondsPerSecond;
};

// Written by the session lcore, read by any thread.
struct NeighbourCounters {
  ReasonCounters<NeighbourReading> readings;
  Counter unknown_set;     // of a set that nobody configured
  Counter switched_off;    // claims at a port where they are not believed
  Counter other_sender;    // claims for another MAC address than the frame's
  Counter outside;         // claims of addresses that may not be claimed
  Counter probes;          // who only asks
  Counter held_elsewhere;  // claims of what RADIUS, DHCP or PPPoE has given
  Counter bound;
  Counter heard;         // claims of what the claimer has
  Counter extended;      // deadlines put off
  Counter moved;         // to another MAC address
  Counter move_refused;  // claims of what another has
  Counter defended;      // tentative bindings that were another's
  Counter mac_full;      // beyond bindings_per_mac_max
  Counter full;          // beyond bindings_max
  Counter late;          // claims that are older than the binding of another
};

class NeighbourTracker final : public Tracker {
 public:
  // `book` outlives the tracker, and is shared with the trackers whose addresses are not taken.
  NeighbourTracker(NeighbourPlan plan, SessionBook& book);

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override;
  // Nothing is to be done: deadlines are the book's.
  void on_tick(PacketTime /*now*/, SessionSink& /*sink*/) noexcept override {}

  [[nodiscard]] const NeighbourCounters& counters() const { return counters_; }
  [[nodiscard]] size_t bytes() const { return slots_.size() * sizeof(SessionKey); }

 private:
  enum class Claim : uint8_t { kSays, kAsks };

  // One claim on its way through the tracker.
  struct Case {
    const SignalRecord& record;
    SessionSink& sink;
    const NeighbourSet& set;
    PacketTime now;
    IpPrefix address;
    Claim claim = Claim::kSays;
  };

  // What a session's tracker_data holds.
  struct State {
    uint32_t slot = 0;     // its place in slots_, + 1
    uint32_t heard_s = 0;  // by the packets' clock, modulo 2^31
    bool is_tentative = false;

    [[nodiscard]] uint64_t pack() const;
    static State unpack(uint64_t data);
  };

  struct Holder {
    SessionId session = kNoSession;
    PacketTime since;
    bool elsewhere = false;  // another protocol has given it
  };

  void on_arp(const SignalRecord& record, const NeighbourSet& set, SessionSink& sink) noexcept;
  void on_nd(const SignalRecord& record, const NeighbourSet& set, SessionSink& sink) noexcept;
  void on_claim(const Case& at) noexcept;
  void hear(const Case& at, SessionId session) noexcept;
  void bind(const Case& at, const SessionKey& key) noexcept;
  void apply(const Case& at, SessionId session, AccessEvent kind) noexcept;

  [[nodiscard]] bool may_move(const Case& at, const Holder& holder) noexcept;
  [[nodiscard]] bool is_claimable(const Case& at) const noexcept;
  [[nodiscard]] Holder holder_of(const Case& at) const noexcept;
  [[nodiscard]] bool is_within_delegated(const Case& at) const noexcept;
  [[nodiscard]] uint32_t bindings_of(const Case& at) const noexcept;
  [[nodiscard]] uint32_t take_slot(const SessionKey& key) noexcept;
  [[nodiscard]] SessionKey key_of(const Case& at) const noexcept;

  const NeighbourPlan plan_;
  SessionBook& book_;
  NeighbourCounters counters_;
  // Whose sessions count against bindings_max. A place whose session is gone is taken again.
  std::vector<SessionKey> slots_;
  uint32_t hand_ = 0;
};

}  // namespace lictor
