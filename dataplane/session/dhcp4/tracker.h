// Who has which IPv4 address by DHCP (RFC 2131): a lease begins with the ACK that answers a REQUEST, and lasts as long
// as that ACK says. Believed is only what configured servers and relays say; what a client says of itself counts for
// its own names and nothing else. One session lcore; allocates only when it is made.
//
// A session is one client at one line with one address. The line is the relay (giaddr) with option 82's circuit and
// remote identifiers. A client that renews its address goes on with its session: renewals come without option 82, and
// the line stays the one of the first exchange. A client is known by its hardware address or its identifier (option
// 61), as servers know it (RFC 2131 section 4.2); another one is another session. The same client with the same address
// at another line has moved: its session goes on under new names. The same client at another line with another address
// is another session, and the old lease ends at its time: networks have hardware addresses twice, and nobody may end
// another's interception by borrowing his.
#pragma once

#include <array>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/session/dhcp4/message.h"
#include "dataplane/session/exchange_table.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/short_text.h"
#include "dataplane/session/tracker.h"

namespace lictor::dhcp4 {

// Whom to believe, of one set of servers. IPv4 addresses in host order.
struct SourceSet {
  std::vector<uint32_t> servers;  // as they send, and as option 54 names them
  std::vector<uint32_t> relays;   // each address that they send from or put in as giaddr
  // Access nodes put option 82 into what clients send, and take out what clients put there themselves: it is believed
  // without a relay (giaddr) too.
  bool trusts_access_nodes = false;
};

struct TrackerPlan {
  std::vector<SourceSet> sets;  // SignalRecordHeader::source_set counts into it
  uint32_t exchanges_max = 32'768;
  int64_t exchange_ns = 120 * kNanosecondsPerSecond;  // between a REQUEST and its answer at most
  int64_t repetition_ns = 2 * kNanosecondsPerSecond;  // what comes again within is the same message
  uint32_t lease_default_s = 3600;                    // of an ACK without option 51, which is against the RFC
  HashKey key;
};

// Written by the session lcore, read by any thread.
struct TrackerCounters {
  std::array<Counter, static_cast<size_t>(Reading::kCount)> readings;
  std::array<Counter, static_cast<size_t>(Damage::kCount)> damages;
  Counter split_options;
  Counter wrong_way;      // a client's message that says it is a server's, or the other way round
  Counter unknown_set;    // of servers that nobody configured
  Counter not_trusted;    // an answer whose sender or option 54 is no configured server or relay
  Counter forged_relay;   // relay information from somebody who is no configured relay
  Counter foreign_end;    // a RELEASE or DECLINE that does not come from the lease's holder
  Counter unasked;        // an ACK or NAK whose REQUEST was not seen
  Counter informed;       // an ACK without an address that a host can have: what was asked for were options
  Counter no_lease_time;  // lease_default_s counted
  Counter after_end;      // an ACK that is older than the end of its lease, and was read behind it
  Counter repeated;       // seen before: another tap, the other side of a relay, a retransmission
  Counter begun;
  Counter renewed;
  Counter moved;
  Counter rejected;
  Counter revoked;  // leases ended by a NAK
  Counter released;
  Counter declined;
  Counter name_too_long;   // a name that could not be kept from REQUEST to ACK
  Counter exchanges_lost;  // given up for younger ones within exchange_ns, unanswered
};

class LeaseTracker final : public Tracker {
 public:
  // `book` outlives the tracker, and may be shared with other trackers of the same lcore.
  LeaseTracker(TrackerPlan plan, SessionBook& book);

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override;
  void on_tick(PacketTime now, SessionSink& sink) noexcept override;

  [[nodiscard]] const TrackerCounters& counters() const { return counters_; }
  [[nodiscard]] size_t bytes() const { return exchanges_.bytes(); }

 private:
  enum class Answer : uint8_t { kNone, kAck, kNak };

