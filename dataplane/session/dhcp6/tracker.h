// Who has which IPv6 addresses and prefixes by DHCP (RFC 8415): a lease begins with the REPLY that answers a REQUEST,
// RENEW or REBIND, or a SOLICIT with rapid commit, and lasts as long as that REPLY says. Believed is only what
// configured servers and relays say. One session lcore; allocates only when it is made.
//
// A session is one client (its DUID) at one line, with all addresses and prefixes that it has there; each ends at its
// own time. The line is what the relay next to the client says, if that relay is believed: Interface-Id, Remote-Id,
// link.
#pragma once

#include <array>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/session/dhcp6/lease_table.h"
#include "dataplane/session/dhcp6/message.h"
#include "dataplane/session/exchange_table.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/short_text.h"
#include "dataplane/session/tracker.h"

namespace lictor::dhcp6 {

// Whom to believe, of one set of servers. Link-local addresses too, where links with clients are tapped.
struct SourceSet {
  std::vector<Ipv6Octets> servers;
  std::vector<Ipv6Octets> relays;
  std::vector<std::vector<uint8_t>> server_duids;  // none: any
  // Access nodes are relays of layer 2 (RFC 6221), and let no relay's message of a client pass.
  bool trusts_access_nodes = false;
};

struct TrackerPlan {
  std::vector<SourceSet> sets;  // SignalRecordHeader::source_set counts into it
  uint32_t exchanges_max = 32'768;
  uint32_t leases_max = 2 * 65'536;
  int64_t exchange_ns = 120 * kNanosecondsPerSecond;  // between a question and its answer at most
  int64_t repetition_ns = 2 * kNanosecondsPerSecond;  // what comes again within is the same message
  HashKey key;
};

// Written by the session lcore, read by any thread.
struct TrackerCounters {
  std::array<Counter, static_cast<size_t>(Reading::kCount)> readings;
  std::array<Counter, static_cast<size_t>(Damage::kCount)> damages;
  Counter wrong_way;     // a client's message in a relay's towards clients, or the other way round
  Counter unknown_set;   // of servers that nobody configured
  Counter no_client;     // without a client's DUID
  Counter not_trusted;   // an answer whose sender or server's DUID nobody configured
  Counter forged_relay;  // relay information from somebody who is no configured relay
  Counter foreign_end;   // a RELEASE or DECLINE that does not come from the lease's holder
  Counter after_end;     // leases of a REPLY that is older than their end, and was read behind it
  Counter unasked;       // a REPLY to nothing that was seen and that a lease could come of
  Counter bad_lease;     // an address that no host can have, or a prefix that is nobody's
  Counter leases_full;   // a lease whose own end is not known: it ends with the last of its session
  Counter repeated;      // seen before: another tap, the other side of a relay, a retransmission
  Counter begun;
  Counter renewed;
  Counter moved;
  Counter rejected;
  Counter unbound;  // sessions that a REPLY left without a lease
  Counter released;
  Counter declined;
  Counter expired;         // leases that reached their own end; of a session's last the book may be first
  Counter name_too_long;   // a name that could not be kept from question to answer
  Counter exchanges_lost;  // given up for younger ones within exchange_ns, unanswered
};

class LeaseTracker final : public Tracker {
 public:
  // `book` outlives the tracker, and may be shared with other trackers of the same lcore.
  LeaseTracker(TrackerPlan plan, SessionBook& book);

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override;
  void on_tick(PacketTime now, SessionSink& sink) noexcept override;

  [[nodiscard]] const TrackerCounters& counters() const { return counters_; }
  [[nodiscard]] size_t bytes() const { return exchanges_.bytes() + leases_.bytes(); }

 private:
  static constexpr size_t kMacBytes = 6;

  // What is known of a client's questions with one transaction.
  struct Exchange {
    PacketTime asked;
    PacketTime answered;
    Ipv6Octets link{};
    // The first addresses and prefixes of a RENEW or REBIND.
    std::array<SessionAddress, 4> asked_for;
    uint8_t asked_count = 0;
    bool attempted = false;       // its SOLICIT was told
    bool attempted_line = false;  // with the line
    bool is_rapid = false;        // its SOLICIT asked for rapid commit
    bool has_request = false;     // REQUEST, RENEW or REBIND
    bool renews = false;          // RENEW or REBIND
    bool is_answered = false;
    bool has_lease = false;        // the answer gave one
    bool bound_with_line = false;  // the session has been told the line's identifiers
    bool has_line = false;
    ShortText<255> interface_id;
    ShortText<255> remote_id;
    ShortText<255> host_name;  // harmless text
    ShortText<kMacBytes> mac;
  };

  // Where a client is, as far as a message tells.
  struct Line {
    bool known = false;
    Ipv6Octets link{};
    Bytes interface_id;
    Bytes remote_id;
    Bytes mac;
    uint32_t hash = 0;  // of all but that, where it is asked for; 0: not known

    [[nodiscard]] bool has_ids() const { return !interface_id.empty() || !remote_id.empty(); }
  };

  // One message on its way through the tracker.
  struct Case {
    const SignalRecord& record;
    const Message& message;
    const SourceSet& set;
    SessionSink& sink;
    PacketTime now;
    uint16_t source_set = 0;
    uint32_t client = 0;  // its hash, where the message is no mere question
  };

