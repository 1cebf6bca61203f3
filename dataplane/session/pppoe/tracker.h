// Who is in which PPPoE session, with which IPv4 address. A session begins when a concentrator's PADS gives it a
// number, and ends with PADT or with PPP's own end. Believed is only what concentrators say: a name counts when a
// concentrator has taken it (PAP-Ack, CHAP-Success), an address when a concentrator has acknowledged it (IPCP
// Configure-Ack). What a client says of itself is kept until then and never told as its name. One session lcore;
// allocates only when it is made.
//
// A session is known by the client's and the concentrator's MAC address, its number and its VLAN tags, in one source
// set. Directions of a link may come in at two ports, so the port is no part of it.
#pragma once

#include <array>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/session/exchange_table.h"
#include "dataplane/session/pppoe/message.h"
#include "dataplane/session/recent_set.h"
#include "dataplane/session/session_book.h"
#include "dataplane/session/short_text.h"
#include "dataplane/session/tracker.h"

namespace lictor {

using MacOctets = std::array<uint8_t, 6>;

// Who is a concentrator. Where both are named both must hold; where neither is, nobody is one.
struct PppoeSet {
  std::vector<MacOctets> concentrators;  // empty: whoever sends at `concentrator_ports`
  // Bit i: at port i come frames from concentrators. Alone, without MAC addresses, only for ports that see nothing
  // else: a tap of that one direction.
  uint32_t concentrator_ports = 0;
  // Access nodes put their tag (0x0105) into what clients send, and take out what clients put there themselves.
  bool trusts_access_nodes = false;
};

struct PppoePlan {
  std::vector<PppoeSet> sets;             // SignalRecordHeader::source_set counts into it
  uint32_t requests_max = 16'384;         // PADR that wait for their PADS
  uint32_t authentications_max = 16'384;  // names that wait for the concentrator's word
  uint32_t ends_max = 16'384;             // ends of sessions: nothing that is older brings one back
  int64_t request_ns = 60 * kNanosecondsPerSecond;
  int64_t repetition_ns = 2 * kNanosecondsPerSecond;  // what comes again within is the same message
  // A session of which no concentrator has said anything for so long is over; it says something with each LCP echo. 0:
  // sessions end by their messages alone.
  uint32_t idle_s = 3600;
  HashKey key;
};

// Written by the session lcore, read by any thread.
struct PppoeCounters {
  ReasonCounters<PppoeReading> readings;
  Counter unknown_set;      // of a set that nobody configured
  Counter not_trusted;      // a concentrator's message from somebody who is none
  Counter forged;           // a concentrator's MAC address, from where no concentrator is
  Counter unknown_session;  // of a session whose PADS was not seen
  Counter repeated;         // seen before: another tap, a retransmission
  Counter late;             // older than the session that has the number now, or than the end of the one that had it
  Counter asked;            // PADR
  Counter unasked;          // PADS whose PADR was not seen: the session has no line
  Counter requests_lost;    // PADR given up for younger ones within request_ns, unanswered
  Counter refused;          // PADS that give no session
  Counter begun;
  Counter adopted;         // sessions that were there before they were seen
  Counter replaced;        // PADS for a session that was still open
  Counter line_ambiguous;  // more than one access node's tag
  Counter authenticated;   // names taken
  Counter name_conflicts;  // two names for one answer: neither is taken
  Counter name_unasked;    // an answer to no name that was seen
  Counter names_lost;      // given up for younger ones within request_ns, unanswered
  Counter authentication_failed;
  Counter bound;            // addresses acknowledged
  Counter address_refused;  // acknowledged, and no host's
  Counter restarted;        // LCP negotiated anew
  Counter interface_ids;    // IPv6CP acknowledged
  Counter extended;         // deadlines put off
  Counter ended_by_client;
  Counter ended_by_concentrator;
};

class PppoeTracker final : public Tracker {
 public:
  // `book` outlives the tracker, and may be shared with other trackers of the same lcore.
  PppoeTracker(PppoePlan plan, SessionBook& book);

  void on_message(const SignalRecord& record, SessionSink& sink) noexcept override;
  // Nothing is to be done: deadlines are the book's, and a PADR that nobody answers is no event.
  void on_tick(PacketTime /*now*/, SessionSink& /*sink*/) noexcept override {}

  [[nodiscard]] const PppoeCounters& counters() const { return counters_; }
  [[nodiscard]] size_t bytes() const { return requests_.bytes() + authentications_.bytes() + ended_.bytes(); }

 private:
  // Who sent a frame. kNobody: who claims to be a concentrator and is none.
  enum class Side : uint8_t { kNobody, kClient, kConcentrator };