  // What is known of a client's questions with one xid.
  struct Exchange {
    PacketTime asked;
    PacketTime answered;
    uint32_t requested = 0;  // ciaddr, else option 50; 0: neither
    uint32_t bound = 0;      // what the ACK gave
    uint32_t giaddr = 0;     // of a relay that is believed; with it, the next two
    Answer answer = Answer::kNone;
    bool attempted = false;       // its DISCOVER was told
    bool attempted_line = false;  // with the line
    bool has_request = false;
    bool is_rapid = false;  // its DISCOVER asked for rapid commit
    bool renews = false;    // by ciaddr: the client has the address
    bool has_forged_line = false;
    bool bound_with_line = false;  // the session has been told the line's identifiers
    ShortText<255> circuit_id;
    ShortText<255> remote_id;
    ShortText<255> client_id;
    ShortText<255> host_name;  // harmless text
  };

  // Where a client is, as far as a message tells.
  struct Line {
    uint32_t giaddr = 0;
    Bytes circuit_id;
    Bytes remote_id;
    uint32_t hash = 0;  // of all that, where it is asked for; 0: not known

    [[nodiscard]] bool known() const { return giaddr != 0 || has_ids(); }
    [[nodiscard]] bool has_ids() const { return !circuit_id.empty() || !remote_id.empty(); }
  };

  // One message on its way through the tracker.
  struct Case {
    const SignalRecord& record;
    const Message& message;
    const SourceSet& set;
    SessionSink& sink;
    uint32_t source = 0;
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

  struct Found {
    SessionId session = kNoSession;
    AccessEvent kind = AccessEvent::kUpdate;
  };

  enum class LineRule : uint8_t { kMayBeUnknown, kMustAgree };

  bool count(Reading reading, const Message& message) noexcept;
  void on_discover(const Case& at) noexcept;
  void on_request(const Case& at) noexcept;
  void on_ack(const Case& at) noexcept;
  void on_nak(const Case& at) noexcept;
  void on_release(const Case& at) noexcept;
  void on_decline(const Case& at) noexcept;
  void bind(const Case& at, Exchange& exchange, const Line& line) noexcept;
  void complete(const Case& at, Exchange& exchange, const Line& line) noexcept;
  void end_lease(const Case& at, uint32_t address, const Line& line, LineRule rule, Counter& counter,
                 SessionEnd end) noexcept;
  static void tell(const Case& at, AccessEvent kind, const Names& names) noexcept;

  [[nodiscard]] Hash128 exchange_key(const Case& at) const noexcept;
  [[nodiscard]] bool is_old(const Exchange& exchange, PacketTime now) const noexcept;
  Exchange& exchange_of(const Case& at) noexcept;
  Exchange* asked_exchange(const Case& at) noexcept;
  void note_client(const Case& at, Exchange& exchange) noexcept;
  void note_line(const Line& line, Exchange& exchange) noexcept;
  [[nodiscard]] bool is_trusted(const Case& at) noexcept;
  [[nodiscard]] Line asked_from(const Case& at) noexcept;
  [[nodiscard]] static Line line_of(const Exchange& exchange) noexcept;
  [[nodiscard]] static Line answered_to(const Case& at, const Exchange& exchange) noexcept;
  [[nodiscard]] static Names names_of(const Case& at, const Exchange& exchange, const Line& line) noexcept;
  [[nodiscard]] SessionId holder_of(const Case& at, uint32_t address) const noexcept;
  [[nodiscard]] bool is_client_of(const Case& at, SessionId session) noexcept;
  [[nodiscard]] bool is_same_client(const Case& at, const Exchange& exchange, SessionId session) noexcept;
  [[nodiscard]] Found session_for(const Case& at, const Exchange& exchange, const Line& line) noexcept;
  [[nodiscard]] bool moves_on(const Case& at, SessionId session, const Line& line) noexcept;
  [[nodiscard]] SessionKey session_key(const Case& at, const Exchange& exchange, const Line& line) const noexcept;
  [[nodiscard]] uint32_t client_hash(const Message& message) const noexcept;
  [[nodiscard]] Line hashed(Line line) const noexcept;
  void mark(const Case& at, SessionId session, const Line& line) noexcept;

  const TrackerPlan plan_;
  SessionBook& book_;
  TrackerCounters counters_;
  Parser parser_;
  ExchangeTable<Exchange> exchanges_;
};

}  // namespace lictor::dhcp4