  // The names of a message, or of its exchange, and what else is told of it.
  struct Names {
    std::array<ShownIdentity, 4> identities;
    size_t count = 0;
    SessionDetails details;

    void add(IdentityKind kind, Bytes shown);
    [[nodiscard]] std::span<const ShownIdentity> shown() const { return std::span(identities).first(count); }
  };

  // One address or prefix of a session, with what the lease table knows of it.
  struct Binding {
    SessionAddress address;
    AssociationKind kind = AssociationKind::kAddresses;
    uint32_t association = 0;
    uint32_t expires_s = 0;       // 0: not known
    LeaseEntry* entry = nullptr;  // of the lease table; null: not there yet
  };

  // All of one session.
  struct Bindings {
    static constexpr size_t kMax = 64;
    std::array<Binding, kMax> list;
    size_t count = 0;

    [[nodiscard]] std::span<const Binding> all() const { return std::span(list).first(count); }
    void put(const Binding& binding);
    void remove(const SessionAddress& address);
    void remove(AssociationKind kind, uint32_t association);
    [[nodiscard]] uint32_t last_end_s() const;
  };

  struct Found {
    SessionId session = kNoSession;
    AccessEvent kind = AccessEvent::kUpdate;
  };

  bool count(Reading reading, const Message& message) noexcept;
  void on_solicit(const Case& at) noexcept;
  void on_request(const Case& at) noexcept;
  void on_reply(const Case& at) noexcept;
  void on_end(const Case& at, Counter& counter, SessionEnd end) noexcept;
  void give(const Case& at, Exchange& exchange, const Line& line) noexcept;
  void refuse(const Case& at, const Exchange& exchange, const Line& line) noexcept;
  void vacate_asked(const Case& at, const Exchange& exchange) noexcept;
  void complete(const Case& at, Exchange& exchange, const Line& line) noexcept;
  void let_go(const Case& at, SessionId session, const Bindings& rest, const Names& names, SessionEnd end) noexcept;
  bool expire(const LeaseEntry& entry, PacketTime now, SessionSink& sink) noexcept;
  static void tell(const Case& at, AccessEvent kind, const Names& names) noexcept;

  // --- leases ---
  Bindings& bindings_of(SessionId session) noexcept;
  void take_answer(const Case& at, const Exchange& exchange, Bindings& bindings) noexcept;
  [[nodiscard]] size_t granted(const Message& message) noexcept;
  [[nodiscard]] bool was_given_since(const Case& at, const SessionAddress& address) noexcept;
  [[nodiscard]] bool are_all_older(const Case& at) noexcept;
  void apply(const Case& at, Found found, const Bindings& bindings, const Names& names) noexcept;
  [[nodiscard]] uint32_t address_hash(const SessionAddress& address) const noexcept;

  // --- whom to believe, what belongs together ---
  [[nodiscard]] Hash128 exchange_key(const Case& at) const noexcept;
  [[nodiscard]] bool is_old(const Exchange& exchange, PacketTime now) const noexcept;
  Exchange& exchange_of(const Case& at) noexcept;
  Exchange* asked_exchange(const Case& at) noexcept;
  void note_client(const Case& at, Exchange& exchange) noexcept;
  void note_line(const Line& line, Exchange& exchange) noexcept;
  [[nodiscard]] bool is_trusted(const Case& at) const noexcept;
  [[nodiscard]] Line line_in(const Case& at) noexcept;
  [[nodiscard]] static Line line_of(const Exchange& exchange) noexcept;
  [[nodiscard]] static Names names_of(const Case& at, const Exchange& exchange, const Line& line) noexcept;
  [[nodiscard]] SessionId holder_of(const Case& at, const IpPrefix& prefix) const noexcept;
  [[nodiscard]] bool is_client_of(const Case& at, SessionId session) noexcept;
  [[nodiscard]] bool agrees(SessionId session, const Line& line) noexcept;
  [[nodiscard]] SessionId session_of(const Case& at, const Exchange& exchange, const Line& line) noexcept;
  [[nodiscard]] Found session_for(const Case& at, const Line& line) noexcept;
  [[nodiscard]] bool moves_on(const Case& at, SessionId session, const Line& line) noexcept;
  [[nodiscard]] SessionKey session_key(const Case& at, const Line& line) const noexcept;
  [[nodiscard]] uint32_t client_hash(const Message& message) const noexcept;
  [[nodiscard]] Line hashed(Line line) const noexcept;
  void mark(const Case& at, SessionId session, const Line& line) noexcept;

  const TrackerPlan plan_;
  SessionBook& book_;
  TrackerCounters counters_;
  Parser parser_;
  ExchangeTable<Exchange> exchanges_;
  LeaseTable leases_;
  // Of the message at hand.
  Bindings bindings_;
  std::array<SessionAddress, Bindings::kMax> addresses_;
};

// The address or prefix of a lease, host bits cleared. nullopt: no host can have it (unspecified, loopback, link-local,
// multicast, IPv4 in disguise), or a prefix so short that it is nobody's.
std::optional<SessionAddress> address_of(const Lease& lease, AssociationKind kind) noexcept;

}  // namespace lictor::dhcp6