  // One message on its way through the tracker.
  struct Case {
    const SignalRecord& record;
    SessionSink& sink;
    const PppoeSet& set;
    PacketTime now;
    Side side = Side::kNobody;
    MacOctets client{};
    MacOctets concentrator{};
  };

  // A PADR.
  struct Request {
    PacketTime asked;
    PacketTime answered;
    bool is_answered = false;
    ShortText<255> circuit_id;
    ShortText<255> remote_id;
  };

  // Of one session: a name, until the concentrator has said what it thinks of it.
  struct Authentication {
    PacketTime challenged;  // CHAP: when
    PacketTime named;       // when the name was sent
    bool has_challenge = false;
    bool has_name = false;
    bool is_early = false;      // CHAP: the name came before its challenge, which may be on its way from another port
    bool is_ambiguous = false;  // two names came for one answer
    uint8_t identifier = 0;     // CHAP: of the challenge, or of the early name
    ShortText<255> name;
  };

  // What a session's tracker_data holds.
  struct State {
    bool is_authenticated = false;
    bool has_ipv6 = false;
    bool has_lcp = false;  // its concentrator has sent a Configure-Request: the last one as follows
    uint8_t lcp_identifier = 0;
    uint32_t lcp_ms = 0;  // of the packets' clock, modulo 2^32

    [[nodiscard]] uint64_t pack() const;
    static State unpack(uint64_t data);
  };

  // The names of a message, and what else is told of it.
  class Names {
   public:
    Names(const Case& at, uint16_t number);
    Names(const Names&) = delete;
    Names& operator=(const Names&) = delete;

    void add(IdentityKind kind, Bytes shown);
    void add_line(Bytes circuit_id, Bytes remote_id);
    [[nodiscard]] std::span<const ShownIdentity> shown() const { return std::span(identities_).first(count_); }
    SessionDetails details;

   private:
    std::array<ShownIdentity, 4> identities_;
    size_t count_ = 0;
    std::array<char, 6> session_text_{};
  };

  [[nodiscard]] Side side_of(const SignalRecordHeader& header, const PppoeSet& set) noexcept;
  void on_discovery(const Case& at) noexcept;
  void on_request(const Case& at, const PppoeDiscovery& message) noexcept;
  void on_confirmation(const Case& at, const PppoeDiscovery& message) noexcept;
  void on_terminate(const Case& at, uint16_t number) noexcept;
  void begin(const Case& at, uint16_t number, const Names& names) noexcept;
  void on_session(const Case& at) noexcept;
  void on_lcp(const Case& at, const PppMessage& message, SessionId session) noexcept;
  void on_restart(const Case& at, const PppMessage& message, SessionId session) noexcept;
  void on_pap(const Case& at, const PppMessage& message, SessionId session) noexcept;
  void on_chap(const Case& at, const PppMessage& message, SessionId session) noexcept;
  void on_ipcp(const Case& at, const PppMessage& message, SessionId session) noexcept;
  void on_ipv6cp(const Case& at, const PppMessage& message, SessionId session) noexcept;

  void note_name(const Case& at, Bytes name, Authentication& authentication) noexcept;
  void take_name(const Case& at, uint16_t number, SessionId session, Authentication* found) noexcept;
  void reject(const Case& at, uint16_t number, SessionId session, Authentication* found) noexcept;
  Authentication& authentication_of(const Case& at, uint16_t number) noexcept;
  [[nodiscard]] Authentication* find_authentication(const Case& at, uint16_t number) noexcept;
  void bind(const Case& at, const PppMessage& message, SessionId session) noexcept;
  void adopt(const Case& at, const PppMessage& message) noexcept;
  void update(const Case& at, SessionId session, AccessEvent kind, const Names& names,
              std::optional<std::span<const SessionAddress>> addresses) noexcept;
  void extend(const Case& at, uint16_t number, SessionId session) noexcept;
  void end(const Case& at, uint16_t number, SessionId session, SessionEnd reason) noexcept;
  void note_end(const Case& at, uint16_t number) noexcept;
  [[nodiscard]] bool is_over(const Case& at, uint16_t number) const noexcept;
  void tell(const Case& at, AccessEvent kind, const Names& names) noexcept;

  [[nodiscard]] bool has_name(SessionId session, Bytes name) const noexcept;
  [[nodiscard]] std::optional<IpPrefix> address_of(SessionId session) const noexcept;
  [[nodiscard]] SessionKey session_key(const Case& at, uint16_t number) const noexcept;
  [[nodiscard]] Hash128 exchange_key(const Case& at, uint16_t number, Bytes host_uniq) const noexcept;

  const PppoePlan plan_;
  SessionBook& book_;
  PppoeCounters counters_;
  ExchangeTable<Request> requests_;
  ExchangeTable<Authentication> authentications_;
  RecentSet ended_;  // sessions, and when
};

}  // namespace lictor
